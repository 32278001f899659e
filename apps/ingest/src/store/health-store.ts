import type { Database } from '@signalbox/database';
import { DURATION_COLUMNS } from '../request-log/durations.js';
import type { IntegrationSums, Sums } from '../request-log/health.js';

const WINDOWS = { hour: `m.minute > now() - interval '1 hour'`, day: 'true' } as const;

const sumOf = (column: string, window: string): string => `coalesce(sum(m.${column}) filter (where ${window}), 0)::float8`;

const SUMMED = ['received', 'succeeded', 'events', 'duration_ms', ...DURATION_COLUMNS];

/** `json_build_array(received, succeeded, events, duration_ms, …durations)` of a window. */
const sumsOf = (window: string): string => `json_build_array(${SUMMED.map((column) => sumOf(column, window)).join(', ')})`;

const HEALTH = `
  select i.id, i.tenant_id as "tenantId", i.name, i.type, i.enabled, a.last_received_at as "lastReceivedAt",
         a.last_error_at as "lastErrorAt", a.last_error_status as "lastErrorStatus", a.last_error_reason as "lastErrorReason", s.hour, s.day
  from integrations i
  left join integration_activity a on a.integration_id = i.id
  cross join lateral (
    select ${sumsOf(WINDOWS.hour)} as hour, ${sumsOf(WINDOWS.day)} as day
    from request_minutes m where m.integration_id = i.id and m.minute > now() - interval '1 day') s
  where $1::uuid is null or i.tenant_id = $1
  order by i.type, i.name, i.id`;

type Row = Omit<IntegrationSums, 'hour' | 'day'> & { readonly hour: readonly number[]; readonly day: readonly number[] };

/** Reads what `CountStore` adds up. */
export class HealthStore {
  constructor(private readonly db: Database) {}

  /** Every integration of a tenant (of all, without one) with what was counted within the last hour and the last day. */
  async sums(tenantId: string | undefined): Promise<IntegrationSums[]> {
    const rows = await this.db.query<Row>(HEALTH, [tenantId ?? null]);
    return rows.map((row) => ({ ...row, hour: sums(row.hour), day: sums(row.day) }));
  }
}

function sums([received = 0, succeeded = 0, events = 0, durationMs = 0, ...durations]: readonly number[]): Sums {
  return { received, succeeded, events, durationMs, durations };
}
