import type { Database } from '@signalbox/database';
import type { Logger } from '@signalbox/runtime';

const NOTED_EVERY_MS = 2_000;
/** Nobody has noted for so long: no replica ran, or Postgres was away, and beats were refused meanwhile. */
const GAP_MS = 6_000;

/**
 * Notes, on behalf of all replicas, that beats can be taken in. After a gap a heartbeat that could have beaten in it gets a whole period from now: a
 * restart or an outage of ours must not look like the death of everything that is watched.
 */
export class Vigil {
  constructor(private readonly db: Database, private readonly log: Pick<Logger, 'warn'>) {}

  /** Call it before anything is decided. */
  async keep(now: Date): Promise<void> {
    const [noted] = await this.db.query<{ seen_at: Date }>('select seen_at from monitor_vigil');
    if (noted === undefined || now.getTime() - noted.seen_at.getTime() < NOTED_EVERY_MS) return;
    await this.db.transaction(async (tx) => {
      const [{ seen_at: seenAt } = { seen_at: now }] = await tx.query<{ seen_at: Date }>('select seen_at from monitor_vigil for update');
      if (now.getTime() - seenAt.getTime() > GAP_MS) {
        const excused = await tx.affected(EXCUSE, [seenAt, now]);
        if (excused > 0) {
          this.log.warn(
            { since: seenAt, excused },
            'beats could not be taken in for a while: heartbeats that were expected meanwhile get a whole period from now',
          );
        }
      }
      await tx.query('update monitor_vigil set seen_at = greatest(seen_at, $1)', [now]);
    });
  }
}

/** Not excused: what was overdue before the gap, and what was not expected until after it. */
const EXCUSE = `
  update monitors set due_at = greatest(due_at, $2::timestamptz + make_interval(secs => (config->>'intervalSeconds')::int + (config->>'graceSeconds')::int + 1))
  where kind = 'heartbeat' and due_at > $1 and not (state->'episodes'->>'open')::boolean
    and last_beat_at + make_interval(secs => (config->>'intervalSeconds')::int - (config->>'graceSeconds')::int) <= $2`;
