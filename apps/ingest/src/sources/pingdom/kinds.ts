import type { EventKind, TestAlert } from '../contract.js';

const KEY = 'pingdom-<check_id>';
const TRANSACTION = 'pingdom-transaction-<check_id>';

export const KINDS: readonly EventKind[] = [
  {
    when: 'current_state DOWN of an uptime check (HTTP, HTTP_CUSTOM, DNS, PING, PORT_TCP, UDP, SMTP, POP3, IMAP)',
    action: 'trigger', key: KEY, fixture: 'pair-http.firing',
  },
  { when: 'current_state UP', action: 'resolve', key: KEY, fixture: 'pair-http.resolved' },
  { when: 'current_state FAILING of a transaction', action: 'trigger', key: TRANSACTION, fixture: 'pair-transaction.firing' },
  { when: 'current_state SUCCESS', action: 'resolve', key: TRANSACTION, fixture: 'pair-transaction.resolved' },
  { when: 'legacy webhook: action assign', action: 'trigger', key: KEY, fixture: 'pair-legacy-form.firing' },
  { when: 'legacy webhook: action notify_of_close', action: 'resolve', key: KEY, fixture: 'pair-legacy-form.resolved' },
  { when: 'a paused check', action: 'ignored', fixture: 'ignored-paused' },
];

function body(current: 'UP' | 'DOWN') {
  return {
    check_id: 1, check_name: 'Signalbox test', check_type: 'HTTP',
    check_params: { hostname: 'signalbox.example', full_url: 'https://signalbox.example/test', port: 443 },
    tags: [], previous_state: current === 'UP' ? 'DOWN' : 'UP', current_state: current, importance_level: 'LOW', state_changed_timestamp: 1767225600,
    description: current === 'UP' ? 'OK' : 'A test alert from Signalbox', version: 1,
  };
}

export const TEST_ALERT: TestAlert = { firing: { body: body('DOWN') }, resolved: { body: body('UP') } };
