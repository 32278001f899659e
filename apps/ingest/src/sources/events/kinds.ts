import type { EventKind, TestAlert } from '../contract.js';

export const KINDS: readonly EventKind[] = [
  { when: 'event_action trigger', action: 'trigger', key: '<dedup_key>', fixture: 'pair-cpu.firing' },
  { when: 'event_action trigger without dedup_key', action: 'trigger', key: '<the id of the request>', fixture: 'trigger-without-key-or-severity' },
  { when: 'event_action acknowledge', action: 'acknowledge', key: '<dedup_key>', fixture: 'acknowledge-with-nulls' },
  { when: 'event_action resolve', action: 'resolve', key: '<dedup_key>', fixture: 'pair-cpu.resolved' },
];

export const TEST_ALERT: TestAlert = {
  firing: {
    body: { event_action: 'trigger', dedup_key: 'signalbox-test', payload: { summary: 'A test alert from Signalbox', source: 'signalbox', severity: 'info' } },
  },
  resolved: { body: { event_action: 'resolve', dedup_key: 'signalbox-test' } },
};
