import type { Database } from '@signalbox/database';

const SWEEP_EVERY_MS = 3_600_000;
const BATCH = 1_000;

/** Lets go of what is older than the setting says, a thousand at a time. Any replica may do it: rows in other hands are passed over. */
export class Retention {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly db: Database, private readonly days: number, private readonly log: (message: string, fields: object) => void) {}

  start(): void {
    if (this.days === 0) return;
    this.timer = setInterval(() => this.begin(), SWEEP_EVERY_MS);
    this.begin();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Deletes all that is too old now. Letters on their way to their owner stay. */
  async sweep(): Promise<{ letters: number; jobs: number }> {
    const letters = await this.inBatches(
      `delete from dead_letter_messages d using (
         select tenant_id, id from dead_letter_messages
         where died_at < now() - make_interval(days => $1) and state <> 'replaying'
         order by died_at limit $2 for update skip locked
       ) old where d.tenant_id = old.tenant_id and d.id = old.id returning 1`);
    const jobs = await this.inBatches(
      `delete from replay_jobs where id in (
         select id from replay_jobs where finished_at < now() - make_interval(days => $1) limit $2 for update skip locked
       ) returning 1`, 1);
    return { letters, jobs };
  }

  private begin(): void {
    this.sweeping = this.sweep().then(
      ({ letters, jobs }) => { if (letters + jobs > 0) this.log('deleted what is past its retention', { letters, jobs, days: this.days }); },
      (error: unknown) => this.log('what is past its retention stays for another hour', { err: error }));
  }

  private async inBatches(statement: string, batch = BATCH): Promise<number> {
    let total = 0;
    for (;;) {
      const deleted = (await this.db.query(statement, [this.days, batch])).length;
      total += deleted;
      if (deleted < batch || this.stopped) return total;
    }
  }
}
