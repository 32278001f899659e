import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'zabbix-<event id>';

export const KINDS: readonly EventKind[] = [
  { when: 'problem: {EVENT.VALUE} 1', action: 'trigger', key: KEY, fixture: 'pair-signalbox.firing' },
  { when: 'recovery: {EVENT.VALUE} 0', action: 'resolve', key: KEY, fixture: 'pair-signalbox.resolved' },
  { when: 'update: acknowledged', action: 'acknowledge', key: KEY, fixture: 'update-acknowledged' },
  { when: 'update: closed', action: 'resolve', key: KEY, fixture: 'update-closed' },
  { when: 'update: changed severity', action: 'trigger', key: KEY, fixture: 'update-severity' },
  { when: 'discovery or autoregistration: Zabbix never closes it', action: 'trigger', key: KEY, severity: 'info', fixture: 'discovery' },
  { when: 'update: commented, unacknowledged, suppressed, ranked', action: 'ignored', fixture: 'ignored-update-commented' },
  { when: 'the Test button of the media type', action: 'ignored', fixture: 'ignored-test' },
];

function body(value: '1' | '0') {
  return {
    event_source: '0', event_value: value, event_update_status: '0', event_id: '1',
    trigger_id: '1', event_name: 'A test alert from Signalbox', event_nseverity: '1',
    event_severity: 'Information', host_name: 'signalbox-test', host_ip: '192.0.2.1',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: body('1') }, resolved: { body: body('0') } };
