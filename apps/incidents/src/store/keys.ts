import { encodeRows, recordset, type Transaction, type Write } from '@signalbox/database';
import type { TenantRules } from '../domain/rules.js';
import type { KeyState } from '../domain/incident-state.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import { stateOf, type IncidentRow } from './incident-row.js';
import type { Applied } from './telling.js';

interface KeyRow {
  scope_id: string;
  dedup_key: string;
  open_incident_id: string | null;
  last_resolved_at: Date | null;
  last_incident_id: string | null;
  flips: string[] | null;
}

/** What was read of the keys, locked; `incidents` by id are those that are open under them, may be reopened, or are named. */
export interface Read {
  readonly keys: ReadonlyMap<string, KeyState>;
  readonly incidents: ReadonlyMap<string, IncidentRow>;
}

// Looked up one by one (lateral): joined, a plan made while the table was small would go on reading all of it.
const WANTED = recordset({ scope_id: 'uuid', dedup_key: 'text', reopens: 'boolean' });

/** Locks the keys, always in the same order, so that two batches cannot lock each other out, and reads what is known under them. */
export async function readKeys(tx: Transaction, happenings: readonly Happening[], rulesOf: (tenantId: string) => TenantRules): Promise<Read> {
  const mayReopen = (one: Happening): boolean =>
    eventOf(one)?.action === 'trigger' && typeof rulesOf(one.tenantId).service(one.serviceId)?.reopenSeconds === 'number';
  const reopening = new Set(happenings.filter(mayReopen).map(keyOf));
  const wanted = encodeRows([...new Map(happenings.map((one) => {
    const key = keyOf(one);
    return [key, { scope_id: one.scopeId, dedup_key: one.dedupKey, reopens: reopening.has(key) }];
  })).values()]);
  const named = happenings.flatMap(({ what }) => ('incidentId' in what ? [what.incidentId] : []));
  const [keys, open, others] = await Promise.all([lockKeys(tx, wanted), openIncidents(tx, wanted), namedIncidents(tx, named)]);
  const incidents = new Map([...open, ...others].map((row) => [row.id, row]));
  const state = (id: string | null) => { const row = id === null ? undefined : incidents.get(id); return row === undefined ? null : stateOf(row); };
  return {
    incidents,
    keys: new Map(keys.map((row): [string, KeyState] => [keyOf({ scopeId: row.scope_id, dedupKey: row.dedup_key }), {
      open: state(row.open_incident_id), lastResolvedAt: row.last_resolved_at?.toISOString() ?? null, last: state(row.last_incident_id), flips: row.flips ?? [],
    }])),
  };
}

function lockKeys(tx: Transaction, wanted: string): Promise<KeyRow[]> {
  return tx.query<KeyRow & Record<string, unknown>>(
    `select k.* from (${WANTED} order by scope_id, dedup_key) w cross join lateral (
       select scope_id, dedup_key, open_incident_id, last_resolved_at, last_incident_id, flips from incident_keys
       where scope_id = w.scope_id and dedup_key = w.dedup_key for update) k`, [wanted]);
}

/** What is open under the keys, or may be reopened. A statement of its own, sent behind the one that locks: it has to see what a lock was waited for. */
function openIncidents(tx: Transaction, wanted: string): Promise<IncidentRow[]> {
  return tx.query<IncidentRow & Record<string, unknown>>(
    `select i.* from (${WANTED}) w
     cross join lateral (
       select coalesce(open_incident_id, case when w.reopens then last_incident_id end) as id
       from incident_keys where scope_id = w.scope_id and dedup_key = w.dedup_key limit 1) k
     cross join lateral (select * from incidents where id = k.id limit 1) i`, [wanted]);
}

async function namedIncidents(tx: Transaction, ids: readonly string[]): Promise<IncidentRow[]> {
  return ids.length === 0 ? [] : tx.query<IncidentRow & Record<string, unknown>>('select * from incidents where id = any($1::uuid[])', [ids]);
}

/** The last state of each key; one that was never opened nor resolved is not kept. `blind`: a key that is there is refused. */
export function keyWrite(applied: readonly Applied[], blind: boolean): Write {
  const keys = new Map<string, object>();
  for (const { happening, decision: { effect, key } } of applied) {
    if (effect === 'ignored' && key.lastResolvedAt === null && key.open === null) continue;
    keys.set(keyOf(happening), keyRow(happening, key));
  }
  return { table: 'incident_keys', columns: KEY_COLUMNS, rows: [...keys.values()], ...(blind ? {} : { conflict: KEY_CONFLICT }) };
}

function keyRow({ scopeId, dedupKey, tenantId }: Happening, key: KeyState): object {
  return {
    scope_id: scopeId, dedup_key: dedupKey, tenant_id: tenantId, open_incident_id: key.open?.id ?? null, last_resolved_at: key.lastResolvedAt,
    last_incident_id: key.last?.id ?? null, flips: key.flips.length === 0 ? null : key.flips,
  };
}

const KEY_COLUMNS = {
  scope_id: 'uuid', dedup_key: 'text', tenant_id: 'uuid', open_incident_id: 'uuid', last_resolved_at: 'timestamptz',
  last_incident_id: 'uuid', flips: 'jsonb',
};
const KEY_CONFLICT = `on conflict (scope_id, dedup_key) do update set
  open_incident_id = excluded.open_incident_id, last_resolved_at = excluded.last_resolved_at,
  last_incident_id = coalesce(excluded.last_incident_id, incident_keys.last_incident_id), flips = excluded.flips`;
