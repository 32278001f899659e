import type { SourceEvent } from '../contract.js';
import { appdynamics } from './index.js';

const one = (body: unknown): SourceEvent => {
  const result = appdynamics.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['POLICY_OPEN_CRITICAL', 'trigger', 'critical'], ['POLICY_OPEN_WARNING', 'trigger', 'warning'],
  ['POLICY_UPGRADED', 'trigger', 'critical'], ['POLICY_DOWNGRADED', 'trigger', 'warning'],
  ['POLICY_CONTINUES_CRITICAL', 'trigger', 'critical'], ['POLICY_CONTINUES_WARNING', 'trigger', 'warning'],
  ['POLICY_CLOSE_WARNING', 'resolve', 'error'], ['POLICY_CLOSE_CRITICAL', 'resolve', 'error'],
  ['POLICY_CANCELED_WARNING', 'resolve', 'error'], ['policy_canceled_critical ', 'resolve', 'error'],
  ['ANOMALY_OPEN_CRITICAL', 'trigger', 'critical'],
  ['ANOMALY_CANCEL_WARNING', 'resolve', 'error'],
  ['APPLICATION_ERROR', 'trigger', 'error'], ['APP_SERVER_RESTART', 'trigger', 'error'],
  ['POLICY_CLOSED_BY_NOBODY', 'trigger', 'error'], ['constructor', 'trigger', 'error'],
])('%s means %s and is %s', (event_type, action, severity) => {
  expect(one({ event_type, incident_id: '1', severity: 'ERROR' })).toMatchObject({ action, severity });
});

test('the type outranks what another tool is told, which outranks nothing', () => {
  expect(one({ event_type: 'trigger', incident_key: 'k', details: { event_type: 'POLICY_CLOSE_WARNING' } }).action).toBe('resolve');
  expect(one({ event_action: 'resolve', dedup_key: 'k', payload: { class: 'POLICY_OPEN_WARNING' } }).action).toBe('trigger');
  expect(one({ event_action: 'resolve', dedup_key: 'k', payload: { summary: 's' } }).action).toBe('resolve');
});

test('the incident is found under every name, in the deep link, and never in the event', () => {
  const bodies = [
    { incident_id: 5 }, { incident: { id: '5' } }, { latestEvent: { incident: { id: 5 } } },
    { event: { incidentId: '5' } }, { details: { incident_id: '5' } }, { entity_id: '5' }, { incident_key: '5' },
    { name: 'n', url: 'https://c/controller/#location=APP_INCIDENT_DETAIL_MODAL&incident=5&application=1' },
  ];
  expect(bodies.map((body) => one({ ...body, event_id: '99', id: '98' }).dedupKey)).toEqual(bodies.map(() => 'appdynamics-5'));
});

test('without an incident, what opens and what ends a violation is one; two events without an end are two', () => {
  const key = (more: object) => one({ app_name: 'a', node_name: 'n', ...more }).dedupKey;
  expect(key({ event_type: 'POLICY_CLOSE_CRITICAL', event_name: 'ended' })).toBe(key({ event_type: 'POLICY_OPEN_CRITICAL', event_name: 'started' }));
  expect(key({ event_name: 'Health Rule Violation Ended - Critical' })).toBe(key({ event_name: 'Health Rule Violation Started - Critical' }));
  expect(key({ event_type: 'APPLICATION_ERROR' })).not.toBe(key({ event_type: 'MEMORY' }));
});

test.each([
  ['Mon Mar 09 10:01:00 UTC 2026', '2026-03-09T10:01:00.000Z'],
  ['Mon Mar 9 10:01:00 GMT 2026', '2026-03-09T10:01:00.000Z'],
  [1_773_050_460_000, '2026-03-09T10:01:00.000Z'],
  ['Mon Mar 09 10:01:00 PST 2026', undefined], ['Mon Foo 99 10:01:00 UTC 2026', undefined], ['soon', undefined],
])('the time %j is %j', (event_time, expected) => {
  expect(one({ incident_id: 1, event_time }).occurredAt).toBe(expected);
});
