import type { EventKind, TestAlert } from '../contract.js';

const ALERT = 'grafana-<fingerprint>';
const RULE = 'grafana-rule-<rule>';
const GROUP = 'grafana-oncall-<alert group>';

export const KINDS: readonly EventKind[] = [
  { when: 'alert with status firing', action: 'trigger', key: ALERT, fixture: 'pair-unified.firing' },
  { when: 'alert with status resolved', action: 'resolve', key: ALERT, fixture: 'pair-unified.resolved' },
  { when: 'alert DatasourceNoData or DatasourceError', action: 'trigger', key: ALERT, fixture: 'no-data-of-a-rule' },
  { when: "the Test button of a contact point (TestAlert of the instance Grafana)", action: 'ignored', fixture: 'ignored-test-of-a-contact-point' },
  { when: 'a group without alerts', action: 'ignored', fixture: 'ignored-empty-group' },
  { when: 'dashboard alert, state alerting or no_data', action: 'trigger', key: RULE, fixture: 'pair-legacy.firing' },
  { when: 'dashboard alert, state ok', action: 'resolve', key: RULE, fixture: 'pair-legacy.resolved' },
  { when: 'dashboard alert, state paused, pending or unknown', action: 'ignored', fixture: 'ignored-legacy-paused' },
  { when: 'the Test button of a notification channel', action: 'ignored', fixture: 'ignored-legacy-test' },
  { when: 'OnCall alert group created, unresolved, unacknowledged, unsilenced, escalated', action: 'trigger', key: GROUP, fixture: 'pair-oncall.firing' },
  { when: 'OnCall alert group acknowledged', action: 'acknowledge', key: GROUP, fixture: 'oncall-acknowledged' },
  { when: 'OnCall alert group resolved', action: 'resolve', key: GROUP, fixture: 'pair-oncall.resolved' },
  { when: 'OnCall alert group silenced', action: 'ignored', fixture: 'ignored-oncall-silenced' },
  { when: 'IRM incident, status active', action: 'trigger', key: 'grafana-incident-<incident>', fixture: 'pair-incident.firing' },
  { when: 'IRM incident, status resolved', action: 'resolve', key: 'grafana-incident-<incident>', fixture: 'pair-incident.resolved' },
  { when: "OnCall's formatted webhook, state alerting", action: 'trigger', key: 'grafana-<alert_uid>', fixture: 'pair-formatted.firing' },
  { when: "OnCall's formatted webhook, state ok", action: 'resolve', key: 'grafana-<alert_uid>', fixture: 'pair-formatted.resolved' },
  { when: "a user's payload template", action: 'trigger', key: 'grafana-<digest of the title>', fixture: 'pair-template.firing' },
];

const LABELS = { alertname: 'SignalboxTest', severity: 'info', instance: 'signalbox' };

function group(status: 'firing' | 'resolved') {
  const alert = {
    status, labels: LABELS, annotations: { summary: 'A test alert from Signalbox' }, startsAt: '2026-01-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z', fingerprint: '5169676e616c626f', values: { A: 1 },
  };
  return {
    receiver: 'signalbox', status, alerts: [alert], groupLabels: {},
    commonLabels: LABELS, commonAnnotations: {}, version: '1', groupKey: '{}', orgId: 1,
    title: `[${status.toUpperCase()}:1] SignalboxTest`, state: status === 'firing' ? 'alerting' : 'ok',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: group('firing') }, resolved: { body: group('resolved') } };
