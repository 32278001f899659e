import type { Event, Severity, Urgency } from '@signalbox/contracts';
import type { Decision, IncidentState, KeyState } from './incident-state.js';

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2, critical: 3 };

/** How urgent an incident is, from how severe its worst event was. */
export function urgencyOf(severity: Severity): Urgency {
  if (severity === 'critical' || severity === 'error') return 'HIGH';
  return severity === 'warning' ? 'MEDIUM' : 'LOW';
}

/**
 * What one event does to its key. Events of a key come in the order in which they were stored; `acceptedAt` tells which of them were
 * accepted earlier but came late (through the spool). `newIncidentId` is used only when an incident opens.
 */
export function decide(key: KeyState, event: Event, newIncidentId: string): Decision {
  switch (event.action) {
    case 'trigger': return trigger(key, event, newIncidentId);
    case 'acknowledge': return acknowledge(key, event);
    case 'resolve': return resolve(key, event);
  }
}

function trigger(key: KeyState, event: Event, newIncidentId: string): Decision {
  if (key.open !== null) return repeat(key, key.open, event);
  if (key.lastResolvedAt !== null && event.acceptedAt < key.lastResolvedAt) {
    return { effect: 'ignored', reason: 'resolved_since', incident: null, key };
  }
  const incident: IncidentState = {
    id: newIncidentId, serviceId: event.serviceId, integrationId: event.integrationId, scopeId: event.scopeId, dedupKey: event.dedupKey,
    title: event.summary, source: event.source, status: 'OPEN', severity: event.severity, urgency: urgencyOf(event.severity), eventCount: 1,
    version: 1, openedAt: event.acceptedAt, acknowledgedAt: null, resolvedAt: null, lastTriggeredAt: event.acceptedAt,
    details: event.details, links: event.links,
  };
  return { effect: 'triggered', incident, key: { ...key, open: incident } };
}

/** A repeated trigger adds to the count and brings newer details; only a higher severity is worth telling. An acknowledged incident stays acknowledged. */
function repeat(key: KeyState, open: IncidentState, event: Event): Decision {
  const worse = RANK[event.severity] > RANK[open.severity];
  const severity = worse ? event.severity : open.severity;
  const incident: IncidentState = {
    ...open, severity, urgency: urgencyOf(severity), eventCount: open.eventCount + 1, version: open.version + (worse ? 1 : 0),
    lastTriggeredAt: later(open.lastTriggeredAt, event.acceptedAt), details: event.details, links: event.links.length > 0 ? event.links : open.links,
  };
  return { effect: worse ? 'updated' : 'repeated', incident, key: { ...key, open: incident } };
}

function acknowledge(key: KeyState, event: Event): Decision {
  const open = key.open;
  if (open === null) return { effect: 'ignored', reason: 'nothing_open', incident: null, key };
  if (open.status === 'ACKNOWLEDGED') return { effect: 'ignored', reason: 'already_acknowledged', incident: open, key };
  if (event.acceptedAt < open.openedAt) return { effect: 'ignored', reason: 'triggered_since', incident: open, key };
  const incident: IncidentState = { ...open, status: 'ACKNOWLEDGED', acknowledgedAt: event.acceptedAt, version: open.version + 1, eventCount: open.eventCount + 1 };
  return { effect: 'acknowledged', incident, key: { ...key, open: incident } };
}

function resolve(key: KeyState, event: Event): Decision {
  const tombstone = key.lastResolvedAt === null ? event.acceptedAt : later(key.lastResolvedAt, event.acceptedAt);
  const open = key.open;
  if (open === null) return { effect: 'ignored', reason: 'nothing_open', incident: null, key: { open: null, lastResolvedAt: tombstone } };
  if (event.acceptedAt < open.lastTriggeredAt) return { effect: 'ignored', reason: 'triggered_since', incident: open, key };
  const incident: IncidentState = { ...open, status: 'RESOLVED', resolvedAt: event.acceptedAt, version: open.version + 1, eventCount: open.eventCount + 1 };
  return { effect: 'resolved', incident, key: { open: null, lastResolvedAt: tombstone } };
}

function later(a: string, b: string): string {
  return a < b ? b : a;
}
