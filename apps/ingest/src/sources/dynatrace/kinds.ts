import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'dynatrace-<problem>';

export const KINDS: readonly EventKind[] = [
  { when: 'problem notification, State OPEN', action: 'trigger', key: KEY, fixture: 'pair-notification.firing' },
  { when: 'problem notification, State RESOLVED', action: 'resolve', key: KEY, fixture: 'pair-notification.resolved' },
  { when: 'problem notification, State MERGED: events were merged into the problem, which stays open', action: 'trigger', key: KEY, fixture: 'merged' },
  { when: 'the whole payload is {ProblemDetailsJSONv2}: status OPEN', action: 'trigger', key: KEY, fixture: 'pair-details-v2.firing' },
  { when: 'the whole payload is {ProblemDetailsJSONv2}: status CLOSED', action: 'resolve', key: KEY, fixture: 'pair-details-v2.resolved' },
  { when: 'the whole payload is {ProblemDetailsJSON}: status OPEN', action: 'trigger', key: KEY, fixture: 'pair-details-v1.firing' },
  { when: 'the whole payload is {ProblemDetailsJSON}: status CLOSED', action: 'resolve', key: KEY, fixture: 'pair-details-v1.resolved' },
  { when: "a workflow's event(): event.status ACTIVE", action: 'trigger', key: KEY, fixture: 'pair-workflow.firing' },
  { when: "a workflow's event(): event.status CLOSED", action: 'resolve', key: KEY, fixture: 'pair-workflow.resolved' },
  { when: '"Send test notification"', action: 'trigger', key: KEY, fixture: 'test-notification' },
  { when: 'security problem or attack notification', action: 'trigger', key: KEY, fixture: 'attack' },
  { when: 'an empty list', action: 'ignored', fixture: 'ignored-empty-list' },
];

function notification(State: 'OPEN' | 'RESOLVED') {
  return {
    State, PID: '1_1V2', ProblemID: 'P-1', ProblemTitle: 'A test alert from Signalbox', ProblemSeverity: 'CUSTOM_ALERT', ProblemImpact: 'INFRASTRUCTURE',
    ImpactedEntities: [{ type: 'HOST', name: 'signalbox', entity: 'HOST-0000000000000001' }], ImpactedEntity: 'Host signalbox', Tags: '',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: notification('OPEN') }, resolved: { body: notification('RESOLVED') } };
