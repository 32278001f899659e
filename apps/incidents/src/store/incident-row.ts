import type { Incident, IncidentStatus, Link, Severity, Urgency } from '@signalbox/contracts';
import { dueAt } from '../domain/clock.js';
import { NO_PLAN, nothingPlanned, type Assignee, type IncidentState, type Plan } from '../domain/incident-state.js';
import type { Responder } from '../domain/responders.js';

/** A row of `incidents`. */
export interface IncidentRow {
  id: string; tenant_id: string; number: number; service_id: string; service_name: string; integration_id: string | null; scope_id: string;
  dedup_key: string; title: string; source: string; class: string | null;
  status: IncidentStatus; severity: Severity; urgency: Urgency; event_count: number; version: number;
  opened_at: Date; acknowledged_at: Date | null; resolved_at: Date | null; last_triggered_at: Date;
  details: Readonly<Record<string, unknown>>; links: readonly Link[]; updated_at: Date;
  priority: string | null; assignee: Assignee | null; responders: readonly Responder[]; tags: readonly string[]; fields: Readonly<Record<string, unknown>>;
  /** Null: nothing is planned. */
  plan: Plan | null; due_at: Date | null; muted_by: string | null;
}

/** What an incident is stored with; its number comes from its tenant's counter, and its service's name from that. */
export const INCIDENT_COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', service_id: 'uuid', integration_id: 'uuid', scope_id: 'uuid', dedup_key: 'text',
  title: 'text', source: 'text', class: 'text', status: 'text', severity: 'text', urgency: 'text', event_count: 'int', version: 'int', opened_at: 'timestamptz',
  acknowledged_at: 'timestamptz', resolved_at: 'timestamptz', last_triggered_at: 'timestamptz', details: 'jsonb', links: 'jsonb',
  priority: 'text', assignee: 'jsonb', responders: 'jsonb', tags: 'jsonb', fields: 'jsonb', plan: 'jsonb', due_at: 'timestamptz', muted_by: 'uuid',
};

/** What changes of it, later on. */
export const CHANGING = {
  id: 'uuid', title: 'text', status: 'text', severity: 'text', urgency: 'text', event_count: 'int', version: 'int', acknowledged_at: 'timestamptz',
  resolved_at: 'timestamptz', last_triggered_at: 'timestamptz', details: 'jsonb', class: 'text', links: 'jsonb',
  priority: 'text', assignee: 'jsonb', responders: 'jsonb', tags: 'jsonb', fields: 'jsonb', plan: 'jsonb', due_at: 'timestamptz', muted_by: 'uuid',
};

export function stateOf(row: IncidentRow): IncidentState {
  return {
    id: row.id, serviceId: row.service_id, integrationId: row.integration_id, scopeId: row.scope_id, dedupKey: row.dedup_key, title: row.title,
    source: row.source, class: row.class, status: row.status, severity: row.severity, urgency: row.urgency, eventCount: row.event_count, version: row.version,
    openedAt: row.opened_at.toISOString(), acknowledgedAt: row.acknowledged_at?.toISOString() ?? null, resolvedAt: row.resolved_at?.toISOString() ?? null,
    lastTriggeredAt: row.last_triggered_at.toISOString(), details: row.details, links: row.links,
    priority: row.priority, assignee: row.assignee, responders: row.responders, tags: row.tags, fields: row.fields,
    plan: row.plan === null ? NO_PLAN : { ...NO_PLAN, ...row.plan },
  };
}

export function columnsOf(state: IncidentState) {
  const due = dueAt(state);
  return {
    id: state.id, service_id: state.serviceId, integration_id: state.integrationId, scope_id: state.scopeId, dedup_key: state.dedupKey, title: state.title,
    source: state.source, class: state.class, status: state.status,
    severity: state.severity, urgency: state.urgency, event_count: state.eventCount, version: state.version,
    opened_at: new Date(state.openedAt), acknowledged_at: dateOf(state.acknowledgedAt), resolved_at: dateOf(state.resolvedAt),
    last_triggered_at: new Date(state.lastTriggeredAt), details: state.details, links: state.links,
    priority: state.priority, assignee: state.assignee, responders: state.responders, tags: state.tags, fields: state.fields,
    plan: nothingPlanned(state.plan) ? null : state.plan,
    due_at: dateOf(due), muted_by: state.status === 'RESOLVED' ? null : state.plan.quiet?.byIncidentId ?? null,
  };
}

/** What is always said of an incident; a class only where its events have one. */
export type ToldIncident = Required<Omit<Incident, 'class'>> & Pick<Incident, 'class'>;

/** The incident as the bus and the API show it. */
export function incidentOf(row: IncidentRow): ToldIncident {
  const plan = row.plan ?? NO_PLAN;
  return {
    id: row.id, number: row.number, title: row.title, status: row.status, urgency: row.urgency, severity: row.severity, priority: row.priority,
    tags: [...row.tags], fields: { ...row.fields }, dedupKey: row.dedup_key, source: row.source,
    ...(row.class === null ? {} : { class: row.class }), service: { id: row.service_id, name: row.service_name },
    assignee: row.assignee, responders: row.responders.map((one) => ({ ...one })),
    eventCount: row.event_count, openedAt: row.opened_at.toISOString(), acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    resolvedAt: row.resolved_at?.toISOString() ?? null, snoozedUntil: row.status === 'SNOOZED' ? plan.snoozedUntil : null,
    quiet: row.status === 'SUPPRESSED' ? plan.quiet : null, details: { ...row.details }, links: [...row.links],
  };
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
