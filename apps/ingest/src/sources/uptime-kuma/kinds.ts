import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'uptime-kuma-<monitorID>';

export const KINDS: readonly EventKind[] = [
  { when: 'heartbeat status 0 (DOWN)', action: 'trigger', key: KEY, severity: 'critical', fixture: 'pair-json.firing' },
  { when: 'heartbeat status 1 (UP)', action: 'resolve', key: KEY, severity: 'info', fixture: 'pair-json.resolved' },
  {
    when: 'a certificate will expire: Uptime Kuma never closes it',
    action: 'trigger', key: 'uptime-kuma-certificate-<name>', severity: 'warning', fixture: 'certificate-expiry',
  },
  {
    when: 'a domain will expire: Uptime Kuma never closes it',
    action: 'trigger', key: 'uptime-kuma-domain-<name>', severity: 'warning', fixture: 'domain-expiry',
  },
  { when: 'heartbeat status 2 (PENDING)', action: 'ignored', fixture: 'ignored-pending' },
  { when: 'heartbeat status 3 (MAINTENANCE)', action: 'ignored', fixture: 'ignored-maintenance' },
  { when: 'the Test button', action: 'ignored', fixture: 'ignored-test' },
];

function body(status: 0 | 1) {
  return {
    heartbeat: { monitorID: 1, status, time: '2026-01-01 00:00:00.000', msg: 'A test alert from Signalbox', important: true, duration: 60 },
    monitor: { id: 1, name: 'Signalbox test', type: 'http', url: 'https://signalbox.example/test' },
    msg: `[Signalbox test] [${status === 0 ? '🔴 Down' : '✅ Up'}] A test alert from Signalbox`,
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: body(0) }, resolved: { body: body(1) } };
