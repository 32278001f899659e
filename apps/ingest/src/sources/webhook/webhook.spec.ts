import { Value } from '@sinclair/typebox/value';
import type { SourceEvent } from '../contract.js';
import { webhook } from './index.js';
import { WebhookMapping } from './mapping.js';
import { parsePath, valueAt } from './path.js';

const one = (body: unknown, config: WebhookMapping = {}): SourceEvent => {
  const result = webhook.parse({ body, config, rawBody: Buffer.alloc(0), headers: {}, query: {}, requestId: 'r' });
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['a.b[0].c', ['a', 'b', '0', 'c']],
  ['a.b.0.c', ['a', 'b', '0', 'c']],
  ['[1].x', ['1', 'x']],
  ['labels["app.kubernetes.io/name"].x', ['labels', 'app.kubernetes.io/name', 'x']],
  ['a..b', undefined], ['', undefined], ['a[', undefined], ['a[x]', undefined], ['.a', ['a']],
])('%s is the path %j', (given, expected) => {
  expect(parsePath(given)).toEqual(expected);
});

test('a path reads own fields only', () => {
  const body: unknown = JSON.parse('{"a": {"b": [{"c": 5}]}, "own": {"__proto__": {"x": "own"}}}');
  expect(valueAt(body, ['a', 'b', '0', 'c'])).toBe(5);
  for (const path of ['a.__proto__.x', 'constructor.name', '__proto__', 'a.b.length', 'a.b[7].c', 'a.b.c', 'a.b.0.c.d']) {
    expect(valueAt(body, parsePath(path)!)).toBeUndefined();
  }
  expect(valueAt(body, ['own', '__proto__', 'x'])).toBe('own');
});

test('a mapping is checked before it is stored', () => {
  expect(Value.Check(WebhookMapping, {
    summaryField: 'alerts[0].labels["a.b"].c',
    severityValues: { red: 'high', '*': 'info' },
    resolveValues: ['ok'],
  })).toBe(true);
  for (const bad of [
    { summaryField: 'a..b' }, { summaryField: '' }, { summaryField: 'a[' },
    { severityValues: { red: 'purple' } }, { resolveValues: 'ok' }, { sumaryField: 'a' },
  ]) {
    expect(Value.Check(WebhookMapping, bad)).toBe(false);
  }
});

test("a list of words stands in place of the usual ones, and of no other list's", () => {
  const mapping = { resolveValues: ['done'] };
  expect(one({ id: 1, title: 'x', status: 'DONE' }, mapping).action).toBe('resolve');
  expect(one({ id: 1, title: 'x', status: 'ok' }, mapping).action).toBe('trigger');
  expect(one({ id: 1, title: 'x', status: 'acked' }, mapping).action).toBe('acknowledge');
  expect(one({ id: 1, title: 'x', status: 'ok' }, { triggerValues: ['ok'] }).action).toBe('trigger');
});

test.each(['unresolved', 'unacknowledged', 'not ok', 'reopened', 'okish', 'resolved?', 'clear-text', 'canceled'])('%s is a trigger', (status) => {
  expect(one({ id: 1, title: 'x', status }).action).toBe('trigger');
});

test('the first word that a table knows decides', () => {
  expect(one({ id: 1, title: 'x', action: 'updated', status: 'resolved' }).action).toBe('resolve');
  expect(one({ id: 1, title: 'x', status: 'error', level: 'ok' }).action).toBe('trigger');
});

test('a mapped field that is missing falls back to the usual names', () => {
  expect(one({ title: 'x', severity: 'low', alert_id: 7 }, {
    summaryField: 'alert.headline', severityField: 'nope', dedupKeyField: 'also.nope',
  })).toMatchObject({ summary: 'x', severity: 'info', dedupKey: 'webhook-7' });
});

test('a flat name with dots is found before the path that it looks like', () => {
  expect(one({ 'alert.title': 'flat', alert: { title: 'nested' } }, { summaryField: 'alert.title' }).summary).toBe('flat');
});

test('what closes an alert may go without a title', () => {
  expect(one({ id: 'k', status: 'resolved' })).toMatchObject({ action: 'resolve', dedupKey: 'webhook-k', summary: 'k' });
  expect(() => one({ status: 'resolved' })).toThrow('dedup_key');
});

test.each([
  'Unresolved: x', '[NOT OK] x', '[FIRING:1, RESOLVED:2] x',
  'Recovering: x', 'Resolved by Ines', 'ok then: x', 'https://up: x',
])('the title "%s" closes nothing', (title) => {
  expect(one({ title }).action).toBe('trigger');
});

test('a mark at the beginning of a title says what no field says, and is no part of what the alert is', () => {
  const keys = [
    'Disk full', '[FIRING:3] Disk full', '🔥 PROBLEM: Disk full', '[resolved] Disk full', '✅ OK: Disk full',
  ].map((title) => one({ title }).dedupKey);
  expect(new Set(keys).size).toBe(1);
  expect(one({ title: '[RESOLVED] Disk full' }).action).toBe('resolve');
  expect(one({ title: '[RESOLVED] Disk full', status: 'firing' }).action).toBe('trigger');
  expect(one({ title: '[RESOLVED] Disk full', status: 'pending' }, { actionField: 'status' }).action).toBe('trigger');
});

test('what is named like a secret stays out of the details, and nothing else does', () => {
  const { details } = one({ title: 'x', Token: 't', 'api-key': 'k', service_key: 's', routing_key: 'r', tokens: 3, key: 'disk' });
  expect(details).toEqual({ title: 'x', tokens: 3, key: 'disk' });
});

test("a CloudEvent's id makes its repeat known, and no other body's does", () => {
  const id = (headers: Record<string, string>, body: unknown) => webhook.deliveryId!(headers, body);
  expect(id({}, { specversion: '1.0', source: '/a', id: '7' })).toBe('/a/7');
  expect(id({ 'ce-source': '/a', 'ce-id': '7' }, { id: 'other' })).toBe('/a/7');
  expect(id({ 'webhook-id': 'msg_1', 'ce-source': '/a', 'ce-id': '7' }, {})).toBe('msg_1');
  expect([id({}, { source: '/a', id: '7' }), id({}, [{ specversion: '1.0', source: '/a', id: '7' }]), id({}, null)]).toEqual([undefined, undefined, undefined]);
});

test('a mapping is believed before any shape', () => {
  const body = { title: 'Group', alerts: [{ labels: { alertname: 'A' } }], action: 'AddNote', alert: { alertId: '1' } };
  expect(one(body, { dedupKeyField: 'alert.alertId' })).toMatchObject({ summary: 'Group', dedupKey: 'webhook-1', action: 'trigger' });
});

test("an event's own id is not the alert's: it would join nothing", () => {
  const key = (id: string) => one({ event: { id, title: 'Pump 3 stopped' } }).dedupKey;
  expect(key('m1')).toBe(key('m2'));
  expect(one({ event_id: 'm1', title: 'Pump 3 stopped' }).dedupKey).toBe(one({ event_id: 'm2', title: 'Pump 3 stopped' }).dedupKey);
});
