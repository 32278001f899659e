import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'splunk-observability-<incidentId>';
const OWN_KEY = 'splunk-observability-<digest of detector, rule and dimensions>';

export const KINDS: readonly EventKind[] = [
  { when: 'statusExtended anomalous, or any other word', action: 'trigger', key: KEY, fixture: 'pair-latency.firing' },
  { when: 'statusExtended ok: the condition is over', action: 'resolve', key: KEY, fixture: 'pair-latency.resolved' },
  { when: 'statusExtended manually resolved', action: 'resolve', key: KEY, fixture: 'pair-manually.resolved' },
  { when: 'statusExtended stopped: the detector was edited or deleted', action: 'resolve', key: KEY, fixture: 'pair-stopped.resolved' },
  { when: 'status too high or too low, of the first versions of SignalFx', action: 'trigger', key: KEY, fixture: 'pair-too-high.firing' },
  { when: 'a payload of your own without incidentId', action: 'trigger', key: OWN_KEY, fixture: 'pair-without-incident.firing' },
  { when: 'a payload of your own without incidentId, ok', action: 'resolve', key: OWN_KEY, fixture: 'pair-without-incident.resolved' },
];

function body(status: 'anomalous' | 'ok') {
  return {
    sf_schema: 2, detector: 'Signalbox test', detectorId: 'signalbox-test', incidentId: 'signalbox-test', rule: 'Signalbox test', severity: 'Info',
    messageTitle: 'A test alert from Signalbox', status, statusExtended: status, timestamp: '2026-01-01T00:00:00Z',
    inputs: { A: { key: { host: 'signalbox' }, value: 1, fragment: "data('test')" } },
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: body('anomalous') }, resolved: { body: body('ok') } };
