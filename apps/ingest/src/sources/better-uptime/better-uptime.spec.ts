import type { SourceResult } from '../contract.js';
import { betterUptime } from './index.js';

const parse = (body: unknown): SourceResult => betterUptime.parse({ body, query: {}, headers: {}, rawBody: Buffer.alloc(0), config: {}, requestId: 'r' });
const one = (body: unknown) => {
  const result = parse(body);
  return result.kind === 'events' ? result.events[0]! : result;
};
const incident = (event: string | undefined, attributes: object = {}) => ({
  event,
  data: { id: '7', type: 'incident', attributes: { name: 'Shop', ...attributes } },
});

test.each([
  ['started', 'trigger'], ['reopened', 'trigger'],
  ['Acknowledged', 'acknowledge'],
  ['RESOLVED', 'resolve'], ['incident.resolved', 'resolve'],
  ['incident_acknowledged', 'acknowledge'],
  ['unresolved', 'trigger'], ['unacknowledged', 'trigger'], ['escalated', 'trigger'], ['constructor', 'trigger'],
])('an incident that is %s means %s', (word, action) => {
  expect(one(incident(word))).toMatchObject({ action, dedupKey: 'better-uptime-incident-7' });
  expect(one(incident(undefined, { status: word }))).toMatchObject({ action });
});

test('the event outranks the status, the status the times', () => {
  const over = { status: 'Resolved', resolved_at: '2026-03-02T08:00:00Z' };
  expect(one(incident('reopened', over))).toMatchObject({ action: 'trigger' });
  expect(one(incident('commented', over))).toMatchObject({ action: 'resolve' });
  expect(one(incident(undefined, { status: 'Started', resolved_at: '2026-03-02T08:00:00Z' }))).toMatchObject({ action: 'trigger' });
  expect(one(incident(undefined, { acknowledged_at: '2026-03-02T08:00:00Z', resolved_at: null }))).toMatchObject({ action: 'acknowledge' });
});

test.each([
  ['down', 'trigger'], ['up', 'resolve'], ['paused', undefined], ['pending', undefined],
  ['maintenance', undefined], ['validating', undefined], ['on fire', 'trigger'], [undefined, undefined],
])('a monitor that is %s means %s', (status, action) => {
  expect(one({
    data: { id: 4, type: 'monitor', attributes: { url: 'https://shop.example', status } },
  })).toMatchObject(action === undefined ? { kind: 'ignored' } : { action, dedupKey: 'better-uptime-monitor-4' });
});

test("a change of a monitor's settings is none of its state, and what is down says so by an incident", () => {
  for (const event of ['created', 'updated', 'paused', 'unpaused', 'deleted', 'monitor.checked']) {
    expect(one({ event, data: { id: 4, type: 'monitor', attributes: { status: 'down' } } })).toMatchObject({ kind: 'ignored' });
  }
});

test('a flat body is known by the id of its incident, of its monitor, or by its name', () => {
  expect(one({ incident_id: 5, monitor_id: 4, name: 'Shop', status: 'started' })).toMatchObject({ dedupKey: 'better-uptime-incident-5' });
  expect(one({ monitor_id: 4, name: 'Shop', status: 'resolved' })).toMatchObject({ action: 'resolve', dedupKey: 'better-uptime-incident-4' });
  expect(one({ name: 'Shop', status: 'started', url: '$URL' })).toMatchObject({ dedupKey: 'better-uptime-incident-Shop', source: 'Shop' });
});

test('a phone that breaks through silence is for what is critical, and the word of a template counts', () => {
  expect(one(incident('started', { severity: 'Low' }))).toMatchObject({ severity: 'info' });
  expect(one({
    data: { id: 1, type: 'heartbeat', attributes: { name: 'Backup', status: 'down', critical_alert: true } },
  })).toMatchObject({ severity: 'critical' });
});
