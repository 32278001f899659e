import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'honeycomb-<trigger>';

export const KINDS: readonly EventKind[] = [
  { when: 'trigger, status TRIGGERED', action: 'trigger', key: KEY, fixture: 'pair-trigger.firing' },
  { when: 'trigger, status OK', action: 'resolve', key: KEY, fixture: 'pair-trigger.resolved' },
  { when: 'SLO burn alert, status TRIGGERED', action: 'trigger', key: 'honeycomb-<burn alert>', fixture: 'pair-burn-alert.firing' },
  { when: 'SLO burn alert, status OK', action: 'resolve', key: 'honeycomb-<burn alert>', fixture: 'pair-burn-alert.resolved' },
  { when: 'custom template with .Alert.Status', action: 'resolve', key: KEY, fixture: 'pair-generic-template.resolved' },
  { when: "is_test, or the summary begins with 'TRIGGER TEST: '", action: 'ignored', fixture: 'ignored-test' },
];

function trigger(status: 'TRIGGERED' | 'OK') {
  return {
    version: 'v0.1.0', id: 'signalboxtest', name: 'A test alert from Signalbox', status,
    summary: `${status === 'OK' ? 'Resolved' : 'Triggered'}: A test alert from Signalbox`,
    is_test: false,
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: trigger('TRIGGERED') }, resolved: { body: trigger('OK') } };
