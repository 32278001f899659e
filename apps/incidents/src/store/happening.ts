import { eventOrderKey, newId, type Actor, type Event } from '@signalbox/contracts';
import type { Action } from '../domain/actions.js';

/** What came from outside, what a person did, the clock, or that a page (of this version of the incident) reached nobody. */
export type What =
  | { readonly event: Event }
  | { readonly action: Action; readonly incidentId: string }
  | { readonly clock: true; readonly incidentId: string }
  | { readonly unreachedVersion: number; readonly incidentId: string };

/** Something that happens to a dedup key of a tenant. */
export interface Happening {
  /** Of the event or the action: a second copy of an event is known by it. */
  readonly id: string;
  readonly traceId: string;
  readonly tenantId: string;
  readonly scopeId: string;
  readonly dedupKey: string;
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly at: string;
  readonly actor: Actor | null;
  readonly what: What;
}

/** An event with the tenant that its credential gave it. */
export interface TenantEvent { readonly tenantId: string; readonly event: Event }

export function happeningOf({ tenantId, event }: TenantEvent): Happening {
  return {
    id: event.id, traceId: event.traceId, tenantId,
    scopeId: event.scopeId, dedupKey: event.dedupKey, serviceId: event.serviceId, integrationId: event.integrationId,
    at: event.acceptedAt, actor: event.actor ?? null, what: { event },
  };
}

/** An incident as the clock finds it. */
export interface OfIncident {
  incident_id: string; tenant_id: string; scope_id: string; dedup_key: string; service_id: string; integration_id: string | null;
}

/** The clock looks at an incident. */
export function clockHappening(row: OfIncident, now: Date): Happening {
  return { ...ofItself(row, now), id: newId(), traceId: newId(), what: { clock: true, incidentId: row.incident_id } };
}

/** Whoever was to be told of an incident says that a page of it, with this version, reached nobody. `report`: by its id a second copy is known. */
export function unreachedHappening(row: OfIncident, report: { readonly id: string; readonly traceId: string; readonly version: number }, now: Date): Happening {
  return { ...ofItself(row, now), id: report.id, traceId: report.traceId, what: { unreachedVersion: report.version, incidentId: row.incident_id } };
}

function ofItself(row: OfIncident, now: Date): Omit<Happening, 'id' | 'traceId' | 'what'> {
  return {
    tenantId: row.tenant_id, scopeId: row.scope_id, dedupKey: row.dedup_key,
    serviceId: row.service_id, integrationId: row.integration_id, at: now.toISOString(), actor: null,
  };
}

export function keyOf({ scopeId, dedupKey }: Pick<Happening, 'scopeId' | 'dedupKey'>): string {
  return eventOrderKey(scopeId, dedupKey);
}

export function eventOf({ what }: Happening): Event | undefined {
  return 'event' in what ? what.event : undefined;
}
