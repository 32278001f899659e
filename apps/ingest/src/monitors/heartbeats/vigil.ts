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

/** A heartbeat is excused for so many periods at most: one that is dead must be told although there is a restart of ours whenever it was to beat. */
const PERIODS_EXCUSED = 3;

/**
 * Excused is what was to beat in the gap: the last beat, one more interval or several, the grace before and after. Not excused: what was overdue before
 * the gap, and what was not to beat in it (a daily heartbeat that is dead must not gain a day by every restart).
 */
const EXCUSE = `
  update monitors m set due_at = greatest(m.due_at, $2::timestamptz + h.every + h.grace + interval '1 second')
  from (
    select id, every, grace, last_beat_at + every * floor(extract(epoch from $2::timestamptz - last_beat_at + grace) / extract(epoch from every)) as expected_at
    from (
      select *, make_interval(secs => (config->>'intervalSeconds')::int) as every, make_interval(secs => (config->>'graceSeconds')::int) as grace
      from monitors where kind = 'heartbeat' and due_at > $1 and not (state->'episodes'->>'open')::boolean) w) h
  where m.id = h.id and h.expected_at > m.last_beat_at and h.expected_at + h.grace >= $1
    and m.last_beat_at + ${PERIODS_EXCUSED} * (h.every + h.grace) >= $1`;
