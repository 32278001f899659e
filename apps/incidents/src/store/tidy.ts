import { isDatabaseAway, type Database } from '@signalbox/database';

const CHANGES_KEPT_DAYS = 90;
const EVERY_MS = 3_600_000;
const BATCH = 5_000;

/** Deletes the change events that were accepted more than 90 days ago: every hour, in slices, shared by all replicas. */
export class Tidy {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly db: Database, private readonly warn: (message: string, error: unknown) => void) {}

  start(): void {
    this.timer = setInterval(() => { this.running = this.run(); }, EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  async run(): Promise<void> {
    try {
      while (!this.stopped && await this.slice() === BATCH);
    } catch (error) {
      if (!isDatabaseAway(error)) this.warn('old change events could not be deleted; it is tried again in an hour', error);
    }
  }

  private slice(): Promise<number> {
    return this.db.transaction((tx) => tx.affected(
      `delete from change_events where id in (
         select id from change_events where accepted_at < now() - make_interval(days => $1) order by accepted_at limit $2 for update skip locked)`, [CHANGES_KEPT_DAYS, BATCH]));
  }
}
