import type { SourceResult } from '../contract.js';
import { uptimerobot } from './index.js';

const parse = (body: unknown, query: Record<string, string> = {}): SourceResult =>
  uptimerobot.parse({ body, query, headers: {}, rawBody: Buffer.alloc(0), config: {}, requestId: 'r' });
const one = (body: unknown, query?: Record<string, string>) => {
  const result = parse(body, query);
  return result.kind === 'events' ? result.events[0]! : result;
};

test.each([
  [1, 'trigger'], ['2', 'resolve'], [3, 'trigger'], ['9', 'trigger'], ['Down', 'trigger'], [' UP ', 'resolve'], ['Paused', undefined], [99, undefined],
  ['unpaused', 'trigger'], ['upside down', 'trigger'], ['not up', 'trigger'], ['constructor', 'trigger'], [null, 'trigger'], ['*alertType*', 'trigger'],
])('alertType %j means %s', (alertType, action) => {
  expect(one({ monitorID: 5, alertType })).toMatchObject(action === undefined ? { kind: 'ignored' } : { action });
});

test('the number outranks the word, and the word speaks where there is no number', () => {
  expect(one({ monitorID: 5, alertType: 1, alertTypeFriendlyName: 'Up' })).toMatchObject({ action: 'trigger' });
  expect(one({ monitorID: 5, alertType: '*alertType*', alertTypeFriendlyName: 'Up' })).toMatchObject({ action: 'resolve' });
  expect(one({ monitorID: 5, alertType: 3, sslExpiryDaysLeft: 7, status: 'up' })).toMatchObject({ action: 'trigger', dedupKey: 'uptimerobot-5-expiry' });
});

test('an incident that started is no monitor that was started', () => {
  expect(one({ monitor: { id: 5 }, incident: { status: 'Started' } })).toMatchObject({ action: 'trigger', severity: 'critical' });
  expect(one({ monitor: { id: 5 }, incident: { status: 'Resolved' } })).toMatchObject({ action: 'resolve' });
  expect(one({ monitor: { id: 5 }, alertTypeFriendlyName: 'Started' })).toMatchObject({ kind: 'ignored' });
});

test('a monitor that comes up does not close what is known of its certificate', () => {
  const expiry = one({ monitorID: 5, alertType: 3 });
  const up = one({ monitorID: 5, alertType: 2 });
  expect(expiry).not.toMatchObject({ dedupKey: (up as { dedupKey: string }).dedupKey });
});

test('what stands in the address completes what stands in the body, and neither key nor integration is kept', () => {
  const query = { integrationId: 'integration-of-mine', key: 'secret-of-mine', monitorID: '5', alertType: '2' };
  expect(one({ alertType: 1, monitorFriendlyName: 'Shop' }, query)).toMatchObject({ action: 'trigger', dedupKey: 'uptimerobot-5' });
  expect(JSON.stringify(parse(query, query))).not.toMatch(/of-mine/);
});

test.each([
  ['Shop is Up', 'resolve', 'Shop'],
  ['🚨 Shop is Down!\nURL: https://shop.example', 'trigger', 'Shop'],
  ['*[Shop]* is *[Up]*', 'resolve', 'Shop'],
  ['Shop Down', 'trigger', 'Shop'],
  ['Monitor is DOWN: Shop (https://shop.example)', 'trigger', 'Shop (https://shop.example)'], ['Up - Shop: HTTP 200', 'resolve', 'Shop'],
  ['The lift is up to date', 'trigger', 'The lift is up to date'], ['Shop went down the drain', 'trigger', 'Shop went down the drain'],
])('the text "%s" is read whole or not at all', (text, action, name) => {
  expect(one({ text })).toMatchObject({ action, dedupKey: `uptimerobot-${name}` });
});
