import { INCIDENTS, eventOrderKey, newId, partitionOf, stableIdAt, subjects, type Event, type IncidentChange } from '@signalbox/contracts';
import { booking, bytea, enqueue, insertTogether, recordset, storable, encodeRows, type LedgerEntry, type OutboxRow, type Transaction } from '@signalbox/database';
import { decide } from '../domain/decide.js';
import { UNKNOWN_KEY, type Decision, type IncidentState, type KeyState } from '../domain/incident-state.js';
import { incidentOf, type IncidentRow, INCIDENT_COLUMNS, stateOf } from './incident-row.js';

/** An event with the tenant that its credential gave it. */
export interface TenantEvent { readonly tenantId: string; readonly event: Event }

/** What became of one event. */
export interface Applied extends TenantEvent { readonly decision: Decision }

export interface AppliedBatch {
  readonly applied: readonly Applied[];
  /** Events that had been taken in before: no-ops. */
  readonly duplicates: number;
  /** Rows of the outbox, to be handed to the relay after the commit. */
  readonly outbox: readonly OutboxRow[];
}

/**
 * Takes a batch of events in: locks their keys, decides in memory, and writes one statement per table, the outbox and the ledger included.
 * Repeated event ids change nothing. What does not wait for each other's rows is sent together: a round trip costs more than most of these
 * statements, so there are three (read, write, tell). With `last` (the reader's cursor) the commit travels with the third; without it the
 * caller commits.
 */
export async function applyEvents(tx: Transaction, events: readonly TenantEvent[], now: Date, shard: number, last?: () => Promise<void>): Promise<AppliedBatch> {
  const wanted = wantedKeys(events);
  const [keys, open, known] = await Promise.all([lockKeys(tx, wanted), openIncidents(tx, wanted), knownEvents(tx, events)]);
  const fresh = withoutDuplicates(events, known);
  const applied = decideAll(fresh, statesOf(keys, open));
  const { opened, changed } = lastStates(applied, open);
  const writes = Promise.all([
    updateIncidents(tx, changed.map(({ state }) => columnsOf(state))),
    insertTogether(tx, [
      {
        table: 'incident_keys', columns: KEY_COLUMNS, rows: keyRows(applied),
        conflict: `on conflict (scope_id, dedup_key) do update set open_incident_id = excluded.open_incident_id, last_resolved_at = excluded.last_resolved_at`,
      },
      { table: 'incident_events', columns: EVENT_COLUMNS, rows: applied.map(eventRow) },
      { table: 'timeline', columns: TIMELINE_COLUMNS, rows: applied.flatMap(timelineRow) },
      booking(ledgerEntries(events, applied), now, shard),
    ]),
  ]);
  // As late as can be: the tenant's counter is locked from here until the commit, and every partition of the tenant waits for it.
  const [, stored] = await Promise.all([writes, insertIncidents(tx, opened.map(({ tenantId, state }) => ({ ...columnsOf(state), tenant_id: tenantId })))]);
  const rows = new Map(open);
  for (const { tenantId, state } of opened) rows.set(state.id, { ...columnsOf(state), ...stored.get(state.id)!, tenant_id: tenantId, updated_at: now });
  const tell = () => enqueue(tx, changeMessages(applied, rows));
  const outbox = last === undefined ? await tell() : await tx.commit(async () => (await Promise.all([tell(), last()]))[0]);
  return { applied, duplicates: events.length - fresh.length, outbox };
}

async function knownEvents(tx: Transaction, events: readonly TenantEvent[]): Promise<Set<string>> {
  const ids = new Set(events.map(({ event }) => event.id));
  const known = await tx.query<{ event_id: string }>('select event_id from incident_events where event_id = any($1::uuid[])', [[...ids]]);
  return new Set(known.map((row) => row.event_id));
}

function withoutDuplicates(events: readonly TenantEvent[], known: ReadonlySet<string>): TenantEvent[] {
  const seen = new Set(known);
  return events.filter(({ event }) => !seen.has(event.id) && seen.add(event.id) !== undefined);
}

interface KeyRow { scope_id: string; dedup_key: string; open_incident_id: string | null; last_resolved_at: Date | null }

// Looked up one by one (lateral): joined, a plan made while the table was small would go on reading all of it.
const WANTED = recordset({ scope_id: 'uuid', dedup_key: 'text' });

function wantedKeys(events: readonly TenantEvent[]): string {
  return encodeRows([...new Map(events.map(({ event }) => [keyOf(event), { scope_id: event.scopeId, dedup_key: event.dedupKey }])).values()]);
}

/** Locks the keys of the batch, always in the same order, so that two batches cannot lock each other out. */
function lockKeys(tx: Transaction, wanted: string): Promise<KeyRow[]> {
  return tx.query<KeyRow & Record<string, unknown>>(
    `select k.* from (${WANTED} order by scope_id, dedup_key) w cross join lateral (
       select scope_id, dedup_key, open_incident_id, last_resolved_at from incident_keys where scope_id = w.scope_id and dedup_key = w.dedup_key for update) k`, [wanted]);
}

