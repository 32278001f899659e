import type { SourceEvent } from '../contract.js';
import { datadog } from './index.js';
import { titleOf } from './title.js';

const one = (body: unknown, severities?: Record<string, string>): SourceEvent => {
  const result = datadog.parse({ body, severities, config: {}, rawBody: Buffer.alloc(0), headers: {}, query: {}, requestId: 'r' });
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['Triggered', 'trigger'], ['Re-Triggered', 'trigger'], ['Warn', 'trigger'], ['Re-Warn', 'trigger'],
  ['No Data', 'trigger'], ['Re-No Data', 'trigger'], ['Renotify', 'trigger'],
  ['Recovered', 'resolve'], ['RECOVERED', 'resolve'], [' recovered ', 'resolve'],
  ['Not Recovered', 'trigger'], ['Unresolved', 'trigger'], ['Recovered soon', 'trigger'],
])('the transition %s is a %s', (alert_transition, action) => {
  expect(one({ title: 'x', alert_transition }).action).toBe(action);
});

test('the transition decides before the title, and the title before the type', () => {
  expect(one({ title: '[Recovered] x', alert_transition: 'Triggered', alert_type: 'success' }).action).toBe('trigger');
  expect(one({ title: '[Triggered] x', alert_type: 'success' }).action).toBe('trigger');
  expect(one({ title: 'x', alert_type: 'success' }).action).toBe('resolve');
});

test.each([
  [
    '[P1] [Triggered on {host:web-1,device:/dev/sda}] CPU is high',
    { name: 'CPU is high', state: 'triggered', scope: 'host:web-1,device:/dev/sda', priority: 'p1' },
  ],
  ['[TEST] [P2] [Re-Warn] [Shop] Queue', { name: '[TEST] [Shop] Queue', state: 're warn', priority: 'p2' }],
  ['[Monitor Alert] Recovered: Queue', { name: 'Queue', state: 'recovered' }],
  ['Triggered on {host:a}: Queue', { name: 'Queue', state: 'triggered', scope: 'host:a' }],
  ['[Shop] Payments: declined', { name: '[Shop] Payments: declined' }],
  ['[Recovered', { name: '[Recovered' }],
])('%s is taken apart', (text, expected) => {
  expect(titleOf(text)).toEqual(expected);
});

test('two groups of one monitor are two alerts, whatever the order of their tags', () => {
  const key = (scope: unknown) => one({ title: '[Triggered] x', alert_id: 5, alert_scope: scope }).dedupKey;
  expect(key('env:prod,host:a')).toBe(key(['host:a', 'env:prod']));
  expect(key('env:prod,host:a')).not.toBe(key('env:prod,host:b'));
});

test.each([
  [{ alert_type: 'error', alert_priority: 'P4' }, 'critical'],
  [{ alert_priority: 'P4' }, 'info'],
  [{ severity: 3 }, 'warning'],
  [{ alert_type: 'query alert', priority: 'P2' }, 'error'],
  [{ priority: 'normal' }, 'error'],
  [{ alert_transition: 'Re-Warn' }, 'warning'],
  [{ level: 'purple' }, 'error'],
  [{ incident_id: 1, incident_severity: 'SEV3' }, 'warning'],
])('%j is %s', (fields, severity) => {
  expect(one({ title: 'x', ...fields }).severity).toBe(severity);
});

test("an integration's own word counts as known", () => {
  expect(one({ title: 'x', level: 'purple', alert_priority: 'P4' }, { purple: 'critical' }).severity).toBe('critical');
});
