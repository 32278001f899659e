import type { IncidentStatus, Severity } from '@signalbox/contracts';
import { encodeRows, recordset, type Transaction, type Write } from '@signalbox/database';
import { incidentOfTrigger, reopened } from '../domain/decide.js';
import type { IncidentState } from '../domain/incident-state.js';
import { matchesAll } from '../domain/matcher.js';
import { Neighbours, isLoud, stands, type Group, type Loud } from '../domain/neighbours.js';
import { groupKeysOf } from '../domain/quiet.js';
import type { TenantRules } from '../domain/rules.js';
import { isStormKey, type Storm } from '../domain/storm.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import { stateOf, type IncidentRow } from './incident-row.js';
import type { Read } from './keys.js';
import { nameOf } from './storm-counts.js';

/** More loud incidents than this are not looked at, the newest, beside those for which the batch's own are quiet: what is inhibited is not loud, so few are. */
const LOUD_LOOKED_AT = 1_000;

/**
 * What the happenings of a batch depend on beside their keys, by tenant. Locks groups, in order, behind the keys: which groups and which other incidents
 * matter is known only from rows that were read under the lock of their keys. Tenants without such rules cost no statement. `calm`: see `calmStorms`.
 */
export async function readNeighbours(
  tx: Transaction,
  happenings: readonly Happening[],
  read: Read,
  calm: ReadonlySet<string>,
  rulesOf: (tenantId: string) => TenantRules,
): Promise<Map<string, Neighbours>> {
  const tenants = [...new Set(happenings.map(({ tenantId }) => tenantId))];
  const rows = [...read.incidents.values()];
  const isDependent = ({ tenantId, serviceId }: Happening): boolean => (rulesOf(tenantId).service(serviceId)?.dependsOn.length ?? 0) > 0;
  const dependent = new Set(happenings.filter(isDependent).map(({ tenantId }) => tenantId));
  const inhibiting = tenants.filter((tenantId) => dependent.has(tenantId) || mayBeInhibited(tenantId, happenings, rows, rulesOf(tenantId)));
  const muters = [
    ...rows.flatMap(({ muted_by: mutedBy }) => mutedBy ?? []),
    ...happenings.flatMap(({ what }) => ('action' in what && what.action.kind === 'merge' ? [what.action.into.id] : [])),
  ];
  const groups = groupsOf(happenings, read, calm, rulesOf);
  const locked = new Set(groups.map(nameOf));
  const [groupRows, loudRows, muterRows] = await Promise.all([lockGroups(tx, groups), loudIncidents(tx, inhibiting), incidentsOf(tx, muters)]);
  const statuses = new Map([
    ...muterRows.map(({ id, status }) => [id, status] as const),
    ...groupRows.flatMap(({ head_id: id, head_status: status }) => (id === null || status === null ? [] : [[id, status] as const])),
  ]);
  const loud = [...loudRows, ...muterRows.filter(({ status }) => isLoud(status))];
  return new Map(tenants.map((tenantId) => [tenantId, new Neighbours({
    groups: groupRows.filter((row) => row.tenant_id === tenantId).map(groupOf),
    loud: loud.filter((row) => row.tenant_id === tenantId).map((row): Loud => stateOf(row)),
    statuses,
    calm: new Set([...calm].flatMap((name) => (name.startsWith(tenantId) && !locked.has(name) ? [name.slice(tenantId.length + 1)] : []))),
  })]));
}

/** Whether a new incident's fate could depend on other incidents. */
export function mayMatter({ groupings, inhibitions, service }: TenantRules, serviceId: string): boolean {
  const { dependsOn = [], stormPerMinute = null } = service(serviceId) ?? {};
  return groupings.length > 0 || inhibitions.length > 0 || dependsOn.length > 0 || stormPerMinute !== null;
}

/** The groups that the batch may change: those that a trigger would join (but for calm counters), and those in which an incident is quiet, or would be. */
function groupsOf(
  happenings: readonly Happening[],
  { keys, incidents }: Read,
  calm: ReadonlySet<string>,
  rulesOf: (tenantId: string) => TenantRules,
): { tenant_id: string; key: string }[] {
  const resolving = new Set(happenings.filter((one) => eventOf(one)?.action === 'resolve').map(keyOf));
  const joined = happenings.flatMap((one) => {
    const [event, key] = [eventOf(one), keys.get(keyOf(one))];
    if (event?.action !== 'trigger' || (typeof key?.open?.id === 'string' && !resolving.has(keyOf(one)))) return [];
    const rules = rulesOf(one.tenantId);
    const last = key?.last ?? null;
    const fates: IncidentState[] = [
      incidentOfTrigger(event, rules),
      ...(last === null ? [] : [reopened(last, event, rules.service(event.serviceId)).incident]),
    ];
    return fates.flatMap((fate) => groupKeysOf(fate, rules).map((group) => ({ tenant_id: one.tenantId, key: group })));
  });
  const stayed = [...incidents.values()].flatMap(({ tenant_id, plan }) => {
    const isOrWouldBeQuiet = typeof plan?.groupKey === 'string' && (!plan.told || plan.quiet !== null);
    return isOrWouldBeQuiet ? [{ tenant_id, key: plan.groupKey }] : [];
  });
  const once = (groups: typeof joined): typeof joined => [...new Map(groups.map((group) => [nameOf(group), group])).values()];
  const busy = once([...joined.filter((group) => !calm.has(nameOf(group))), ...stayed]);
  // All counters or none: two batches of which each locked what the other one adds to at its end would lock each other out.
  return busy.some(({ key }) => isStormKey(key)) ? once([...joined, ...stayed]) : busy;
}

