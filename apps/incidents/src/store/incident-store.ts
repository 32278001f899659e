import { newId, type Actor, type EventAction, type TraceEntry } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { Action } from '../domain/actions.js';
import type { Decision } from '../domain/incident-state.js';
import type { Applier } from './applier.js';
import { happeningOf, type Happening, type What } from './happening.js';
import { incidentOf, type IncidentRow, type ShownIncident } from './incident-row.js';

export interface IncidentFilter {
  readonly status?: readonly string[];
  readonly urgency?: readonly string[];
  readonly service?: string;
  readonly dedupKey?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface TimelineEntry {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly actor: Actor | null;
  readonly data: Record<string, unknown>;
}

interface TimelineRow { id: string; at: Date; kind: string; actor: Actor | null; data: Record<string, unknown> }

/** What became of what a person did to an incident; null when it was over already. */
export interface Acted { readonly id: string; readonly decision: Decision | null }

/** Reading incidents, and changing one on a person's behalf. */
export class IncidentStore {
  constructor(private readonly db: Database, private readonly applier: Applier, private readonly now: () => Date = () => new Date()) {}

  /** Up to `limit + 1` incidents, newest first. */
  async list(tenantId: string, filter: IncidentFilter, limit: number, after?: { at: string; id: string }): Promise<(ShownIncident & { updatedAt: string })[]> {
    const values: unknown[] = [tenantId];
    const where = ['tenant_id = $1'];
    const add = (sql: (parameter: string) => string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      where.push(sql(`$${values.length}`));
    };
    add((p) => `status = any(${p}::text[])`, filter.status);
    add((p) => `urgency = any(${p}::text[])`, filter.urgency);
    add((p) => `service_id = ${p}::uuid`, filter.service);
    add((p) => `dedup_key = ${p}`, filter.dedupKey);
    add((p) => `(title ilike ${p} or dedup_key ilike ${p} or source ilike ${p})`, filter.text === undefined ? undefined : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`);
    add((p) => `opened_at >= ${p}::timestamptz`, filter.since);
    add((p) => `opened_at < ${p}::timestamptz`, filter.until);
    if (after !== undefined) {
      values.push(after.at, after.id);
      where.push(`(opened_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
    }
    const rows = await this.db.query<IncidentRow>(
      `select * from incidents where ${where.join(' and ')} order by opened_at desc, id desc limit ${limit + 1}`, values);
    return rows.map(shown);
  }

  async find(tenantId: string, id: string): Promise<(ShownIncident & { updatedAt: string }) | null> {
    const rows = await this.db.query<IncidentRow>('select * from incidents where tenant_id = $1 and id = $2', [tenantId, id]);
    return rows[0] === undefined ? null : shown(rows[0]);
  }

  /** Up to `limit + 1` entries of the timeline, oldest first. */
  async timeline(tenantId: string, incidentId: string, limit: number, after?: { at: string; id: string }): Promise<TimelineEntry[]> {
    const rows = await this.db.query<TimelineRow>(
      `select id, at, kind, actor, data from timeline where tenant_id = $1 and incident_id = $2
         and ($4::timestamptz is null or (at, id) > ($4::timestamptz, $5::uuid))
       order by at, id limit $3`, [tenantId, incidentId, limit + 1, after?.at ?? null, after?.id ?? null]);
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  /** Acknowledges or resolves incidents for a person: the same way as an event from outside takes. Gives what became of each that the tenant has. */
  async answer(tenantId: string, ids: readonly string[], action: Exclude<EventAction, 'trigger'>, actor: Actor, note?: string): Promise<Acted[]> {
    return this.happen(tenantId, ids, (row): What => ({ event: {
      id: newId(), traceId: newId(), scopeId: row.scope_id, serviceId: row.service_id, integrationId: row.integration_id, action, dedupKey: row.dedup_key,
      summary: note ?? `${action} by ${actor.name}`, source: actor.via ?? 'api', severity: row.severity, acceptedAt: this.now().toISOString(),
      details: note === undefined ? {} : { note }, links: [], actor,
    } }), actor);
  }

  /** Does something else to incidents for a person. */
  async act(tenantId: string, ids: readonly string[], action: Action, actor: Actor): Promise<Acted[]> {
    return this.happen(tenantId, ids, (row): What => ({ action, incidentId: row.id }), actor);
  }

  private async happen(tenantId: string, ids: readonly string[], whatOf: (row: IncidentRow) => What, actor: Actor): Promise<Acted[]> {
    const rows = await this.db.query<IncidentRow>('select * from incidents where tenant_id = $1 and id = any($2::uuid[])', [tenantId, ids]);
    if (rows.length === 0) return [];
    const batch = await this.db.transaction(async (tx) => {
      const current = await tx.query<{ open_incident_id: string | null }>(
        `select open_incident_id from incident_keys where (scope_id, dedup_key) in (select scope_id, dedup_key from incidents where id = any($1::uuid[]))
         order by scope_id, dedup_key for update`, [rows.map(({ id }) => id)]);
      const open = new Set(current.map((row) => row.open_incident_id));
      // Another incident may be open under the same key by now: an event would be that one's.
      const meant = rows.map((row) => ({ row, what: whatOf(row) })).filter(({ row, what }) => 'action' in what || open.has(row.id));
      return this.applier.apply(tx, meant.map(({ row, what }) => personal(tenantId, row, what, actor, this.now())), 0);
    });
    this.applier.committed(batch);
    const decisions = new Map(batch.applied.map(({ happening, decision }) => [happening, decision]));
    const byId = new Map([...decisions].map(([happening, decision]) => ['incidentId' in happening.what ? happening.what.incidentId : decision.incident?.id, decision]));
    return rows.map((row) => ({ id: row.id, decision: byId.get(row.id) ?? null }));
  }

  /** What this service knows of a trace, oldest first. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<{ event_id: string; incident_id: string | null; effect: string; reason: string | null; accepted_at: Date; summary: string }>(
      `select event_id, incident_id, effect, reason, accepted_at, event->>'summary' as summary
       from incident_events where trace_id = $2 and tenant_id = $1 order by accepted_at limit 1000`, [tenantId, traceId]);
    return rows.map((row) => ({
      at: row.accepted_at.toISOString(), service: 'incidents', kind: `event.${row.effect}`, id: row.event_id, summary: row.summary,
      data: { incidentId: row.incident_id, ...(row.reason === null ? {} : { reason: row.reason }) },
    }));
  }
}

function personal(tenantId: string, row: IncidentRow, what: What, actor: Actor, now: Date): Happening {
  if ('event' in what) return happeningOf({ tenantId, event: what.event });
  return {
    id: newId(), traceId: newId(), tenantId, scopeId: row.scope_id, dedupKey: row.dedup_key, serviceId: row.service_id, integrationId: row.integration_id,
    at: now.toISOString(), actor, what, groupKey: row.plan?.groupKey ?? null, mutedBy: row.muted_by,
  };
}

function shown(row: IncidentRow): ShownIncident & { updatedAt: string } {
  return { ...incidentOf(row), updatedAt: row.updated_at.toISOString() };
}
