import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'uptimerobot-<monitorID>';

export const KINDS: readonly EventKind[] = [
  { when: 'alertType 1 (Down)', action: 'trigger', key: KEY, severity: 'critical', fixture: 'pair-json.firing' },
  { when: 'alertType 2 (Up)', action: 'resolve', key: KEY, severity: 'info', fixture: 'pair-json.resolved' },
  {
    when: 'alertType 3 (SSL or domain expiry): UptimeRobot never closes it',
    action: 'trigger', key: 'uptimerobot-<monitorID>-expiry', severity: 'warning', fixture: 'ssl-expiry',
  },
  { when: 'the monitor was paused or started', action: 'ignored', fixture: 'ignored-paused' },
  { when: 'a test whose variables are not filled in', action: 'ignored', fixture: 'ignored-unfilled-template' },
];

function body(alertType: '1' | '2') {
  return {
    monitorID: '1', monitorURL: 'https://signalbox.example/test', monitorFriendlyName: 'Signalbox test', alertType,
    alertTypeFriendlyName: alertType === '1' ? 'Down' : 'Up', alertDetails: 'A test alert from Signalbox',
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: body('1') }, resolved: { body: body('2') } };
