import { isDatabaseAway, type Database } from '@signalbox/database';

/** Longer than any stream of ours keeps anything: nothing that is deleted here can be asked for again. */
const KEPT_DAYS = 30;
const EVERY_MS = 3_600_000;
const BATCH = 5_000;

const STALE = [
  `delete from fingerprints where (audience_id, fingerprint) in (select audience_id, fingerprint from fingerprints where told_at < now() - make_interval(days => $1) limit $2)`,
  `delete from incident_versions where incident_id in (select incident_id from incident_versions where seen_at < now() - make_interval(days => $1) limit $2)`,
  `delete from contact_codes_sent where ctid in (select ctid from contact_codes_sent where sent_at < now() - make_interval(days => $1) limit $2)`,
  `delete from far_sides where channel_id in (select channel_id from far_sides where closed_until < now() - make_interval(days => $1) limit $2)`,
];

/** Forgets what was told, and which versions were seen, when nothing was heard of the matter for a month: an acknowledgement ends with it too. */
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

  /** One round, in small bites. */
  async run(): Promise<void> {
    try {
      for (const statement of STALE) while (!this.stopped && await this.bite(statement) === BATCH);
    } catch (error) {
      if (!isDatabaseAway(error)) this.warn('what is stale could not be deleted; it is tried again in an hour', error);
    }
  }

  private bite(statement: string): Promise<number> {
    return this.db.transaction((tx) => tx.affected(statement, [KEPT_DAYS, BATCH]));
  }
}
