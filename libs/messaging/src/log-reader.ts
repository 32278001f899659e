import { STREAMS, type Contract } from '@signalbox/contracts';
import { BusAwayError, type Bus } from './bus.js';
import { PartitionReader, type LogHandler } from './partition-reader.js';
import type { Lease, ReaderLeases } from './reader-leases.js';

export interface LogReaderOptions<T, Tx> {
  readonly bus: Bus;
  readonly contract: Contract<T>;
  readonly leases: ReaderLeases<Tx>;
  readonly handler: LogHandler<T, Tx>;
  /** Entries per transaction at most (default 200). */
  readonly maxBatch?: number;
  /** Reads only these subjects of the stream (default: all of them). */
  readonly filter?: string;
  readonly log?: (message: string, error?: unknown) => void;
}

const RENEW_EVERY_MS = 750;

/**
 * Reads an ordered stream, partition by partition, each by one replica at a time, and never acknowledges: the cursor moves in the same
 * transaction as the effects, so every entry takes effect once, in order, whatever dies in between.
 */
export class LogReader<T, Tx> {
  private readonly readers = new Map<number, { lease: Lease; reader: PartitionReader<T, Tx> }>();
  /** Readers that finish their last batch. */
  private readonly retiring = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private renewal: Promise<void> = Promise.resolve();

  constructor(private readonly options: LogReaderOptions<T, Tx>) {}

  /** Begins to read what this replica gets. Resolves after the first division of partitions. */
  async start(): Promise<void> {
    await this.options.bus.ready();
    if (!this.stopped) await this.rebalance();
  }

  /** Finishes the batches in hand, then gives its partitions back. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.renewal;
    for (const partition of this.readers.keys()) this.retire(partition);
    await Promise.all(this.retiring);
    await this.options.leases.release().catch(() => undefined);
  }

  private async rebalance(): Promise<void> {
    this.renewal = this.renew();
    await this.renewal;
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.rebalance(), RENEW_EVERY_MS);
    this.timer.unref();
  }

  private async renew(): Promise<void> {
    try {
      const watched = new Map([...this.readers].map(([partition, { reader }]) => [partition, reader.watch()]));
      const held = new Map((await this.options.leases.renew()).map((lease) => [lease.partition, lease]));
      for (const [partition, { lease }] of this.readers) {
        const now = held.get(partition);
        if (now?.epoch === lease.epoch) watched.get(partition)?.(now.cursor);
        else this.retire(partition);
      }
      if (this.stopped) return;
      for (const lease of held.values()) {
        if (!this.readers.has(lease.partition)) this.read(lease);
      }
    } catch (error) {
      // Postgres is away: nothing can be committed either, so nothing is lost by going on and trying again.
      this.options.log?.('could not renew the leases of a reader', error);
    }
  }

  private retire(partition: number): void {
    const stopping = this.readers.get(partition)!.reader.stop();
    this.readers.delete(partition);
    this.retiring.add(stopping);
    void stopping.finally(() => this.retiring.delete(stopping));
  }

  private read(lease: Lease): void {
    const { contract, filter } = this.options;
    const declared = STREAMS[contract.stream];
    const subject = filter ?? declared.subjects[0]!;
    const reader = new PartitionReader({
      ...this.options, lease, maxBatch: this.options.maxBatch ?? 200,
      filter: declared.partitions > 1 ? subject.replace(/\*$/, String(lease.partition)) : subject,
    });
    this.readers.set(lease.partition, { lease, reader });
    reader.start();
  }
}

/** Whether a failure is about the bus (worth waiting for) rather than about the entry. */
export function isBusAway(error: unknown): boolean {
  return error instanceof BusAwayError;
}
