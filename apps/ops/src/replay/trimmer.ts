import { tenantOfSubject } from '@signalbox/contracts';
import type { Database, PartitionLeases } from '@signalbox/database';
import { isStreamMissing, type Bus } from '@signalbox/messaging';

const TRIM_EVERY_MS = 2_000;

/**
 * Makes room in REPLAYS, which refuses when it is full: a replay of a hundred thousand letters must not block the next one for a week.
 * Requests go when their letters are settled (their owner has read them, or there would be no result), results when they are taken in.
 */
export class ReplayTrimmer {
  private trimmedAt = 0;

  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly resultLeases: PartitionLeases,
    private readonly log: (message: string, error: unknown) => void,
  ) {}

  /** At most once in two seconds; never throws. */
  async trim(now: number): Promise<void> {
    if (now - this.trimmedAt < TRIM_EVERY_MS) return;
    this.trimmedAt = now;
    await this.trimNow().catch((error: unknown) => {
      if (!isStreamMissing(error)) this.log('REPLAYS could not be trimmed', error); // a new bus: nothing to trim yet
    });
  }

  private async trimNow(): Promise<void> {
    const { streams } = await this.bus.manager();
    // Read before the items: a request that is claimed later is published later, and so lies behind it.
    const { state } = await streams.info('REPLAYS', { subjects_filter: 'replays.>' });
    const waiting = await this.db.query<{ subject: string; sent_after: number }>(
      `select 'replays.' || i.owner || '.' || j.tenant_id as subject, min(i.sent_after) as sent_after
       from replay_jobs j join replay_items i on i.job_id = j.id and i.state = 'sent' where j.finished_at is null group by 1`);
    const oldest = new Map(waiting.map((row) => [row.subject, row.sent_after]));
    const { sequence: taken } = await this.resultLeases.cursor(0);
    for (const subject of Object.keys(state.subjects ?? {})) {
      const done = subject === `replays.ops.${tenantOfSubject(subject)}` ? taken : Math.min(oldest.get(subject) ?? state.last_seq, state.last_seq);
      // Up to the first message means for the server: all of them (2.14).
      if (done > 0) await streams.purge('REPLAYS', { filter: subject, seq: done + 1 });
    }
  }
}
