import { isDatabaseAway } from '@signalbox/database';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CountStore } from '../store/count-store.js';
import type { RequestStore } from '../store/request-store.js';
import type { RequestLog } from './request-log.js';
import type { RequestRow } from './request-row.js';

const WRITE_EVERY_MS = 500;
/** Counts are updates of the same rows again and again: every fourth time will do. */
const COUNTS_EVERY = 4;
const LAST_WRITE_WITHIN_MS = 3_000;
const SWEEP_EVERY_MS = 3_600_000;
/** An integration is trimmed once so much more of it was written than it may keep: a share of that. */
const TRIM_SHARE = 0.25;

export interface LogLimits {
  /** Requests older than this are deleted; 0: none is kept. */
  readonly days: number;
  /** So many that were taken and as many that were refused, per integration. */
  readonly rows: number;
}

/**
 * Writes what the request log holds, in batches, and deletes what is too old or too much.
 * A log and no promise: what Postgres does not take is lost, but counts wait.
 */
export class RequestLogWriter {
  private timer: NodeJS.Timeout | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = false;
  private failing = false;
  /** Rows written of an integration since it was last trimmed. */
  private readonly written = new Map<string, number>();

  constructor(
    private readonly log: RequestLog, private readonly requests: RequestStore, private readonly counts: CountStore, private readonly kept: LogLimits,
    private readonly warn: (message: string, error: unknown) => void,
  ) {}

  start(): void {
    this.again(1);
    this.sweeper = setInterval(() => { this.sweeping = this.sweep(); }, SWEEP_EVERY_MS);
    this.sweeping = this.sweep();
  }

  /** Writes what is left, if that can be done soon. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.sweeper);
    const done = Promise.all([this.writing, this.sweeping]).then(() => this.write(true));
    await Promise.race([done, sleep(LAST_WRITE_WITHIN_MS, undefined, { ref: false })]);
  }

  /** One round of clearing away. */
  async sweep(): Promise<void> {
    try {
      while (!this.stopped && await this.requests.deleteOlder(this.kept.days) > 0);
      while (!this.stopped && await this.counts.deleteStale() > 0);
      for (const id of await this.requests.overfull(this.kept.rows)) if (!this.stopped) await this.requests.trim(id, this.kept.rows);
    } catch (error) {
      if (!isDatabaseAway(error)) this.warn('old requests stay in the log for another hour', error);
    }
  }

  private again(round: number): void {
    this.timer = setTimeout(() => {
      this.writing = this.write(round % COUNTS_EVERY === 0).then(() => { if (!this.stopped) this.again(round + 1); });
    }, WRITE_EVERY_MS);
  }

  /** Never rejects. */
  private async write(withCounts: boolean): Promise<void> {
    const rows = this.log.takeRows();
    const tallies = withCounts ? this.log.takeTallies() : [];
    const outcomes = await Promise.allSettled([this.requests.insert(rows), this.counts.add(tallies)]);
    if (outcomes[0].status === 'rejected') this.log.lose(rows);
    if (outcomes[1].status === 'rejected') this.log.giveBack(tallies);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined && !this.failing) {
      this.warn('the request log cannot be written: requests of this time are missing in it, counts wait', failed.reason);
    }
    this.failing = failed !== undefined;
    if (failed === undefined) await this.trimmed(rows);
  }

  private async trimmed(rows: readonly RequestRow[]): Promise<void> {
    for (const { integrationId } of rows) this.written.set(integrationId, (this.written.get(integrationId) ?? 0) + 1);
    const grown = [...new Set(rows.map(({ integrationId }) => integrationId))].filter((id) => this.written.get(id)! > this.kept.rows * TRIM_SHARE);
    for (const id of grown) {
      this.written.delete(id);
      await this.requests.trim(id, this.kept.rows).catch((error: unknown) => {
        if (!isDatabaseAway(error)) this.warn('an integration keeps more requests than it should for now', error);
      });
    }
  }
}
