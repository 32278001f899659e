import { INCIDENTS, NOTICES, newId, partitionOf, stableId, subjects, type IncidentChange, type Notice } from '@signalbox/contracts';
import { bytea, storable, type OutboxMessage, type LedgerEntry } from '@signalbox/database';
import type { Change, Decision, Notable } from '../domain/incident-state.js';
import { quietOf } from '../domain/telling.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import { columnsOf, incidentOf, type IncidentRow } from './incident-row.js';

/** What became of one happening. */
export interface Applied {
  readonly happening: Happening;
  readonly decision: Decision;
  /** When what followed from it happened: an event may have been accepted long before. */
  readonly followedAt: string;
}

export const EVENT_COLUMNS = {
  event_id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', trace_id: 'uuid',
  effect: 'text', reason: 'text', accepted_at: 'timestamptz', event: 'jsonb', raw: 'bytea',
};
export const TIMELINE_COLUMNS = { id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', at: 'timestamptz', kind: 'text', actor: 'jsonb', data: 'jsonb' };

export function eventRow({ happening, decision }: Applied): object[] {
  const event = eventOf(happening);
  if (event === undefined) return [];
  const json = JSON.stringify(event);
  return [{
    event_id: event.id, tenant_id: happening.tenantId, incident_id: decision.incident?.id ?? null, trace_id: event.traceId, effect: decision.effect,
    reason: decision.reason ?? null, accepted_at: event.acceptedAt, event, raw: storable(json) === json ? null : bytea(Buffer.from(json)),
  }];
}

/** Every event shows on its incident's timeline, whatever it did, and so does everything that happened because of it or by itself. */
export function timelineRows({ happening, decision, followedAt }: Applied): object[] {
  const { tenantId, actor, at } = happening;
  if (decision.incident === null) return [];
  const own = ownData(happening, decision);
  // A note is known by the id that its author was told.
  const first = own === null ? [] : [{
    id: decision.effect === 'noted' ? happening.id : newId(), tenant_id: tenantId, incident_id: decision.incident.id, at,
    kind: decision.effect, actor, data: { ...decision.changes[0]?.data, ...own },
  }];
  const rest = decision.changes.slice(first.length).map((change) => ({
    id: newId(), tenant_id: tenantId, incident_id: change.incident.id, at: followedAt, kind: change.kind, actor: null,
    data: { ...change.data, ...(change.page === undefined ? {} : { page: change.page }) },
  }));
  return [...first, ...rest];
}

/** What an event or a person adds to the first entry; null when nobody did it. */
function ownData({ what, traceId }: Happening, { reason }: Decision): object | null {
  if ('clock' in what || 'unreachedVersion' in what) return null;
  const why = reason === undefined ? {} : { reason };
  if ('action' in what) return { ...(what.action.kind === 'note' ? { note: what.action.text } : {}), traceId, ...why };
  const { event } = what;
  return { eventId: event.id, action: event.action, summary: event.summary, severity: event.severity, source: event.source, traceId, ...why };
}

/** The bus takes 1 MiB, and incidents may have 512 KB of details each. */
const MOST_BYTES = 500_000;

/** As few outbox messages per tenant and partition as fit on the bus, with every change in order; notices of what is more than one incident. */
export function messagesOf(applied: readonly Applied[], rows: ReadonlyMap<string, IncidentRow>): OutboxMessage[] {
  const envelopes = new Map<string, { tenantId: string; partition: number; changes: IncidentChange[] }>();
  for (const one of applied) {
    if (one.decision.changes.length === 0) continue;
    const { tenantId } = one.happening;
    const partition = partitionOf(keyOf(one.happening));
    const key = `${tenantId}/${partition}`;
    const envelope = envelopes.get(key) ?? { tenantId, partition, changes: [] };
    envelopes.set(key, envelope);
    envelope.changes.push(...one.decision.changes.map((change, index) => announced(one, change, index, rows.get(change.incident.id)!)));
  }
  return [
    ...[...envelopes.values()].flatMap(({ tenantId, partition, changes }) => inMessages(subjects.incidents(tenantId, partition), tenantId, changes)),
    ...applied.flatMap(({ happening, decision }) => decision.notables.map((notable, index) =>
      noticeMessage({ ...happening, id: stableId('notice', happening.id, String(index)) }, notable))),
  ];
}

function inMessages(subject: string, tenantId: string, changes: IncidentChange[]): OutboxMessage[] {
  const body = INCIDENTS.encode({ tenantId, changes });
  if (body.length <= MOST_BYTES || changes.length === 1) return [{ subject, messageId: newId(), body }];
  const half = Math.ceil(changes.length / 2);
  return [...inMessages(subject, tenantId, changes.slice(0, half)), ...inMessages(subject, tenantId, changes.slice(half))];
}

function announced({ happening: { id, at, traceId, actor }, followedAt }: Applied, change: Change, index: number, row: IncidentRow): IncidentChange {
  const { incident, kind, page, data } = change;
  const quiet = quietOf(change);
  return {
    id: index === 0 ? id : stableId('change', id, String(index)), change: kind, version: incident.version,
    at: index === 0 ? at : followedAt, traceId, scopeId: incident.scopeId, integrationId: incident.integrationId,
    actor: index === 0 ? actor : null, incident: incidentOf({ ...row, ...columnsOf(incident) }),
    ...(quiet === null ? {} : { quiet }), ...(page === undefined ? {} : { page }), ...(data === undefined ? {} : { data: { ...data } }),
  };
}

/** A notice of a tenant's; its id is what makes it one, however often it is told. */
export function noticeMessage(
  { tenantId, traceId, id, at }: Pick<Happening, 'tenantId' | 'traceId' | 'id' | 'at'>,
  { title, ...notable }: Notable,
): OutboxMessage {
  const notice: Notice = { ...notable, id, tenantId, traceId, occurredAt: at, title: title.slice(0, 1024) };
  return { subject: subjects.notices(tenantId), messageId: id, body: NOTICES.encode(notice) };
}

/** What came in and what became of it; people's actions and the clock are no events. */
export function ledgerEntries(events: readonly Happening[], applied: readonly Applied[]): LedgerEntry[] {
  const came = new Map<string, number>();
  const entries: LedgerEntry[] = [];
  const add = (tenantId: string, entry: string, count = 1): void => void entries.push({ ledger: 'events', tenantId, entry, count });
  for (const one of events) {
    if (eventOf(one) === undefined) continue;
    came.set(one.tenantId, (came.get(one.tenantId) ?? 0) + 1);
    add(one.tenantId, 'in');
  }
  for (const { happening, decision } of applied) {
    if (eventOf(happening) === undefined) continue;
    came.set(happening.tenantId, came.get(happening.tenantId)! - 1);
    add(happening.tenantId, decision.incident === null ? 'ignored' : 'incident');
  }
  for (const [tenantId, copies] of came) if (copies > 0) add(tenantId, 'duplicate', copies);
  return entries;
}
