import type { Stale } from '@signalbox/database';

/** What this service deletes by itself. */
export const STALE: readonly Stale[] = [
  {
    keptDays: 90,
    statement: `delete from change_events where id in (
      select id from change_events where accepted_at < now() - make_interval(days => $1) order by accepted_at limit $2 for update skip locked)`,
  },
];
