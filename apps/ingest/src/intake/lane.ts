import { newId } from '@signalbox/contracts';
import type { Held } from './stream-spool.js';

/** One item cannot be put on the bus whatever its company: it is larger than a bus message may be. */
export class TooLargeError extends Error {}

/** NATS takes messages up to 1 MiB; some of it is needed for headers. */
const MESSAGE_BYTES = 1_000_000;
/** Items are gathered up to about this size: a round number well under the limit. */
const GATHER_BYTES = 400_000;
const GATHER_ITEMS = 200;

export interface LaneStore {
  /** Resolves once the message is stored where it survives the death of any process. Throws NowhereToStoreError. */
  put(message: Held): Promise<void>;
}

interface Waiting<T> { readonly item: T; readonly bytes: number; resolve(): void; reject(error: unknown): void }

/**
 * What is accepted for one tenant and partition. While one publish is on its way, what comes in gathers and shares the next: few
 * publishes under load, none delayed when it is quiet, and order kept because there is never more than one on the way.
 */
export class Lane<T> {
  private waiting: Waiting<T>[] = [];
  private busy = false;

  constructor(private readonly subject: string, private readonly encode: (items: readonly T[]) => Uint8Array, private readonly store: LaneStore) {}

  get idle(): boolean {
    return !this.busy && this.waiting.length === 0;
  }

  /** Resolves once the item is stored where it survives the death of any process. `bytes`: about how large it is. */
  add(item: T, bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, bytes, resolve, reject });
      if (!this.busy) {
        this.busy = true;
        // What arrives in the same turn of the event loop shares the first envelope too.
        setImmediate(() => void this.run());
      }
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) await this.send(this.gather());
    this.busy = false;
  }

  private gather(): Waiting<T>[] {
    let bytes = 0;
    let count = 0;
    for (const { bytes: size } of this.waiting) {
      if (count > 0 && (bytes + size > GATHER_BYTES || count >= GATHER_ITEMS)) break;
      bytes += size;
      count += 1;
    }
    const batch = this.waiting;
    this.waiting = batch.splice(count);
    return batch;
  }

  private async send(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      const body = this.encode(batch.map(({ item }) => item));
      if (body.byteLength > MESSAGE_BYTES) return await this.split(batch);
      await this.store.put({ subject: this.subject, messageId: newId(), body });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  private async split(batch: readonly Waiting<T>[]): Promise<void> {
    if (batch.length === 1) return batch[0]!.reject(new TooLargeError(`more than ${MESSAGE_BYTES} bytes as stored`));
    const half = Math.ceil(batch.length / 2);
    await this.send(batch.slice(0, half));
    await this.send(batch.slice(half));
  }
}