/** What is open under the keys, by incident id. A statement of its own, sent behind the one that locks: it has to see what a lock was waited for. */
async function openIncidents(tx: Transaction, wanted: string): Promise<Map<string, IncidentRow>> {
  const incidents = await tx.query<IncidentRow & Record<string, unknown>>(
    `select i.* from (${WANTED}) w
     cross join lateral (select open_incident_id from incident_keys where scope_id = w.scope_id and dedup_key = w.dedup_key limit 1) k
     cross join lateral (select * from incidents where id = k.open_incident_id limit 1) i`, [wanted]);
  return new Map(incidents.map((row) => [row.id, row]));
}

function statesOf(keys: readonly KeyRow[], open: ReadonlyMap<string, IncidentRow>): Map<string, KeyState> {
  return new Map(keys.map((row): [string, KeyState] => {
    const incident = row.open_incident_id === null ? undefined : open.get(row.open_incident_id);
    return [eventOrderKey(row.scope_id, row.dedup_key), { open: incident === undefined ? null : stateOf(incident), lastResolvedAt: row.last_resolved_at?.toISOString() ?? null }];
  }));
}

function keyOf(event: Event): string {
  return eventOrderKey(event.scopeId, event.dedupKey);
}

function decideAll(events: readonly TenantEvent[], before: ReadonlyMap<string, KeyState>): Applied[] {
  const keys = new Map(before);
  return events.map(({ tenantId, event }) => {
    const decision = decide(keys.get(keyOf(event)) ?? UNKNOWN_KEY, event, incidentIdOf(event));
    keys.set(keyOf(event), decision.key);
    return { tenantId, event, decision };
  });
}

/** The id of the incident that an event may open: the same when the event is taken in again after a crash of Postgres took it back. */
function incidentIdOf(event: Event): string {
  return stableIdAt(new Date(event.acceptedAt), 'incident', event.id);
}

interface LastState { readonly tenantId: string; readonly state: IncidentState }

/** The last state of each incident, whatever number of events led there: those that are new, and those that were there. */
function lastStates(applied: readonly Applied[], before: ReadonlyMap<string, IncidentRow>): { opened: LastState[]; changed: LastState[] } {
  const last = new Map<string, LastState>();
  for (const { tenantId, decision: { incident } } of applied) if (incident !== null) last.set(incident.id, { tenantId, state: incident });
  const opened: LastState[] = [];
  const changed: LastState[] = [];
  for (const one of last.values()) (before.has(one.state.id) ? changed : opened).push(one);
  return { opened, changed };
}

/** The last state of each key; one that was never opened nor resolved is not kept. */
function keyRows(applied: readonly Applied[]): object[] {
  const keys = new Map<string, object>();
  for (const { tenantId, event, decision: { effect, key } } of applied) {
    if (effect === 'ignored' && key.lastResolvedAt === null && key.open === null) continue;
    keys.set(keyOf(event), {
      scope_id: event.scopeId, dedup_key: event.dedupKey, tenant_id: tenantId, open_incident_id: key.open?.id ?? null, last_resolved_at: key.lastResolvedAt,
    });
  }
  return [...keys.values()];
}

