import { insertRows, type Transaction } from '@signalbox/database';
import type { Neighbours } from '../domain/neighbours.js';
import type { TenantRules } from '../domain/rules.js';
import { isFarFromStorm, stormKeyOf } from '../domain/storm.js';
import { eventOf, type Happening } from './happening.js';

interface Counter { readonly tenant_id: string; readonly key: string }

/** A counter or group by its tenant and key. */
export function nameOf({ tenant_id, key }: Counter): string {
  return `${tenant_id} ${key}`;
}

/**
 * The services' storm counters that are so far from their limits that this batch need not lock them: all partitions of a tenant would wait for each other
 * from here to their commits.
 */
export async function calmStorms(
  tx: Transaction,
  happenings: readonly Happening[],
  now: Date,
  rulesOf: (tenantId: string) => TenantRules,
): Promise<ReadonlySet<string>> {
  const triggers = new Map<string, { readonly tenantId: string; fresh: number }>();
  for (const one of happenings) {
    if (eventOf(one)?.action !== 'trigger') continue;
    const known = triggers.get(one.serviceId);
    if (known === undefined) triggers.set(one.serviceId, { tenantId: one.tenantId, fresh: 1 });
    else known.fresh += 1;
  }
  const wanted = [...triggers].flatMap(([serviceId, { tenantId, fresh }]) => {
    const limit = rulesOf(tenantId).service(serviceId)?.stormPerMinute ?? null;
    return limit === null ? [] : [{ tenant_id: tenantId, key: stormKeyOf(serviceId), limit, fresh }];
  });
  if (wanted.length === 0) return new Set();
  const rows = await tx.query<Counter & { in_minute: number }>(
    `select tenant_id, key, in_minute from incident_groups
       where tenant_id = any($1::uuid[]) and key = any($2::text[]) and minute > $3::timestamptz - interval '1 minute'`,
    [[...new Set(wanted.map(({ tenant_id: tenantId }) => tenantId))], wanted.map(({ key }) => key), now]);
  const counted = new Map(rows.map((row) => [nameOf(row), row.in_minute]));
  return new Set(wanted.filter((one) => isFarFromStorm(counted.get(nameOf(one)) ?? 0, one.fresh, one.limit)).map(nameOf));
}

/**
 * Adds what the batch counted without a lock. As late as can be: the counters are
 * locked from here until the commit. In the order in which `lockGroups` locks them.
 */
export async function addToStorms(tx: Transaction, neighbours: ReadonlyMap<string, Neighbours>, now: Date): Promise<void> {
  const rows = [...neighbours].flatMap(([tenantId, known]) => [...known.countedCalmly].map(([key, count]) => ({
    tenant_id: tenantId, key, last_at: now, minute: now, in_minute: count,
  })));
  await insertRows(tx, 'incident_groups', { tenant_id: 'uuid', key: 'text', last_at: 'timestamptz', minute: 'timestamptz', in_minute: 'int' },
    rows.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)), { conflict: ADDED });
}

function orderOf({ tenant_id, key }: Counter): string {
  return `${key} ${tenant_id}`;
}

const SAME_MINUTE = `incident_groups.minute > excluded.minute - interval '1 minute'`;
const ADDED = `on conflict (tenant_id, key) do update set last_at = excluded.last_at,
  minute = case when ${SAME_MINUTE} then incident_groups.minute else excluded.minute end,
  in_minute = excluded.in_minute + case when ${SAME_MINUTE} then incident_groups.in_minute else 0 end,
  storm = jsonb_set(incident_groups.storm, '{below}', to_jsonb((incident_groups.storm->>'below')::int + excluded.in_minute))`;
