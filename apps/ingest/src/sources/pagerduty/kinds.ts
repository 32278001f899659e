import type { EventKind, TestAlert } from '../contract.js';

const INCIDENT = 'pagerduty-<incident>';

export const KINDS: readonly EventKind[] = [
  { when: 'v3 incident.triggered', action: 'trigger', key: INCIDENT, fixture: 'pair-v3.firing' },
  { when: 'v3 incident.reopened', action: 'trigger', key: INCIDENT, fixture: 'v3-reopened' },
  { when: 'v3 incident.unacknowledged', action: 'trigger', key: INCIDENT, fixture: 'v3-unacknowledged' },
  { when: 'v3 incident.acknowledged', action: 'acknowledge', key: INCIDENT, fixture: 'v3-acknowledged' },
  { when: 'v3 incident.resolved', action: 'resolve', key: INCIDENT, fixture: 'pair-v3.resolved' },
  {
    when: 'v3 incident.escalated, .reassigned, .delegated, .priority_updated: status triggered',
    action: 'trigger', key: INCIDENT, fixture: 'v3-priority-updated',
  },
  {
    when: 'v3 incident.escalated, .reassigned, .delegated, .priority_updated: status acknowledged',
    action: 'acknowledge', key: INCIDENT, fixture: 'v3-reassigned-acknowledged',
  },
  { when: 'v3 incident.escalated, .reassigned, .delegated, .priority_updated: status resolved', action: 'ignored', fixture: 'ignored-v3-priority-of-resolved' },
  { when: 'v3 incident.annotated, .responder.*, .status_update_published, .workflow.*, …', action: 'ignored', fixture: 'ignored-v3-annotated' },
  { when: 'v3 service.created, service.updated, service.deleted', action: 'ignored', fixture: 'ignored-v3-service' },
  { when: 'v3 pagey.ping ("Send test event")', action: 'ignored', fixture: 'ignored-v3-ping' },
  { when: 'v2 incident.trigger, .unacknowledge', action: 'trigger', key: INCIDENT, fixture: 'pair-v2.firing' },
  { when: 'v2 incident.acknowledge', action: 'acknowledge', key: INCIDENT, fixture: 'v2-acknowledge' },
  { when: 'v2 incident.resolve', action: 'resolve', key: INCIDENT, fixture: 'pair-v2.resolved' },
  { when: 'v2 incident.assign, .escalate, .delegate: by the status', action: 'trigger', key: INCIDENT, fixture: 'v2-many' },
  { when: 'v2 incident.annotate, incident.custom', action: 'ignored', fixture: 'ignored-v2-annotate' },
  { when: 'v1 incident.trigger, .unacknowledge', action: 'trigger', key: INCIDENT, fixture: 'pair-v1.firing' },
  { when: 'v1 incident.resolve', action: 'resolve', key: INCIDENT, fixture: 'pair-v1.resolved' },
  { when: 'Events API v2: event_action trigger', action: 'trigger', key: '<dedup_key>', fixture: 'pair-events-v2.firing' },
  { when: 'Events API v2: event_action acknowledge', action: 'acknowledge', key: '<dedup_key>', fixture: 'events-v2-acknowledge' },
  { when: 'Events API v2: event_action resolve', action: 'resolve', key: '<dedup_key>', fixture: 'pair-events-v2.resolved' },
  { when: 'Events API v1: event_type trigger', action: 'trigger', key: '<incident_key>', fixture: 'pair-events-v1.firing' },
  { when: 'Events API v1: event_type resolve', action: 'resolve', key: '<incident_key>', fixture: 'pair-events-v1.resolved' },
  { when: 'Events API v2: a change event', action: 'ignored', fixture: 'ignored-change' },
];

function told(eventType: 'incident.triggered' | 'incident.resolved') {
  return {
    body: {
      event: {
        event_type: eventType, resource_type: 'incident', occurred_at: '2026-01-01T00:00:00.000Z', agent: null, client: null,
        data: {
          id: 'SIGNALBOXTEST', type: 'incident', number: 1,
          status: eventType === 'incident.resolved' ? 'resolved' : 'triggered', title: 'A test alert from Signalbox',
          service: { id: 'SIGNALBOX', type: 'service_reference', summary: 'Signalbox test' }, urgency: 'low', priority: null, teams: [], assignees: [],
        },
      },
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: told('incident.triggered'), resolved: told('incident.resolved') };
