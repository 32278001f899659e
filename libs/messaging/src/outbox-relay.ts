import { DIRECTORY_BUCKET } from '@signalbox/contracts';
import { BusAwayError, WrongSequenceError, type Bus } from './bus.js';
import { entryIn } from './directory.js';

/** A message that waits in an outbox table. */
export interface WaitingMessage {
  readonly id: number;
  readonly subject: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The outbox table (Outbox of @signalbox/database). */
export interface OutboxTable {
  /** The oldest after row `after` that have waited for so long. */
  waiting(limit: number, olderThanMs: number, after: number): Promise<WaitingMessage[]>;
  remove(ids: readonly number[]): Promise<void>;
}

const SWEEP_EVERY_MS = 1_000;
/** Younger rows are still in the hands of the process that wrote them. */
const OLDER_THAN_MS = 2_000;
const BATCH = 200;
/** Fresh rows that were published within this time are deleted together: whoever they are for is at work now, and nobody waits for this. */
const GATHER_MS = 50;
const COMPLAIN_EVERY_MS = 30_000;

/**
 * Publishes what has been committed to an outbox: at once when it is handed over after the commit, and by a sweep when that
 * process died in between. A row is deleted after the bus has stored it, so a message may be published twice, never not at all.
 */
export class OutboxRelay {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Where the sweep goes on: rows that the bus refuses keep nothing behind them. */
  private after = 0;
  private complainedAt = 0;
  private readonly inHand = new Set<Promise<void>>();
  private published: number[] = [];
  private removing: Promise<void> | undefined;

  constructor(private readonly bus: Bus, private readonly table: OutboxTable, private readonly log?: (message: string, error?: unknown) => void) {}

  start(): void {
    this.timer = setTimeout(() => { this.sweeping = this.sweep().finally(() => { if (!this.stopped) this.start(); }); }, SWEEP_EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
    await Promise.all(this.inHand);
  }

  /** Publishes freshly committed rows. Never throws: what does not go out now is found by the sweep. */
  offer(rows: readonly WaitingMessage[]): void {
    if (rows.length === 0 || !this.bus.connected) return;
    const work = this.publish(rows, (ids) => this.removeSoon(ids)).catch((error: unknown) => this.log?.('outbox rows wait for the sweep', error));
    this.inHand.add(work);
    void work.finally(() => this.inHand.delete(work));
  }

  private async sweep(): Promise<void> {
    try {
      while (!this.stopped && this.bus.connected) {
        const rows = await this.table.waiting(BATCH, OLDER_THAN_MS, this.after);
        const isLast = rows.length < BATCH;
        this.after = isLast ? 0 : rows[rows.length - 1]!.id;
        if (rows.length > 0) await this.publish(rows, (ids) => this.table.remove(ids));
        if (isLast) return;
      }
    } catch (error) {
      const isNews = Date.now() - this.complainedAt > COMPLAIN_EVERY_MS;
      if (!this.bus.connected || !isNews) return;
      this.complainedAt = Date.now();
      this.log?.('not all of the outbox can be published now; the sweep goes on', error);
    }
  }

  private async publish(rows: readonly WaitingMessage[], remove: OutboxTable['remove']): Promise<void> {
    const results = await Promise.allSettled(rows.map((row) => this.publishOne(row)));
    const stored = rows.filter((_row, index) => results[index]!.status === 'fulfilled');
    if (stored.length > 0) await remove(stored.map((row) => row.id));
    const failed = results.find((result): result is PromiseRejectedResult => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private removeSoon(ids: readonly number[]): Promise<void> {
    this.published.push(...ids);
    this.removing ??= new Promise((resolve) => { setTimeout(resolve, GATHER_MS); }).then(() => {
      const gathered = this.published;
      this.published = [];
      this.removing = undefined;
      return this.table.remove(gathered);
    });
    return this.removing;
  }

  private async publishOne(row: WaitingMessage): Promise<void> {
    if (row.subject.startsWith(`$KV.${DIRECTORY_BUCKET}.`)) return this.putNewer(row);
    await this.bus.publish(row.subject, row.body, { messageId: row.messageId, ...(row.headers === undefined ? {} : { headers: row.headers }) });
  }

  /** A directory entry replaces only an older one: two rows of one key may arrive here in any order, from any replica. */
  private async putNewer(row: WaitingMessage): Promise<void> {
    const mine = versionOf(row.body);
    for (let tries = 0; tries < 20; tries += 1) {
      const last = await this.lastOf(row.subject);
      if (last !== undefined && versionOf(last.data) >= mine) return;
      try {
        await this.bus.publish(row.subject, row.body, { expectedSubjectSequence: last?.seq ?? 0 });
        return;
      } catch (error) {
        if (!(error instanceof WrongSequenceError)) throw error;
      }
    }
    throw new BusAwayError(`too many writers of ${row.subject}`);
  }

  private async lastOf(subject: string): Promise<{ seq: number; data: Uint8Array } | undefined> {
    if (!this.bus.connected) throw new BusAwayError('not connected');
    try {
      return await (await this.bus.manager()).streams.getMessage(`KV_${DIRECTORY_BUCKET}`, { last_by_subj: subject });
    } catch (error) {
      if (error instanceof Error && /no message found|10037/.test(`${error.message}`)) return undefined;
      throw new BusAwayError('cannot read the directory', { cause: error });
    }
  }
}

/** Whatever is no entry of ours is older than everything. */
function versionOf(body: Uint8Array): number {
  return entryIn(body)?.version ?? -1;
}
