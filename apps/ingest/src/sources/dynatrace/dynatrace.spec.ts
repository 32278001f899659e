import type { SourceEvent } from '../contract.js';
import { dynatrace } from './index.js';

const one = (body: unknown): SourceEvent => {
  const result = dynatrace.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['OPEN', 'trigger'],
  ['RESOLVED', 'resolve'], ['resolved ', 'resolve'], ['CLOSED', 'resolve'],
  ['MERGED', 'trigger'], ['ACTIVE', 'trigger'], ['UNRESOLVED', 'trigger'], ['__proto__', 'trigger'], [null, 'trigger'],
])('state %j means %s', (State, action) => {
  expect(one({ PID: '1', State }).action).toBe(action);
});

test('a problem has one key in every shape, also where a template swaps its two ids', () => {
  const id = '-42_1773050400000V2';
  const bodies = [
    { PID: id, ProblemID: 'P-1', State: 'OPEN' },
    { PID: 'P-1', ProblemID: id, State: 'OPEN' },
    { pid: id },
    { problemId: id, displayId: 'P-1', title: 't', status: 'OPEN' },
    { id, displayName: '1', status: 'OPEN', rankedEvents: [] }, { 'event.id': id, display_id: 'P-1', 'event.name': 't' }, { event: { 'event.id': id } },
    { ProblemID: 'P-1', ProblemDetailsJSONv2: { problemId: id, title: 't' } },
    { ProblemID: 'P-1', ProblemDetailsJSONv2: JSON.stringify({ problemId: id, title: 't' }) },
  ];
  expect(bodies.map((body) => one(body).dedupKey)).toEqual(bodies.map(() => `dynatrace-${id}`));
});

test('a closed problem has the time of its end, an open one the time of its start', () => {
  const problem = { problemId: '1', title: 't', startTime: 1_773_050_400_000, endTime: 1_773_052_200_000 };
  expect(one({ ...problem, status: 'CLOSED' }).occurredAt).toBe('2026-03-09T10:30:00.000Z');
  expect(one({ ...problem, status: 'CLOSED', endTime: -1 }).occurredAt).toBe('2026-03-09T10:00:00.000Z');
  expect(one({ ...problem, status: 'OPEN' }).occurredAt).toBe('2026-03-09T10:00:00.000Z');
});
