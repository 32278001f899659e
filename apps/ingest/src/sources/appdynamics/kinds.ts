import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'appdynamics-<incident>';

export const KINDS: readonly EventKind[] = [
  { when: 'POLICY_OPEN_CRITICAL', action: 'trigger', key: KEY, severity: 'critical', fixture: 'pair-violation.firing' },
  { when: 'POLICY_CLOSE_CRITICAL, POLICY_CLOSE_WARNING', action: 'resolve', key: KEY, fixture: 'pair-violation.resolved' },
  { when: 'POLICY_OPEN_WARNING', action: 'trigger', key: KEY, severity: 'warning', fixture: 'pair-nested-event.firing' },
  { when: 'POLICY_CANCELED_CRITICAL, POLICY_CANCELED_WARNING', action: 'resolve', key: KEY, fixture: 'pair-nested-event.resolved' },
  { when: 'POLICY_UPGRADED, POLICY_DOWNGRADED, POLICY_CONTINUES_…', action: 'trigger', key: KEY, fixture: 'upgraded' },
  { when: 'ANOMALY_OPEN_…, ANOMALY_UPGRADED, ANOMALY_DOWNGRADED', action: 'trigger', key: KEY, fixture: 'pair-anomaly.firing' },
  { when: 'ANOMALY_CLOSE_…, ANOMALY_CANCEL_…', action: 'resolve', key: KEY, fixture: 'pair-anomaly.resolved' },
  { when: "a template without the type: displayName 'Health Rule Violation Ended - …'", action: 'resolve', key: KEY, fixture: 'pair-without-type.resolved' },
  { when: "a template for another tool: event_type 'resolve', message_type 'RECOVERY'", action: 'resolve', key: KEY, fixture: 'pair-message-type.resolved' },
  {
    when: 'every other event type (APPLICATION_ERROR, APP_SERVER_RESTART …)',
    action: 'trigger', key: 'appdynamics-<digest of application, tier, node and type>', fixture: 'application-error',
  },
  { when: 'an empty list of events', action: 'ignored', fixture: 'ignored-no-events' },
];

function violation(event_type: 'POLICY_OPEN_WARNING' | 'POLICY_CLOSE_WARNING') {
  return {
    event_type, event_name: 'A test alert from Signalbox', severity: 'WARN', incident_id: '1',
    health_rule_name: 'Signalbox test', app_name: 'signalbox', event_message: 'A test alert from Signalbox',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: violation('POLICY_OPEN_WARNING') }, resolved: { body: violation('POLICY_CLOSE_WARNING') } };
