import { insertRows, type Columns, type Database } from '@signalbox/database';
import { DURATION_COLUMNS } from '../request-log/durations.js';
import type { Tally } from '../request-log/tallies.js';

const SUMS = ['received', 'succeeded', 'events', 'duration_ms', ...DURATION_COLUMNS] as const;
const MINUTES: Columns = {
  integration_id: 'uuid', minute: 'timestamptz', tenant_id: 'uuid',
  ...Object.fromEntries(SUMS.map((name) => [name, name === 'duration_ms' ? 'double precision' : 'int'])),
};
const ADD_UP = `on conflict (integration_id, minute) do update set ${SUMS.map((name) => `${name} = m.${name} + excluded.${name}`).join(', ')}`;

const ERROR = ['last_error_at', 'last_error_status', 'last_error_reason'] as const;
const ACTIVITY: Columns = {
  integration_id: 'uuid', last_received_at: 'timestamptz', last_error_at: 'timestamptz',
  last_error_status: 'int', last_error_reason: 'text',
};
const IS_NEWER = `excluded.last_error_at >= coalesce(a.last_error_at, '-infinity')`;
const KEEP_LATEST = `on conflict (integration_id) do update set last_received_at = greatest(a.last_received_at, excluded.last_received_at),
  ${ERROR.map((name) => `${name} = case when ${IS_NEWER} then excluded.${name} else a.${name} end`).join(', ')}`;

/** Of a day, and some more for clocks and time zones of those who look. */
const MINUTES_KEPT_DAYS = 2;
const BATCH = 5_000;
const REASON_KEPT = 1_024;

/** The tables `request_minutes` and `integration_activity`: what all replicas counted, added up. */
export class CountStore {
  constructor(private readonly db: Database) {}

  /** Adds what was counted, all of it or nothing. In the order in which `Tallies.take` gives it, so that replicas do not wait for each other in a circle. */
  async add(tallies: readonly Tally[]): Promise<void> {
    if (tallies.length === 0) return;
    await this.db.transaction(async (tx) => {
      await insertRows(tx, 'request_minutes as m', MINUTES, tallies.map(minuteRow), { conflict: ADD_UP });
      await insertRows(tx, 'integration_activity as a', ACTIVITY, activityRows(tallies), { conflict: KEEP_LATEST });
    });
  }

  /** Deletes what nobody asks for any more, a slice at a time; gives how much it was. */
  async deleteStale(): Promise<number> {
    const minutes = await this.db.query(
      `delete from request_minutes where (integration_id, minute) in (
         select integration_id, minute from request_minutes where minute < now() - make_interval(days => $1) limit $2)
       returning 1`, [MINUTES_KEPT_DAYS, BATCH]);
    const activity = await this.db.query(
      `delete from integration_activity where integration_id in (
         select integration_id from integration_activity a
         where not exists (select from integrations i where i.id = a.integration_id) limit $1)
       returning 1`, [BATCH]);
    return Math.max(minutes.length, activity.length);
  }
}

function minuteRow({ integrationId, tenantId, minute, received, succeeded, events, durationMs, durations }: Tally): Record<string, unknown> {
  return {
    integration_id: integrationId, minute: new Date(minute), tenant_id: tenantId, received, succeeded, events, duration_ms: durationMs,
    ...Object.fromEntries(DURATION_COLUMNS.map((name, index) => [name, durations[index]])),
  };
}

/** One row for each integration, though it may have several minutes. */
function activityRows(tallies: readonly Tally[]): Record<string, unknown>[] {
  const rows = new Map<string, { lastReceivedAt: number; lastError: Tally['lastError'] }>();
  for (const { integrationId, lastReceivedAt, lastError } of tallies) {
    const known = rows.get(integrationId);
    const newest = lastError !== undefined && lastError.at >= (known?.lastError?.at ?? 0) ? lastError : known?.lastError;
    rows.set(integrationId, { lastReceivedAt: Math.max(lastReceivedAt, known?.lastReceivedAt ?? 0), lastError: newest });
  }
  return [...rows].map(([integrationId, { lastReceivedAt, lastError }]) => ({
    integration_id: integrationId, last_received_at: new Date(lastReceivedAt),
    ...(lastError === undefined ? {} : {
      last_error_at: new Date(lastError.at),
      last_error_status: lastError.status,
      last_error_reason: lastError.reason.slice(0, REASON_KEPT),
    }),
  }));
}
