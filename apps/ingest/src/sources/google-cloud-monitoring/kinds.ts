import type { EventKind, TestAlert } from '../contract.js';

const INCIDENT = 'google-cloud-monitoring-<incident_id>';

export const KINDS: readonly EventKind[] = [
  { when: 'incident with state open', action: 'trigger', key: INCIDENT, fixture: 'pair-metric.firing' },
  { when: 'incident with state closed', action: 'resolve', key: INCIDENT, fixture: 'pair-metric.resolved' },
  { when: 'incident with state acknowledged', action: 'acknowledge', key: INCIDENT, fixture: 'incident-acknowledged' },
  { when: 'the connection test of a channel (version test)', action: 'ignored', fixture: 'ignored-connection-test' },
  { when: 'Error Reporting: a new or reopened error', action: 'trigger', key: 'google-cloud-monitoring-error-<project>-<group>', fixture: 'error-reporting' },
  {
    when: 'budget that has passed a threshold',
    action: 'trigger', key: 'google-cloud-monitoring-budget-<budget>-<interval>-<threshold>', fixture: 'budget-over',
  },
  { when: 'budget that has passed none', action: 'ignored', fixture: 'ignored-budget-below' },
  { when: 'Security Command Center: finding active', action: 'trigger', key: 'google-cloud-monitoring-finding-<finding>', fixture: 'pair-finding.firing' },
  {
    when: 'Security Command Center: finding inactive or muted',
    action: 'resolve', key: 'google-cloud-monitoring-finding-<finding>', fixture: 'pair-finding.resolved',
  },
  {
    when: 'Cloud Build: FAILURE, INTERNAL_ERROR, TIMEOUT, EXPIRED',
    action: 'trigger', key: 'google-cloud-monitoring-build-<project>-<trigger>-<branch>', fixture: 'pair-build.firing',
  },
  { when: 'Cloud Build: SUCCESS', action: 'resolve', key: 'google-cloud-monitoring-build-<project>-<trigger>-<branch>', fixture: 'pair-build.resolved' },
  { when: 'Cloud Build: queued, working, cancelled', action: 'ignored', fixture: 'ignored-build-working' },
  { when: 'log entry of a sink', action: 'trigger', key: 'google-cloud-monitoring-log-<insertId>', fixture: 'log-entry' },
];

function incident(state: 'open' | 'closed') {
  return {
    version: '1.2',
    incident: {
      incident_id: 'signalbox-test', state, severity: 'No severity', policy_name: 'Signalbox test',
      condition_name: 'Test', summary: 'A test alert from Signalbox', scoping_project_id: 'signalbox',
      resource_display_name: 'signalbox', started_at: 1767225600, ended_at: state === 'closed' ? 1767225660 : null,
      url: 'https://console.cloud.google.com/monitoring/alerting',
    },
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: incident('open') }, resolved: { body: incident('closed') } };
