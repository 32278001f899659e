import { isDatabaseAway, type Database } from '@signalbox/database';
import type { RateLeases } from '../gateway/rate-limit.js';

const EVERY_MS = 60_000;
/** Later than any gateway's clock still asks for a minute. */
const KEPT_MINUTES = 10;
const BATCH = 5_000;

/** How much of each integration's minutes the gateways have taken: one row per integration and minute, forgotten soon after it. */
export class RateLeaseStore implements RateLeases {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly db: Database, private readonly warn: (message: string, error: unknown) => void) {}

  async take(integrationId: string, minute: Date, count: number): Promise<number> {
    const [row] = await this.db.prepared<{ taken: number }>(
      `insert into rate_leases as r (minute, integration_id, taken) values ($1, $2, $3)
       on conflict (minute, integration_id) do update set taken = r.taken + excluded.taken returning taken`, [minute.toISOString(), integrationId, count]);
    return row!.taken;
  }

  start(): void {
    this.timer = setInterval(() => { this.running = this.forget(); }, EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Deletes the minutes that are over, a slice at a time. */
  async forget(): Promise<void> {
    try {
      while (!this.stopped && await this.slice() === BATCH);
    } catch (error) {
      if (!isDatabaseAway(error)) this.warn('minutes that are over could not be deleted; it is tried again in a minute', error);
    }
  }

  private slice(): Promise<number> {
    return this.db.transaction((tx) => tx.affected(
      `delete from rate_leases where (minute, integration_id) in (
         select minute, integration_id from rate_leases where minute < now() - make_interval(mins => $1)
         order by minute limit $2 for update skip locked)`, [KEPT_MINUTES, BATCH]));
  }
}
