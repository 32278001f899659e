import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'webhook-<the key in the body, or a digest of summary and source>';

export const KINDS: readonly EventKind[] = [
  { when: 'any body with something to say', action: 'trigger', key: KEY, fixture: 'pair-usual-names.firing' },
  { when: 'a word that closes (resolved, ok, up …), or one of resolveValues', action: 'resolve', key: KEY, fixture: 'pair-usual-names.resolved' },
  { when: 'a word that acknowledges, or one of acknowledgeValues', action: 'acknowledge', key: KEY, fixture: 'mapped-acknowledge' },
  { when: "the Events API's form", action: 'trigger', key: '<dedup_key>', fixture: 'pair-events-api.firing' },
  { when: 'an empty list', action: 'ignored', fixture: 'ignored-empty-list' },
];

const body = (status: string) => ({ id: 'signalbox-test', title: 'A test alert from Signalbox', severity: 'info', source: 'signalbox', status });

export const TEST_ALERT: TestAlert = { firing: { body: body('firing') }, resolved: { body: body('resolved') } };
