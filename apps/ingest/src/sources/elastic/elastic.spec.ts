import type { SourceEvent, SourceResult } from '../contract.js';
import { elastic } from './index.js';

const parse = (body: unknown): SourceResult => elastic.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const one = (body: unknown): SourceEvent => {
  const result = parse(body);
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['recovered', 'resolve'], ['Recovered ', 'resolve'], ['notGeoContained', 'resolve'], ['query matched', 'trigger'], ['metrics.threshold.fired', 'trigger'],
  ['unrecovered', 'trigger'], ['constructor', 'trigger'], ['', 'trigger'], [null, 'trigger'],
])('action group %j means %s', (actionGroup, action) => {
  expect(one({ rule: { id: 'r', name: 'n' }, alert: { id: 'a', actionGroup } }).action).toBe(action);
});

test('any connector of Kibana closes what another opened', () => {
  const bodies = [
    { rule: { id: 'r' }, alert: { id: 'a' } }, { ruleId: 'r', alertId: 'a' }, { 'rule.id': 'r', 'alert.id': 'a' },
    { signalId: 'r:a' }, { dedup_key: 'r:a', event_action: 'resolve' },
    { subAction: 'closeAlert', subActionParams: { alias: 'r:a' } },
    { alertId: 'r', alertInstanceId: 'a', alertName: 'n' },
    { rule: '{"id":"r"}', alert: '{"id":"a"}' },
    { 'kibana.alert.rule.uuid': 'r', 'kibana.alert.instance.id': 'a' }, { kibana: { alert: { rule: { uuid: 'r' }, instance: { id: 'a' } } } },
  ];
  expect(bodies.map((body) => one(body).dedupKey)).toEqual(bodies.map(() => 'elastic-r:a'));
});

test('the id of one run of a watch, and that of a matched document, are not the identity', () => {
  const watch = (id: string) => one({ id, watch_id: 'w', execution_time: '2026-01-01T00:00:00Z' }).dedupKey;
  expect([watch('w_1'), watch('w_2')]).toEqual(['elastic-watch-w', 'elastic-watch-w']);
  const match = (_id: string, more: object = {}) => one({ _id, id: _id, uuid: _id, num_hits: 1, num_matches: 1, rule_name: 'n', host: 'h', ...more }).dedupKey;
  expect(match('1')).toBe(match('2'));
  expect(match('1', { host: 'other' })).not.toBe(match('1'));
});

test('what a document says of itself does not close an alert about it', () => {
  const said = { status: 'resolved', event: { action: 'closed' }, state: undefined };
  expect(one({ ...said, num_hits: 3, rule_name: 'n' }).action).toBe('trigger');
  expect(one({ ...said, kibana: { alert: { uuid: 'u', status: 'active', workflow_status: 'open', rule: { name: 'n' } } } }).action).toBe('trigger');
  expect(one({
    ...said, status: 'open',
    kibana: { alert: { uuid: 'u', status: 'active', workflow_status: 'closed', rule: { name: 'n' } } },
  }).action).toBe('resolve');
});

test.each([
  [{ severity: 'low', alert: { actionGroup: 'metrics.threshold.warning' } }, 'info'], [{ alert: { actionGroup: 'metrics.threshold.warning' } }, 'warning'],
  [{ alert: { actionGroup: 'slo.burnRate.high' } }, 'error'],
  [{ alert: { actionGroup: 'query matched' } }, 'error'],
  [{ metadata: { severity: 'CRITICAL' } }, 'critical'],
  [{ priority: 'P4' }, 'info'],
])('%j is %s', (body, severity) => {
  expect(one({ rule: { id: 'r', name: 'n' }, ...body }).severity).toBe(severity);
});

test('the source is the host, the group, or what the rule calls the alert', () => {
  expect(one({ rule: { id: 'r', name: 'n' }, alert: { id: 'web-1' } })).toMatchObject({ source: 'web-1', summary: 'n: web-1' });
  expect(one({ signalId: 'r:web-2', ruleName: 'n' }).source).toBe('web-2');
  expect(one({ rule: { id: 'r', name: 'n' }, alert: { id: 'query matched' } })).toMatchObject({ source: 'Elastic', summary: 'n' });
});
