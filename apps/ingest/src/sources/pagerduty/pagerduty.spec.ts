import type { SourceResult } from '../contract.js';
import { parseEventsApi } from '../events/events-api.js';
import { pagerduty } from './index.js';

const parse = (body: unknown, severities?: Record<string, string>): SourceResult =>
  pagerduty.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r', ...(severities === undefined ? {} : { severities }) });
const v3 = (event_type: unknown, data: object = {}) => ({
  event: { id: 'E1', event_type, data: { id: 'Q1', type: 'incident', status: 'triggered', title: 'Slow', ...data } },
});
const actionOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.action : result.kind);
const severityOf = (result: SourceResult): string => (result.kind === 'events' ? result.events[0]!.severity : result.kind);

test.each([
  ['incident.triggered', 'trigger'], ['incident.reopened', 'trigger'], ['incident.unacknowledged', 'trigger'], ['Incident.Unacknowledged ', 'trigger'],
  ['incident.acknowledged', 'acknowledge'], ['incident.resolved', 'resolve'], ['incident.unresolved', 'trigger'],
  ['incident.annotated', 'ignored'], ['incident.responder.replied', 'ignored'],
  ['incident.workflow.started', 'ignored'], ['service.created', 'ignored'], ['pagey.ping', 'ignored'],
])('%s means %s', (type, expected) => {
  expect(actionOf(parse(v3(type, type.startsWith('incident') || type.startsWith('Inc') ? {} : { type: 'other' })))).toBe(expected);
});

test.each([
  'incident.escalated', 'incident.reassigned', 'incident.delegated',
  'incident.priority_updated', 'incident.invented_tomorrow',
])('%s: the status says whether it is open', (type) => {
  expect(['triggered', 'acknowledged', 'resolved', null].map((status) => actionOf(parse(v3(type, { status }))))).toEqual([
    'trigger', 'acknowledge', 'ignored', 'trigger',
  ]);
});

test('an incident is the same one in all versions of the webhooks', () => {
  const bodies = [
    v3('incident.triggered'),
    { messages: [{ event: 'incident.trigger', incident: { id: 'Q1' } }] },
    { messages: [{ type: 'incident.resolve', data: { incident: { id: 'Q1' } } }] },
    { id: 'Q1', type: 'incident' },
  ];
  expect(bodies.map((body) => {
    const result = parse(body);
    return result.kind === 'events' && result.events[0]!.dedupKey;
  })).toEqual(Array(4).fill('pagerduty-Q1'));
});

test("an event that only refers to an incident does not become one because it is unknown", () => {
  expect(actionOf(parse({
    event: { event_type: 'incident.note_liked', data: { type: 'like', incident: { id: 'Q1', type: 'incident_reference' } } },
  }))).toBe('ignored');
});

test('the priority goes before the urgency, when it has a name that is known here', () => {
  const of = (priority: unknown, urgency: unknown, severities?: Record<string, string>) =>
    severityOf(parse(v3('incident.triggered', { priority, urgency }), severities));
  expect(of({ summary: 'P1' }, 'low')).toBe('critical');
  expect(of({ summary: 'Major' }, 'low')).toBe('warning');
  expect(of({ name: 'Major' }, 'low', { major: 'critical' })).toBe('critical');
  expect(of(null, 'high')).toBe('error');
  expect(of(null, null)).toBe('error');
});

test('an Events API body means what it means at /api/events', () => {
  const body = { event_action: 'trigger', dedup_key: 'k', payload: { summary: 's', source: 'h', severity: 'low' } };
  const there = parseEventsApi(body, { keyIfMissing: 'r' });
  expect(parse(body)).toEqual({ kind: 'events', events: [there.ok && there.event] });
});

test('a repetition is known by X-Webhook-Id, or by the id of the event', () => {
  expect(pagerduty.deliveryId?.({ 'x-webhook-id': 'w' }, v3('incident.triggered'))).toBe('w');
  expect(pagerduty.deliveryId?.({}, v3('incident.triggered'))).toBe('E1');
  expect(pagerduty.deliveryId?.({}, { event_action: 'trigger' })).toBeUndefined();
});
