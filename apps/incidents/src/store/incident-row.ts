import type { Incident, IncidentStatus, Link, Severity, Urgency } from '@signalbox/contracts';
import type { IncidentState } from '../domain/incident-state.js';

/** A row of `incidents`. */
export interface IncidentRow {
  id: string; tenant_id: string; number: number; service_id: string; service_name: string; integration_id: string | null; scope_id: string;
  dedup_key: string; title: string; source: string; status: IncidentStatus; severity: Severity; urgency: Urgency; event_count: number; version: number;
  opened_at: Date; acknowledged_at: Date | null; resolved_at: Date | null; last_triggered_at: Date;
  details: Readonly<Record<string, unknown>>; links: readonly Link[]; updated_at: Date;
}

/** What an incident is stored with; its number comes from its tenant's counter, and its service's name from that. */
export const INCIDENT_COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', service_id: 'uuid', integration_id: 'uuid', scope_id: 'uuid', dedup_key: 'text',
  title: 'text', source: 'text', status: 'text', severity: 'text', urgency: 'text', event_count: 'int', version: 'int', opened_at: 'timestamptz',
  acknowledged_at: 'timestamptz', resolved_at: 'timestamptz', last_triggered_at: 'timestamptz', details: 'jsonb', links: 'jsonb',
};

export function stateOf(row: IncidentRow): IncidentState {
  return {
    id: row.id, serviceId: row.service_id, integrationId: row.integration_id, scopeId: row.scope_id, dedupKey: row.dedup_key, title: row.title,
    source: row.source, status: row.status, severity: row.severity, urgency: row.urgency, eventCount: row.event_count, version: row.version,
    openedAt: row.opened_at.toISOString(), acknowledgedAt: row.acknowledged_at?.toISOString() ?? null, resolvedAt: row.resolved_at?.toISOString() ?? null,
    lastTriggeredAt: row.last_triggered_at.toISOString(), details: row.details, links: row.links,
  };
}

/** The incident as the bus and the API show it. */
export function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id, number: row.number, title: row.title, status: row.status, urgency: row.urgency, severity: row.severity, priority: null,
    dedupKey: row.dedup_key, source: row.source, service: { id: row.service_id, name: row.service_name }, assignee: null, eventCount: row.event_count,
    openedAt: row.opened_at.toISOString(), acknowledgedAt: row.acknowledged_at?.toISOString() ?? null, resolvedAt: row.resolved_at?.toISOString() ?? null,
    details: { ...row.details }, links: [...row.links],
  };
}
