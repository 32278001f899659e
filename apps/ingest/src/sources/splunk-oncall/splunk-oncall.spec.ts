import type { SourceResult } from '../contract.js';
import { splunkOncall } from './index.js';

const parse = (body: unknown): SourceResult => splunkOncall.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const eventOf = (body: unknown) => {
  const result = parse(body);
  return result.kind === 'events' ? result.events[0]! : { action: result.kind, severity: undefined, dedupKey: '' };
};

test.each([
  ['CRITICAL', 'trigger', 'critical'], ['warning', 'trigger', 'warning'], ['Info', 'trigger', 'info'],
  ['ACKNOWLEDGEMENT', 'acknowledge', 'error'],
  ['RECOVERY', 'resolve', 'error'], ['OK', 'resolve', 'error'],
  ['UNACKNOWLEDGED', 'trigger', 'error'], ['NOT OK', 'trigger', 'error'], ['constructor', 'trigger', 'error'],
])('message type %s means %s, %s', (message_type, action, severity) => {
  expect(eventOf({ message_type, entity_id: 'k' })).toMatchObject({ action, severity, dedupKey: 'splunk-oncall-k' });
});

test("an incident's phase goes before the type of the alert that opened it", () => {
  const of = (phase: unknown) => eventOf({ 'INCIDENT.CURRENT_PHASE': phase, 'ALERT.message_type': 'CRITICAL', 'ALERT.entity_id': 'k' }).action;
  expect([of('UNACKED'), of('ACKED'), of('RESOLVED'), of('${{INCIDENT.CURRENT_PHASE}}'), of(null)]).toEqual([
    'trigger', 'acknowledge', 'resolve', 'trigger', 'trigger',
  ]);
});

test('an acknowledgement is as bad as what it acknowledges', () => {
  expect(eventOf({ message_type: 'ACKNOWLEDGEMENT', entity_state: 'WARNING', entity_id: 'k' }).severity).toBe('warning');
});

test('a field that is only called like another hook does not hide an alert', () => {
  expect(eventOf({ message_type: 'CRITICAL', entity_id: 'k', page: 'https://acme.example', 'oncall.team': 'ops' }).action).toBe('trigger');
  expect(eventOf({ page_url: 'https://acme.example', incident: '7', summary: 'x' }).action).toBe('trigger');
});
