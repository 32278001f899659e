import type { EventKind, TestAlert } from '../contract.js';

export const KINDS: readonly EventKind[] = [
  { when: 'alert with status firing', action: 'trigger', key: 'prometheus-<fingerprint>', fixture: 'pair-latency.firing' },
  { when: 'alert with status resolved', action: 'resolve', key: 'prometheus-<fingerprint>', fixture: 'pair-latency.resolved' },
  { when: 'alert without a fingerprint', action: 'trigger', key: 'prometheus-<the fingerprint of its labels>', fixture: 'pair-without-fingerprint.firing' },
  { when: 'a group of both: every alert by its own status', action: 'resolve', key: 'prometheus-<fingerprint>', fixture: 'mixed-group' },
  { when: 'firing and resolved under one fingerprint in one body', action: 'trigger', key: 'prometheus-<fingerprint>', fixture: 'repeated-fingerprint' },
  { when: "Grafana's webhook, which has the same form", action: 'trigger', key: 'prometheus-<fingerprint>', fixture: 'grafana-group' },
  { when: 'one alert alone', action: 'trigger', key: 'prometheus-<fingerprint>', fixture: 'pair-alone.firing' },
  { when: "the Test button of Grafana's contact point", action: 'ignored', fixture: 'ignored-grafana-test' },
  { when: 'a group without alerts', action: 'ignored', fixture: 'ignored-empty-group' },
];

const LABELS = { alertname: 'SignalboxTest', severity: 'info', instance: 'signalbox' };

function group(status: 'firing' | 'resolved') {
  const alert = {
    status, labels: LABELS,
    annotations: { summary: 'A test alert from Signalbox' },
    startsAt: '2026-01-01T00:00:00Z', endsAt: '0001-01-01T00:00:00Z',
  };
  return {
    version: '4', groupKey: '{}:{alertname="SignalboxTest"}', status, receiver: 'signalbox',
    groupLabels: {}, commonLabels: LABELS, commonAnnotations: {}, alerts: [alert],
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: group('firing') }, resolved: { body: group('resolved') } };