/**
 * Whether an inhibition of the tenant's could make an incident of this batch quiet: reading the loud ones
 * costs more than the rest of a batch. Whatever an incident becomes in the batch, each of its fields comes
 * from one of the events or rows; so a rule of which one matcher fits none of them fits nothing here.
 */
function mayBeInhibited(tenantId: string, happenings: readonly Happening[], rows: readonly IncidentRow[], rules: TenantRules): boolean {
  if (rules.inhibitions.length === 0) return false;
  const triggers = happenings.flatMap((one) => {
    const event = one.tenantId === tenantId ? eventOf(one) : undefined;
    return event?.action === 'trigger' ? [incidentOfTrigger(event, rules)] : [];
  });
  const candidates = [...triggers, ...rows.filter((row) => row.tenant_id === tenantId).map(stateOf)];
  return rules.inhibitions.some(({ target }) => target.every((matcher) => candidates.some((candidate) => matchesAll([matcher], candidate))));
}

interface GroupRow {
  tenant_id: string;
  key: string;
  head_id: string | null;
  head_status: IncidentStatus | null;
  head_severity: Severity | null;
  last_at: Date | null;
  minute: Date | null;
  in_minute: number;
  storm: Storm | null;
}

function groupOf(row: GroupRow): Group {
  return {
    key: row.key, headId: row.head_id, headStands: row.head_status !== null && stands(row.head_status), headSeverity: row.head_severity,
    lastAt: row.last_at?.toISOString() ?? null, minute: row.minute?.toISOString() ?? null, inMinute: row.in_minute, storm: row.storm,
  };
}

/**
 * A group that is new is made first, so that there is a row to lock. Counters of all
 * tenants come behind their groups, for some are locked only at the end (`addToStorms`).
 */
async function lockGroups(tx: Transaction, wanted: readonly object[]): Promise<GroupRow[]> {
  if (wanted.length === 0) return [];
  const rows = recordset({ tenant_id: 'uuid', key: 'text' });
  const given = encodeRows(wanted);
  const [, locked] = await Promise.all([
    tx.query(`insert into incident_groups (tenant_id, key) select tenant_id, key from (${rows}) w order by key, tenant_id on conflict do nothing`, [given]),
    tx.query<GroupRow & Record<string, unknown>>(
      `with locked as materialized (select g.* from (${rows} order by key, tenant_id) w cross join lateral (
         select * from incident_groups where tenant_id = w.tenant_id and key = w.key for update) g)
       select l.*, i.status as head_status, i.severity as head_severity from locked l left join incidents i on i.id = l.head_id`, [given]),
  ]);
  return locked;
}

async function loudIncidents(tx: Transaction, tenants: readonly string[]): Promise<IncidentRow[]> {
  if (tenants.length === 0) return [];
  return tx.query<IncidentRow & Record<string, unknown>>(
    `select i.* from unnest($1::uuid[]) t cross join lateral (
       select * from incidents where tenant_id = t and status <> 'RESOLVED' and status in ('OPEN', 'ACKNOWLEDGED')
       order by opened_at desc limit ${LOUD_LOOKED_AT}) i`, [tenants]);
}

async function incidentsOf(tx: Transaction, ids: readonly string[]): Promise<IncidentRow[]> {
  return ids.length === 0 ? [] : tx.query<IncidentRow & Record<string, unknown>>('select * from incidents where id = any($1::uuid[])', [[...new Set(ids)]]);
}

/** The groups as the batch left them. */
export function groupWrite(neighbours: ReadonlyMap<string, Neighbours>): Write {
  return {
    table: 'incident_groups',
    columns: {
      tenant_id: 'uuid', key: 'text', head_id: 'uuid', last_at: 'timestamptz', minute: 'timestamptz', in_minute: 'int',
      storm: 'jsonb', due_at: 'timestamptz',
    },
    rows: [...neighbours].flatMap(([tenantId, known]) => known.changedGroups().map((group) => ({
      tenant_id: tenantId, key: group.key, head_id: group.headId, last_at: group.lastAt,
      minute: group.minute, in_minute: group.inMinute, storm: group.storm, due_at: group.storm?.dueAt ?? null,
    }))),
    conflict: `on conflict (tenant_id, key) do update set head_id = excluded.head_id, last_at = excluded.last_at,
      minute = excluded.minute, in_minute = excluded.in_minute, storm = excluded.storm, due_at = excluded.due_at`,
  };
}

/**
 * Locks the batch's own incidents together with those that it will poke, in one order, when it pokes any: two batches of which each pokes the other's would
 * lock each other out. To be sent ahead of the update.
 */
export async function lockMuted(tx: Transaction, gone: readonly string[], own: readonly string[]): Promise<void> {
  if (gone.length === 0) return;
  await tx.query(
    `with muted as materialized (select id from incidents where muted_by = any($1::uuid[]) and status <> 'RESOLVED')
     select 1 from incidents i where exists (select from muted)
       and i.id in (select id from muted union all select unnest($2::uuid[])) order by i.id for update`, [gone, own]);
}

/** Those that were quiet for incidents that do not stand for them any more are to be looked at again, at once. Gives how many. */
export async function pokeMuted(tx: Transaction, gone: readonly string[], now: Date): Promise<number> {
  return gone.length === 0 ? 0 : tx.affected(
    `with p as materialized (select id from incidents where muted_by = any($1::uuid[]) and status <> 'RESOLVED' order by id for update)
     update incidents i set due_at = $2 from p where i.id = p.id`, [gone, now]);
}
