import type { SourceResult } from '../contract.js';
import { splunkObservability } from './index.js';

const parse = (body: unknown): SourceResult =>
  splunkObservability.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const eventOf = (body: unknown) => {
  const result = parse(body);
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['anomalous', 'trigger'],
  ['ok', 'resolve'], ['Manually Resolved', 'resolve'], ['MANUALLY_RESOLVED', 'resolve'],
  ['auto resolved', 'resolve'], ['stopped', 'resolve'],
  ['too high', 'trigger'], ['not ok', 'trigger'], ['unresolved', 'trigger'], ['constructor', 'trigger'],
])('status %s means %s', (status, action) => {
  expect(eventOf({ incidentId: 'i', detector: 'd', status }).action).toBe(action);
});

test('statusExtended tells more than status, and the first word that is known counts', () => {
  const of = (status: string, statusExtended: unknown) => eventOf({ incidentId: 'i', status, statusExtended }).action;
  expect([of('ok', 'anomalous'), of('anomalous', 'manually resolved'), of('ok', null), of('ok', 'too low')]).toEqual([
    'trigger', 'resolve', 'resolve', 'resolve',
  ]);
});

test('without an incident an alert is known by detector, rule and dimensions, not by their values', () => {
  const key = (value: number, host: string, rule = 'r') =>
    eventOf({ detector: 'd', rule, status: 'anomalous', inputs: { A: { key: { host }, value } } }).dedupKey;
  expect(key(1, 'a')).toBe(key(2, 'a'));
  expect(new Set([key(1, 'a'), key(1, 'b'), key(1, 'a', 's')]).size).toBe(3);
});
