import type { IncidentStatus } from '@signalbox/contracts';
import { encodeRows, recordset, type Transaction, type Write } from '@signalbox/database';
import { incidentOfTrigger } from '../domain/decide.js';
import { Neighbours, type Group, type Loud } from '../domain/neighbours.js';
import { groupKeysOf } from '../domain/quiet.js';
import type { TenantRules } from '../domain/rules.js';
import { eventOf, type Happening } from './happening.js';
import { stateOf, type IncidentRow } from './incident-row.js';

/** More loud incidents than this are not looked at: what inhibits is among the first of a mess. */
const LOUD_LOOKED_AT = 1_000;

/** What the happenings of a batch depend on beside their keys, by tenant. Locks groups, in order, behind the keys. Tenants without such rules cost no statement. */
export async function readNeighbours(tx: Transaction, happenings: readonly Happening[], rulesOf: (tenantId: string) => TenantRules): Promise<Map<string, Neighbours>> {
  const groups = new Map(happenings.flatMap((one) => groupsOf(one, rulesOf(one.tenantId)).map((key) => [`${one.tenantId} ${key}`, { tenant_id: one.tenantId, key }])));
  const inhibiting = [...new Set(happenings.map(({ tenantId }) => tenantId))].filter((tenantId) => inhibits(happenings, tenantId, rulesOf(tenantId)));
  const muters = happenings.flatMap(({ mutedBy, what }) => [...(typeof mutedBy === 'string' ? [mutedBy] : []), ...('action' in what && what.action.kind === 'merge' ? [what.action.into.id] : [])]);
  const [groupRows, loudRows, statusRows] = await Promise.all([lockGroups(tx, [...groups.values()]), loudIncidents(tx, inhibiting), statusesOf(tx, muters)]);
  const statuses = new Map(statusRows.map(({ id, status }) => [id, status]));
  return new Map([...new Set(happenings.map(({ tenantId }) => tenantId))].map((tenantId) => [tenantId, new Neighbours({
    groups: groupRows.filter((row) => row.tenant_id === tenantId).map(groupOf), loud: loudRows.filter((row) => row.tenant_id === tenantId).map((row): Loud => stateOf(row)), statuses,
  })]));
}

function groupsOf(happening: Happening, rules: TenantRules): string[] {
  const event = eventOf(happening);
  if (event !== undefined) return event.action === 'trigger' ? groupKeysOf(incidentOfTrigger(event, rules), rules) : [];
  return typeof happening.groupKey === 'string' ? [happening.groupKey] : [];
}

/** Whether one of the tenant's loud incidents could make another quiet. */
function inhibits(happenings: readonly Happening[], tenantId: string, rules: TenantRules): boolean {
  return rules.inhibitions.length > 0 || happenings.some((one) => one.tenantId === tenantId && (rules.service(one.serviceId)?.dependsOn.length ?? 0) > 0);
}

interface GroupRow { tenant_id: string; key: string; head_id: string | null; head_open: boolean; last_at: Date | null; minute: Date | null; in_minute: number }

function groupOf(row: GroupRow): Group {
  return { key: row.key, headId: row.head_id, headOpen: row.head_open, lastAt: row.last_at?.toISOString() ?? null, minute: row.minute?.toISOString() ?? null, inMinute: row.in_minute };
}

/** A group that is new is made first, so that there is a row to lock. */
async function lockGroups(tx: Transaction, wanted: readonly object[]): Promise<GroupRow[]> {
  if (wanted.length === 0) return [];
  const rows = recordset({ tenant_id: 'uuid', key: 'text' });
  const given = encodeRows(wanted);
  const [, locked] = await Promise.all([
    tx.query(`insert into incident_groups (tenant_id, key) select tenant_id, key from (${rows}) w order by tenant_id, key on conflict do nothing`, [given]),
    tx.query<GroupRow & Record<string, unknown>>(
      `with locked as materialized (select g.* from (${rows} order by tenant_id, key) w cross join lateral (
         select * from incident_groups where tenant_id = w.tenant_id and key = w.key for update) g)
       select l.*, coalesce((select i.status <> 'RESOLVED' from incidents i where i.id = l.head_id), false) as head_open from locked l`, [given]),
  ]);
  return locked;
}

async function loudIncidents(tx: Transaction, tenants: readonly string[]): Promise<IncidentRow[]> {
  if (tenants.length === 0) return [];
  return tx.query<IncidentRow & Record<string, unknown>>(
    `select i.* from unnest($1::uuid[]) t cross join lateral (
       select * from incidents where tenant_id = t and status <> 'RESOLVED' and status in ('OPEN', 'ACKNOWLEDGED') order by opened_at desc limit ${LOUD_LOOKED_AT}) i`, [tenants]);
}

async function statusesOf(tx: Transaction, ids: readonly string[]): Promise<{ id: string; status: IncidentStatus }[]> {
  return ids.length === 0 ? [] : tx.query<{ id: string; status: IncidentStatus }>('select id, status from incidents where id = any($1::uuid[])', [ids]);
}

/** The groups as the batch left them. */
export function groupWrite(neighbours: ReadonlyMap<string, Neighbours>): Write {
  return {
    table: 'incident_groups', columns: { tenant_id: 'uuid', key: 'text', head_id: 'uuid', last_at: 'timestamptz', minute: 'timestamptz', in_minute: 'int' },
    rows: [...neighbours].flatMap(([tenantId, known]) => known.changedGroups().map((group) => ({
      tenant_id: tenantId, key: group.key, head_id: group.headId, last_at: group.lastAt, minute: group.minute, in_minute: group.inMinute,
    }))),
    conflict: 'on conflict (tenant_id, key) do update set head_id = excluded.head_id, last_at = excluded.last_at, minute = excluded.minute, in_minute = excluded.in_minute',
  };
}

/** Those that were quiet for incidents that are not loud any more are to be looked at again, at once. Gives how many. */
export async function pokeMuted(tx: Transaction, gone: readonly string[], now: Date): Promise<number> {
  return gone.length === 0 ? 0 : tx.affected(
    `with p as materialized (select id from incidents where muted_by = any($1::uuid[]) and status <> 'RESOLVED' order by id for update)
     update incidents i set due_at = $2 from p where i.id = p.id`, [gone, now]);
}
