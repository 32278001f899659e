import { createHmac } from 'node:crypto';
import type { SourceResult } from '../contract.js';
import { verifySignature } from '../signature.js';
import { grafana } from './index.js';

const read = (body: unknown): SourceResult => grafana.parse({ body, config: {}, rawBody: Buffer.alloc(0), headers: {}, query: {}, requestId: 'r' });
const told = (body: unknown) => {
  const result = read(body);
  return result.kind === 'events' ? result.events.map(({ action, dedupKey }) => [action, dedupKey]) : result.kind;
};

test.each([
  ['alerting', 'trigger'], ['ALERTING', 'trigger'], ['no_data', 'trigger'], ['No Data', 'trigger'],
  ['ok', 'resolve'],
  ['nok', 'trigger'], ['not ok', 'trigger'],
])('the rule of a dashboard that is %s is a %s', (state, action) => {
  expect(told({ ruleId: 3, ruleName: 'x', state })).toEqual([[action, 'grafana-rule-3']]);
});

test('the Test button of a channel is known by its name and its sentence, by neither alone', () => {
  const message = 'Someone is testing the alert notification within grafana.';
  expect(told({ ruleId: 0, ruleName: 'Test rule', state: 'alerting', message })).toBe('ignored');
  expect(told({ ruleId: 4, ruleName: 'Test rule', state: 'alerting', message: 'Disk full' })).toEqual([['trigger', 'grafana-rule-4']]);
  expect(told({ ruleId: 4, ruleName: 'Disk', state: 'alerting', message })).toEqual([['trigger', 'grafana-rule-4']]);
});

test('of an alert that fires and is resolved in one body the firing one stays', () => {
  const alert = { labels: { alertname: 'x' }, fingerprint: 'f' };
  expect(told({ alerts: [{ ...alert, status: 'resolved' }, { ...alert, status: 'firing' }] })).toEqual([['trigger', 'grafana-f']]);
  expect(told({ status: 'resolved', alerts: [alert, { ...alert, status: 'unresolved', fingerprint: 'g' }] })).toEqual([
    ['resolve', 'grafana-f'],
    ['trigger', 'grafana-g'],
  ]);
});

test.each([
  ['escalation', 'firing', 'trigger'],
  ['escalation', 'resolved', 'resolve'],
  ['personal notification', 'acknowledged', 'acknowledge'],
  ['unresolve', 'firing', 'trigger'],
  ['resolve', 'resolved', 'resolve'], ['unacknowledge', 'firing', 'trigger'], ['something new', 'unheard of', 'trigger'],
])("OnCall's %s of a group that is %s is a %s", (type, state, action) => {
  expect(told({ event: { type }, alert_group: { id: 0, state } })).toEqual([[action, 'grafana-oncall-0']]);
});

test("Grafana's signature is taken with its timestamp and without, and not a stale one", () => {
  const rawBody = Buffer.from('{"alerts": []}');
  const now = new Date('2026-03-02T09:00:00Z');
  const seconds = String(now.getTime() / 1000);
  const signed = (text: string) => createHmac('sha256', 'secret').update(text).digest('hex');
  const verdict = (signature: string, stamp?: string, at = now) => verifySignature(grafana.signature, {
    url: '', rawBody, now: at, headers: { 'x-grafana-alerting-signature': signature, ...(stamp !== undefined && { 'x-grafana-alerting-timestamp': stamp }) },
  }, ['secret']);
  expect(verdict(signed(String(rawBody)))).toBe('valid');
  expect(verdict(signed(`${seconds}:${String(rawBody)}`), seconds)).toBe('valid');
  expect(verdict(signed(`${seconds}:${String(rawBody)}`), seconds, new Date(now.getTime() + 301_000))).toBe('invalid');
  expect(verdict(signed(`${seconds}:${String(rawBody)}`), String(Number(seconds) + 1))).toBe('invalid');
});
