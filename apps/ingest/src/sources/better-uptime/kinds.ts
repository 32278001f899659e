import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'better-uptime-incident-<id>';

export const KINDS: readonly EventKind[] = [
  { when: 'incident webhook: started, reopened', action: 'trigger', key: KEY, severity: 'critical', fixture: 'pair-incident.firing' },
  { when: 'incident webhook: acknowledged', action: 'acknowledge', key: KEY, fixture: 'acknowledged' },
  { when: 'incident webhook: resolved', action: 'resolve', key: KEY, fixture: 'pair-incident.resolved' },
  { when: 'incident log: incident.started', action: 'trigger', key: KEY, fixture: 'pair-log.firing' },
  { when: 'incident log: incident.resolved', action: 'resolve', key: KEY, fixture: 'pair-log.resolved' },
  { when: 'a monitor whose status is down', action: 'trigger', key: 'better-uptime-monitor-<id>', fixture: 'pair-monitor.firing' },
  { when: 'a monitor whose status is up', action: 'resolve', key: 'better-uptime-monitor-<id>', fixture: 'pair-monitor.resolved' },
  { when: 'a heartbeat whose status is down', action: 'trigger', key: 'better-uptime-heartbeat-<id>', severity: 'error', fixture: 'pair-heartbeat.firing' },
  { when: 'status page: an incident while the page is not operational', action: 'trigger', key: 'better-uptime-page-<id>', fixture: 'pair-status-page.firing' },
  { when: 'error webhook: new_error, threshold, spike, reoccurred', action: 'trigger', key: 'better-uptime-error-<id>', fixture: 'pair-error.firing' },
  { when: 'monitor webhook: created, updated, paused, unpaused, deleted', action: 'ignored', fixture: 'ignored-monitor-updated' },
  { when: 'a monitor that is paused, pending, in maintenance or validating', action: 'ignored', fixture: 'ignored-monitor-paused' },
  { when: 'on-call change', action: 'ignored', fixture: 'ignored-on-call-change' },
];

function incident(event: 'started' | 'resolved') {
  const attributes = {
    name: 'Signalbox test', url: 'https://signalbox.example/test', cause: 'A test alert from Signalbox',
    started_at: '2026-01-01T00:00:00.000Z', acknowledged_at: null,
    resolved_at: event === 'resolved' ? '2026-01-01T00:05:00.000Z' : null,
  };
  return { event, data: { id: '1', type: 'incident', attributes, relationships: { monitor: { data: { id: '1', type: 'monitor' } } } } };
}

export const TEST_ALERT: TestAlert = { firing: { body: incident('started') }, resolved: { body: incident('resolved') } };
