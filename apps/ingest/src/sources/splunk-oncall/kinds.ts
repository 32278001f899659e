import type { EventKind, TestAlert } from '../contract.js';

const ENTITY = 'splunk-oncall-<entity_id>';
const INCIDENT = 'splunk-oncall-incident-<incident>';

export const KINDS: readonly EventKind[] = [
  { when: 'message_type CRITICAL', action: 'trigger', key: ENTITY, severity: 'critical', fixture: 'pair-rest.firing' },
  { when: 'message_type WARNING', action: 'trigger', key: ENTITY, severity: 'warning', fixture: 'rest-warning' },
  { when: 'message_type INFO', action: 'trigger', key: ENTITY, severity: 'info', fixture: 'rest-info' },
  { when: 'message_type ACKNOWLEDGEMENT', action: 'acknowledge', key: ENTITY, fixture: 'rest-acknowledgement' },
  { when: 'message_type RECOVERY or OK', action: 'resolve', key: ENTITY, fixture: 'pair-rest.resolved' },
  { when: 'outgoing webhook, INCIDENT.CURRENT_PHASE UNACKED', action: 'trigger', key: ENTITY, fixture: 'pair-outgoing.firing' },
  { when: 'outgoing webhook, INCIDENT.CURRENT_PHASE ACKED', action: 'acknowledge', key: ENTITY, fixture: 'outgoing-acked' },
  { when: 'outgoing webhook, INCIDENT.CURRENT_PHASE RESOLVED', action: 'resolve', key: ENTITY, fixture: 'pair-outgoing.resolved' },
  { when: 'escalation webhook (a form with incident, summary, message)', action: 'trigger', key: INCIDENT, fixture: 'escalation' },
  { when: 'a payload of your own with an incident number and its phase', action: 'resolve', key: INCIDENT, fixture: 'pair-own-payload.resolved' },
  { when: 'outgoing webhook of a chat, an on-call change or a page', action: 'ignored', fixture: 'ignored-chat' },
];

const body = (message_type: string) => ({
  message_type, entity_id: 'signalbox-test', entity_display_name: 'A test alert from Signalbox',
  state_message: 'Sent by the test button', monitoring_tool: 'Signalbox', hostname: 'signalbox',
});

export const TEST_ALERT: TestAlert = { firing: { body: body('INFO') }, resolved: { body: body('RECOVERY') } };
