import type { EventKind, TestAlert } from '../contract.js';

const ISSUE = 'newrelic-<issue>';
const INCIDENT = 'newrelic-<incident>';

export const KINDS: readonly EventKind[] = [
  { when: 'issue CREATED or ACTIVATED', action: 'trigger', key: ISSUE, fixture: 'pair-issue.firing' },
  { when: 'issue CLOSED', action: 'resolve', key: ISSUE, fixture: 'pair-issue.resolved' },
  { when: 'issue ACTIVATED, trigger USER_ACTION (a person acknowledged it)', action: 'acknowledge', key: ISSUE, fixture: 'issue-acknowledged' },
  { when: 'issue ACTIVATED with an owner, in a template without the trigger', action: 'acknowledge', key: ISSUE, fixture: 'issue-with-owner' },
  { when: 'legacy incident, current_state open', action: 'trigger', key: INCIDENT, fixture: 'pair-legacy.firing' },
  { when: 'legacy incident, current_state acknowledged', action: 'acknowledge', key: INCIDENT, fixture: 'legacy-acknowledged' },
  { when: 'legacy incident, current_state closed', action: 'resolve', key: INCIDENT, fixture: 'pair-legacy.resolved' },
  { when: 'legacy notification channel, its test (current_state test)', action: 'ignored', fixture: 'ignored-channel-test' },
  { when: 'a template without an id', action: 'trigger', key: 'newrelic-<digest of policy, condition and entity>', fixture: 'pair-without-id.firing' },
  { when: 'first webhook (form), alert opened', action: 'trigger', key: INCIDENT, fixture: 'pair-first-webhook.firing' },
  { when: 'first webhook (form), alert closed', action: 'resolve', key: INCIDENT, fixture: 'pair-first-webhook.resolved' },
  { when: 'first webhook (form), deployment', action: 'ignored', fixture: 'ignored-deployment' },
];

function issue(state: 'ACTIVATED' | 'CLOSED') {
  return {
    id: 'signalbox-test', title: 'A test alert from Signalbox', priority: 'LOW', impactedEntities: ['signalbox'], totalIncidents: 1, state,
    trigger: 'STATE_CHANGE', alertPolicyNames: ['Signalbox'], alertConditionNames: ['Test'], workflowName: 'Signalbox',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: issue('ACTIVATED') }, resolved: { body: issue('CLOSED') } };
