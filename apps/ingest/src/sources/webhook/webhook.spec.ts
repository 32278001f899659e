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
  ['a.b[0].c', ['a', 'b', '0', 'c']], ['a.b.0.c', ['a', 'b', '0', 'c']], ['[1].x', ['1', 'x']], ['labels["app.kubernetes.io/name"].x', ['labels', 'app.kubernetes.io/name', 'x']],
  ['a..b', undefined], ['', undefined], ['a[', undefined], ['a[x]', undefined], ['.a', ['a']],
])('%s is the path %j', (given, expected) => {
  expect(parsePath(given)).toEqual(expected);
});

test('a path reads own fields only', () => {
  const body: unknown = JSON.parse('{"a": {"b": [{"c": 5}]}, "own": {"__proto__": {"x": "own"}}}');
  expect(valueAt(body, ['a', 'b', '0', 'c'])).toBe(5);
  for (const path of ['a.__proto__.x', 'constructor.name', '__proto__', 'a.b.length', 'a.b[7].c', 'a.b.c', 'a.b.0.c.d']) expect(valueAt(body, parsePath(path)!)).toBeUndefined();
  expect(valueAt(body, ['own', '__proto__', 'x'])).toBe('own');
});

test('a mapping is checked before it is stored', () => {
  expect(Value.Check(WebhookMapping, { summaryField: 'alerts[0].labels["a.b"].c', severityValues: { red: 'high', '*': 'info' }, resolveValues: ['ok'] })).toBe(true);
  for (const bad of [{ summaryField: 'a..b' }, { summaryField: '' }, { summaryField: 'a[' }, { severityValues: { red: 'purple' } }, { resolveValues: 'ok' }, { sumaryField: 'a' }]) {
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
  expect(one({ title: 'x', severity: 'low', alert_id: 7 }, { summaryField: 'alert.headline', severityField: 'nope', dedupKeyField: 'also.nope' })).toMatchObject({ summary: 'x', severity: 'info', dedupKey: 'webhook-7' });
});

test('a flat name with dots is found before the path that it looks like', () => {
  expect(one({ 'alert.title': 'flat', alert: { title: 'nested' } }, { summaryField: 'alert.title' }).summary).toBe('flat');
});

test('what closes an alert may go without a title', () => {
  expect(one({ id: 'k', status: 'resolved' })).toMatchObject({ action: 'resolve', dedupKey: 'webhook-k', summary: 'k' });
  expect(() => one({ status: 'resolved' })).toThrow('dedup_key');
});
