import type { Database } from '@signalbox/database';

export const GROUPINGS = ['service', 'urgency', 'team', 'day'] as const;
export type GroupedBy = (typeof GROUPINGS)[number];

/** Seconds; null when nothing of the group got so far. */
export interface Times { readonly mean: number; readonly median: number; readonly p90: number }

export interface ResponseTimes {
  /** The id of a service or a team, an urgency, or a day (UTC, YYYY-MM-DD); null: of no team. */
  readonly key: string | null;
  readonly name: string | null;
  readonly opened: number;
  readonly acknowledged: number;
  readonly resolved: number;
  readonly acknowledgeSeconds: Times | null;
  readonly resolveSeconds: Times | null;
  readonly sla: { readonly acknowledge: Kept; readonly resolve: Kept };
}

export interface Kept { readonly met: number; readonly breached: number }

/** More groups than this are not shown: those with most incidents are. */
const MOST_GROUPS = 1_000;

const KEYS: Readonly<Record<GroupedBy, { readonly key: string; readonly name: string }>> = {
  service: { key: 'i.service_id::text', name: 'max(coalesce(s.name, i.service_name))' },
  urgency: { key: 'i.urgency', name: 'max(i.urgency)' },
  team: { key: 's.team_id::text', name: 'null' },
  day: { key: `to_char(i.opened_at at time zone 'UTC', 'YYYY-MM-DD')`, name: `to_char(min(i.opened_at) at time zone 'UTC', 'YYYY-MM-DD')` },
};

interface Row extends Record<string, unknown> {
  whole: boolean; key: string | null; name: string | null; opened: number; acknowledged: number; resolved: number;
  acknowledge_mean: number | null; acknowledge_percentiles: [number, number] | null; resolve_mean: number | null; resolve_percentiles: [number, number] | null;
  acknowledge_met: number; acknowledge_breached: number; resolve_met: number; resolve_breached: number;
}

const ACKNOWLEDGE = 'extract(epoch from i.acknowledged_at - i.opened_at)';
const RESOLVE = 'extract(epoch from i.resolved_at - i.opened_at)';

/**
 * How long incidents that opened in a window took to be acknowledged and resolved, by group and in all. Those that nobody was ever told of (quiet from
 * their birth to their end) are left out: nobody could answer them. An acknowledgement that ended (timed out, snoozed, reopened) does not count.
 */
export async function responseTimes(
  db: Database,
  tenantId: string,
  { since, until, groupBy }: { since: Date; until: Date; groupBy: GroupedBy },
): Promise<{ total: ResponseTimes; groups: ResponseTimes[] }> {
  const { key, name } = KEYS[groupBy];
  const state = (target: string, value: string): string => `count(*) filter (where i.plan->'sla'->'${target}'->>'state' = '${value}')::int`;
  const rows = await db.query<Row>(
    `select grouping(${key}) = 1 as whole, ${key} as key, ${name} as name,
       count(*)::int as opened, count(i.acknowledged_at)::int as acknowledged, count(i.resolved_at)::int as resolved,
       avg(${ACKNOWLEDGE})::float8 as acknowledge_mean, percentile_cont(array[0.5, 0.9]) within group (order by ${ACKNOWLEDGE}) as acknowledge_percentiles,
       avg(${RESOLVE})::float8 as resolve_mean, percentile_cont(array[0.5, 0.9]) within group (order by ${RESOLVE}) as resolve_percentiles,
       ${state('acknowledge', 'met')} as acknowledge_met, ${state('acknowledge', 'breached')} as acknowledge_breached,
       ${state('resolve', 'met')} as resolve_met, ${state('resolve', 'breached')} as resolve_breached
     from incidents i left join services s on s.id = i.service_id
     where i.tenant_id = $1 and i.opened_at >= $2 and i.opened_at < $3 and coalesce((i.plan->>'told')::boolean, true)
     group by grouping sets ((${key}), ()) order by 1 desc, ${groupBy === 'day' ? '2' : 'opened desc, 2'} limit ${MOST_GROUPS + 1}`, [tenantId, since, until]);
  const [total, ...groups] = rows.map(shown);
  return { total: { ...total!, key: null, name: null }, groups };
}

function shown(row: Row): ResponseTimes {
  return {
    key: row.key, name: row.name, opened: row.opened, acknowledged: row.acknowledged, resolved: row.resolved,
    acknowledgeSeconds: timesOf(row.acknowledge_mean, row.acknowledge_percentiles), resolveSeconds: timesOf(row.resolve_mean, row.resolve_percentiles),
    sla: { acknowledge: { met: row.acknowledge_met, breached: row.acknowledge_breached }, resolve: { met: row.resolve_met, breached: row.resolve_breached } },
  };
}

function timesOf(mean: number | null, percentiles: readonly [number, number] | null): Times | null {
  const rounded = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
  return mean === null || percentiles === null ? null : { mean: rounded(mean), median: rounded(percentiles[0]), p90: rounded(percentiles[1]) };
}
