import { INCIDENTS } from '@signalbox/contracts';
import { boundsOf, readStream, type Bus, type StreamRead } from '@signalbox/messaging';
import { StreamEntry } from './entry.js';
import { Recent } from './recent.js';

const MOST = { entries: 2_000, bytes: 8 * 1024 * 1024 };
const AT_A_TIME = 500;
const AGAIN_AFTER_MS = 250;

export interface News { readonly come: Promise<void>; readonly wake: () => void }

export interface FeedOptions {
  readonly bus: Bus;
  readonly log: (message: string, error?: unknown) => void;
}

/**
 * The stream of incident changes as this replica's clients read it: one read for all of them, from the newest messages on, for as long as there is one.
 * It holds a bounded number of messages; clients take them in their own time.
 */
export class IncidentFeed {
  private recent: Recent | undefined;
  private readonly waiting = new Set<{ readonly tenantId: string; readonly wake: () => void }>();
  private followers = 0;
  private reading: Promise<void> | undefined;
  private endRead: () => void = () => undefined;
  private ended = false;

  constructor(private readonly options: FeedOptions) {}

  get closed(): boolean {
    return this.ended;
  }

  /** Registers a client. Give it back with `leave`. */
  join(): void {
    this.followers += 1;
    this.reading ??= this.keepReading();
  }

  leave(): void {
    this.followers -= 1;
    if (this.followers === 0) this.endRead();
  }

  /** The newest messages, once they have been read; undefined when they are not within so long. */
  async ready(withinMs: number): Promise<Recent | undefined> {
    const until = Date.now() + withinMs;
    while (this.recent === undefined && !this.ended && Date.now() < until) await this.news('', Math.min(AGAIN_AFTER_MS, until - Date.now())).come;
    return this.recent;
  }

  /** Whether these are the messages that it reads still. */
  holds(recent: Recent): boolean {
    return this.recent === recent;
  }

  /** `come` resolves at the next message of a tenant, when everything ends, after so long, or when it is woken. */
  news(tenantId: string, withinMs: number): News {
    let resolve = (): void => undefined;
    const come = new Promise<void>((resolved) => { resolve = resolved; });
    const one = { tenantId, wake: () => { clearTimeout(timer); this.waiting.delete(one); resolve(); } };
    const timer = setTimeout(one.wake, withinMs);
    if (this.ended) one.wake();
    else this.waiting.add(one);
    return { come, wake: one.wake };
  }

  /** Every client is to end its answer now, and no other begins. */
  end(): void {
    this.ended = true;
    for (const one of [...this.waiting]) one.wake();
  }

  async stop(): Promise<void> {
    this.end();
    this.endRead();
    if (this.options.bus.connected) await this.reading;
  }

  private async keepReading(): Promise<void> {
    while (this.followers > 0 && !this.ended) {
      try {
        await this.readOn();
      } catch (error) {
        this.options.log('reading the incident changes for live clients again', error);
      }
      if (this.followers > 0 && !this.ended) await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER_MS).unref(); });
    }
    this.recent = undefined;
    this.reading = undefined;
  }

  /** Reads from where it was, or from the newest messages on, until that ends. */
  private async readOn(): Promise<void> {
    const { bus } = this.options;
    const { first, last } = await boundsOf(bus, INCIDENTS.stream);
    // A stream that was made anew counts from the beginning: nothing that was read is of it.
    const known = this.recent !== undefined && this.recent.head <= last ? this.recent : undefined;
    const recent = known ?? new Recent(Math.max(first - 1, last - MOST.entries), MOST);
    const whole = (): void => { this.recent = recent; };
    const end = new Promise<void>((resolve) => { this.endRead = resolve; });
    const read: StreamRead = await readStream({
      bus, stream: INCIDENTS.stream, fromSequence: recent.head + 1, ended: () => this.endRead(),
      take: ({ sequence, subject, data, pending }) => {
        // A copy: what came with it in one piece is not to be kept for it.
        const entry = new StreamEntry(sequence, subject, data.slice());
        recent.add(entry);
        if (pending === 0) whole();
        for (const one of [...this.waiting]) if (one.tenantId === entry.tenantId) one.wake();
        read.want(AT_A_TIME);
      },
    });
    if (read.waiting === 0) whole();
    if (this.followers === 0 || this.ended) this.endRead();
    read.want(AT_A_TIME);
    await end;
    await read.close();
  }
}
