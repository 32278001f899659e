import type { SourceEvent } from '../contract.js';
import { newrelic } from './index.js';

const one = (body: unknown): SourceEvent => {
  const result = newrelic.parse({ body, config: {}, rawBody: Buffer.alloc(0), headers: {}, query: {}, requestId: 'r' });
  if (result.kind !== 'events') throw new Error(JSON.stringify(result));
  return result.events[0]!;
};

test.each([
  ['CREATED', 'trigger'], ['Activated', 'trigger'], ['open', 'trigger'], ['CLOSED', 'resolve'], [' closed ', 'resolve'], ['acknowledged', 'acknowledge'],
  ['unacknowledged', 'trigger'], ['not closed', 'trigger'], ['INCIDENT_RESOLVED', 'resolve'],
])('the state %s is a %s', (state, action) => {
  expect(one({ id: 1, title: 'x', state }).action).toBe(action);
  expect(one({ incident_id: 1, current_state: state }).action).toBe(action);
});

test('an issue is acknowledged by what a person did, and not by an owner that is told with every change', () => {
  const issue = { id: 1, title: 'x', state: 'ACTIVATED' };
  expect(one({ ...issue, trigger: 'USER_ACTION' }).action).toBe('acknowledge');
  expect(one({ ...issue, trigger: 'INCIDENT_ADDED', owner: 'Erin' }).action).toBe('trigger');
  expect(one({ ...issue, owner: 'Erin' }).action).toBe('acknowledge');
  expect(one({ ...issue, owner: 'N/A' }).action).toBe('trigger');
  expect(one({ ...issue, state: 'CLOSED', trigger: 'USER_ACTION' }).action).toBe('resolve');
  expect(one({ ...issue, state: 'CREATED', owner: 'Erin' }).action).toBe('trigger');
});

test('a closing time closes only what has no state', () => {
  expect(one({ id: 1, closedAt: 1772445600000 }).action).toBe('resolve');
  expect(one({ id: 1, closedAt: 1772445600000, state: 'hello' }).action).toBe('trigger');
  expect(one({ id: 1, closedAt: 'N/A' }).action).toBe('trigger');
});

test.each([
  [{ incident_id: 0 }, 'newrelic-0'], [{ issue_id: 'a', incident_id: 2 }, 'newrelic-a'], [{ id: null, incident_id: '77' }, 'newrelic-77'],
])('%j is %s', (ids, key) => {
  expect(one({ ...ids, current_state: 'open' }).dedupKey).toBe(key);
});

test('without an id, policy, condition and entity name the alert, and the title only where these are missing', () => {
  const about = { policy_name: 'p', condition_name: 'c', targets: [{ name: 'e' }] };
  const key = one({ ...about, details: 'is 7', current_state: 'open' }).dedupKey;
  expect(one({ ...about, details: 'is 2', current_state: 'closed' }).dedupKey).toBe(key);
  expect(one({ ...about, incident_id: -1, current_state: 'closed' }).dedupKey).toBe(key);
  expect(one({ ...about, targets: [{ name: 'f' }] }).dedupKey).not.toBe(key);
});

test('of several priorities the worst counts, and a word that is known before one that is not', () => {
  expect(one({ id: 1, priority: ['LOW', 'CRITICAL'] }).severity).toBe('critical');
  expect(one({ id: 1, priority: ['LOW'] }).severity).toBe('info');
  expect(one({ id: 1, severity: 'purple', priority: 'MEDIUM' }).severity).toBe('warning');
  expect(one({ id: 1 }).severity).toBe('error');
});
