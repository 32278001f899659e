import type { Stale } from '@signalbox/database';

/** What this service deletes by itself. */
export const STALE: readonly Stale[] = [
  {
    keptDays: 90,
    statement: `delete from change_events where id in (
      select id from change_events where accepted_at < now() - make_interval(days => $1) order by accepted_at limit $2 for update skip locked)`,
  },
  {
    // Far longer than the window of any grouping (a day). One that is needed again is made again; who is quiet behind a head that still stands asks no group.
    keptDays: 30,
    statement: `delete from incident_groups where (tenant_id, key) in (
      select tenant_id, key from incident_groups
      where due_at is null and (last_at is null or last_at < now() - make_interval(days => $1)) limit $2 for update skip locked)`,
  },
];