const KEY_COLUMNS = { scope_id: 'uuid', dedup_key: 'text', tenant_id: 'uuid', open_incident_id: 'uuid', last_resolved_at: 'timestamptz' };
const EVENT_COLUMNS = {
  event_id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', trace_id: 'uuid', effect: 'text', reason: 'text', accepted_at: 'timestamptz', event: 'jsonb', raw: 'bytea',
};
const TIMELINE_COLUMNS = { id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', at: 'timestamptz', kind: 'text', actor: 'jsonb', data: 'jsonb' };
const CHANGING = {
  id: 'uuid', status: 'text', severity: 'text', urgency: 'text', event_count: 'int', version: 'int', acknowledged_at: 'timestamptz',
  resolved_at: 'timestamptz', last_triggered_at: 'timestamptz', details: 'jsonb', links: 'jsonb',
};

async function updateIncidents(tx: Transaction, rows: readonly { readonly id: string }[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update incidents i set status = n.status, severity = n.severity, urgency = n.urgency, event_count = n.event_count, version = n.version,
       acknowledged_at = n.acknowledged_at, resolved_at = n.resolved_at, last_triggered_at = n.last_triggered_at, details = n.details, links = n.links,
       updated_at = now()
     from (${recordset(CHANGING)}) n where i.id = n.id and i.id = any($2::uuid[])`, [encodeRows(rows), rows.map(({ id }) => id)]);
}

const NEW_INCIDENT = { ...INCIDENT_COLUMNS, behind: 'int' };
const INSERTED = Object.keys(INCIDENT_COLUMNS);

type Stored = Pick<IncidentRow, 'number' | 'service_name'>;

/** Stores new incidents, in order, with the next numbers of their tenants, which count up without gaps; returns by id what only Postgres knew. */
async function insertIncidents(tx: Transaction, rows: readonly (Omit<IncidentRow, 'number' | 'service_name' | 'updated_at'>)[]): Promise<Map<string, Stored>> {
  if (rows.length === 0) return new Map();
  const following = new Map<string, number>();
  const counted = rows.toReversed().map((row) => {
    const behind = following.get(row.tenant_id) ?? 0;
    following.set(row.tenant_id, behind + 1);
    return { ...row, behind };
  });
  const stored = await tx.query<Stored & { id: string }>(
    `with fresh as materialized (${recordset(NEW_INCIDENT)}),
          counted as (
            insert into incident_numbers (tenant_id, last) select tenant_id, count(*) from fresh group by tenant_id order by tenant_id
            on conflict (tenant_id) do update set last = incident_numbers.last + excluded.last returning tenant_id, last)
     insert into incidents (${INSERTED.join(', ')}, number, service_name)
     select ${INSERTED.map((name) => `f.${name}`).join(', ')}, c.last - f.behind, coalesce(s.name, 'deleted service')
     from fresh f join counted c using (tenant_id) left join services s on s.id = f.service_id
     returning id, number, service_name`, [encodeRows(counted)]);
  return new Map(stored.map(({ id, ...rest }) => [id, rest]));
}

function columnsOf(state: IncidentState) {
  return {
    id: state.id, service_id: state.serviceId, integration_id: state.integrationId, scope_id: state.scopeId, dedup_key: state.dedupKey, title: state.title,
    source: state.source, status: state.status, severity: state.severity, urgency: state.urgency, event_count: state.eventCount, version: state.version,
    opened_at: new Date(state.openedAt), acknowledged_at: dateOf(state.acknowledgedAt), resolved_at: dateOf(state.resolvedAt),
    last_triggered_at: new Date(state.lastTriggeredAt), details: state.details, links: state.links,
  };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function eventRow({ tenantId, event, decision }: Applied): object {
  const json = JSON.stringify(event);
  return {
    event_id: event.id, tenant_id: tenantId, incident_id: decision.incident?.id ?? null, trace_id: event.traceId, effect: decision.effect,
    reason: decision.reason ?? null, accepted_at: event.acceptedAt, event, raw: storable(json) === json ? null : bytea(Buffer.from(json)),
  };
}

/** Every event shows on its incident's timeline, whatever it did. */
function timelineRow({ tenantId, event, decision }: Applied): object[] {
  if (decision.incident === null) return [];
  return [{
    id: newId(), tenant_id: tenantId, incident_id: decision.incident.id, at: event.acceptedAt, kind: decision.effect, actor: event.actor ?? null,
    data: { eventId: event.id, action: event.action, summary: event.summary, severity: event.severity, source: event.source, traceId: event.traceId,
      ...(decision.reason === undefined ? {} : { reason: decision.reason }) },
  }];
}

/** One outbox message per tenant and partition, with every change in order. */
function changeMessages(applied: readonly Applied[], rows: Map<string, IncidentRow>) {
  const envelopes = new Map<string, { tenantId: string; partition: number; changes: IncidentChange[] }>();
  for (const { tenantId, event, decision } of applied) {
    const { effect, incident } = decision;
    if (incident === null || effect === 'ignored' || effect === 'repeated') continue;
    const partition = partitionOf(keyOf(event));
    const key = `${tenantId}/${partition}`;
    const envelope = envelopes.get(key) ?? { tenantId, partition, changes: [] };
    envelopes.set(key, envelope);
    envelope.changes.push({
      id: event.id, change: effect, version: incident.version, at: event.acceptedAt, traceId: event.traceId, scopeId: event.scopeId,
      integrationId: event.integrationId, actor: event.actor ?? null, incident: incidentOf({ ...rows.get(incident.id)!, ...columnsOf(incident) }),
    });
  }
  return [...envelopes.values()].map(({ tenantId, partition, changes }) => ({
    subject: subjects.incidents(tenantId, partition), messageId: newId(), body: INCIDENTS.encode({ tenantId, changes }),
  }));
}

function ledgerEntries(events: readonly TenantEvent[], applied: readonly Applied[]): LedgerEntry[] {
  const entries: LedgerEntry[] = events.map(({ tenantId }) => ({ ledger: 'events', tenantId, entry: 'in', count: 1 }));
  const fates = new Map<string, LedgerEntry[]>();
  for (const { tenantId, decision } of applied) {
    const entry = decision.incident === null ? 'ignored' : 'incident';
    const list = fates.get(tenantId) ?? [];
    list.push({ ledger: 'events', tenantId, entry, count: 1 });
    fates.set(tenantId, list);
  }
  const perTenant = new Map<string, number>();
  for (const { tenantId } of events) perTenant.set(tenantId, (perTenant.get(tenantId) ?? 0) + 1);
  for (const [tenantId, count] of perTenant) {
    entries.push(...(fates.get(tenantId) ?? []));
    entries.push({ ledger: 'events', tenantId, entry: 'duplicate', count: count - (fates.get(tenantId)?.length ?? 0) });
  }
  return entries;
}
