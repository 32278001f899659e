import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'elastic-<rule>:<alert>';

export const KINDS: readonly EventKind[] = [
  { when: "Kibana rule, alert.actionGroup anything but 'recovered'", action: 'trigger', key: KEY, fixture: 'pair-rule.firing' },
  { when: "Kibana rule, alert.actionGroup 'recovered'", action: 'resolve', key: KEY, fixture: 'pair-rule.resolved' },
  { when: 'xMatters connector, alertActionGroupName Recovered', action: 'resolve', key: KEY, fixture: 'pair-xmatters.resolved' },
  { when: "PagerDuty connector, event_action 'resolve'", action: 'resolve', key: KEY, fixture: 'pair-pagerduty.resolved' },
  { when: "Opsgenie connector, subAction 'closeAlert'", action: 'resolve', key: KEY, fixture: 'pair-opsgenie.resolved' },
  { when: 'summary of alerts: new, ongoing', action: 'trigger', key: KEY, fixture: 'summary' },
  { when: 'summary of alerts: recovered', action: 'resolve', key: KEY, fixture: 'summary' },
  { when: 'detection rule: alert document', action: 'trigger', key: 'elastic-<alert uuid>', fixture: 'detection' },
  { when: 'detection rule: workflow_status acknowledged', action: 'acknowledge', key: 'elastic-<alert uuid>', fixture: 'detection-acknowledged' },
  { when: 'Watcher', action: 'trigger', key: 'elastic-watch-<watch>', fixture: 'pair-watch.firing' },
  { when: 'Watcher, a status that closes', action: 'resolve', key: 'elastic-watch-<watch>', fixture: 'pair-watch.resolved' },
  { when: 'case', action: 'trigger', key: 'elastic-case-<case>', fixture: 'pair-case.firing' },
  { when: 'ElastAlert', action: 'trigger', key: 'elastic-<digest of rule and host>', fixture: 'elastalert' },
  { when: 'a summary without alerts', action: 'ignored', fixture: 'ignored-empty-summary' },
];

function alert(actionGroup: 'default' | 'recovered') {
  return {
    rule: { id: 'signalbox-test', name: 'A test alert from Signalbox' },
    alert: { id: '1', actionGroup }, severity: 'info', reason: 'A test alert from Signalbox',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: alert('default') }, resolved: { body: alert('recovered') } };
