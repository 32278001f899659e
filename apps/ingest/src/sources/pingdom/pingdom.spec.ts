import type { SourceResult } from '../contract.js';
import { pingdom } from './index.js';

const parse = (body: unknown, query: Record<string, string> = {}): SourceResult =>
  pingdom.parse({ body, query, headers: {}, rawBody: Buffer.alloc(0), config: {}, requestId: 'r' });
const one = (body: unknown, query?: Record<string, string>) => {
  const result = parse(body, query);
  return result.kind === 'events' ? result.events[0]! : result;
};

test.each([
  ['DOWN', 'trigger'], ['FAILING', 'trigger'], ['up', 'resolve'], ['SUCCESS', 'resolve'], ['UNCONFIRMED_DOWN', 'trigger'], ['UNSUCCESSFUL', 'trigger'],
  ['UPDATED', 'trigger'], ['UNKNOWN', 'trigger'], ['constructor', 'trigger'], ['PAUSED', undefined],
])('current_state %s means %s, whatever the description says', (current_state, action) => {
  for (const description of ['OK', 'down', null]) {
    expect(one({ check_id: 1, current_state, description })).toMatchObject(action === undefined ? { kind: 'ignored' } : { action });
  }
});

test('an uptime check and a transaction of one number are two things', () => {
  const keys = ['HTTP', 'TRANSACTION', 'transaction'].map((check_type) => (one({
    check_id: 1, check_type, current_state: 'DOWN',
  }) as { dedupKey: string }).dedupKey);
  expect(keys).toEqual(['pingdom-1', 'pingdom-transaction-1', 'pingdom-transaction-1']);
});

test('the legacy message is read from a form, from the query of a POST, and as an object; broken JSON is named', () => {
  const message = { check: 9, checkname: 'Shop', action: 'notify_of_close', description: 'up' };
  for (const [body, query] of [[{ message: JSON.stringify(message) }, {}], [{ message }, {}], [{}, { message: JSON.stringify(message) }]] as const) {
    expect(one(body, query)).toMatchObject({ action: 'resolve', dedupKey: 'pingdom-9' });
  }
  expect(one({ message: '{"check": ' })).toMatchObject({ kind: 'problem', errors: [{ path: 'check_id' }] });
});

test('what a check sends in its request stays with the check', () => {
  const result = parse(
    { check_id: 1, current_state: 'DOWN', check_params: { header: 'Authorization: Basic c2VjcmV0', send: 'password hunter2', hostname: 'shop.example' } },
    { key: 'secret-of-mine' },
  );
  expect(JSON.stringify(result)).not.toMatch(/c2VjcmV0|hunter2|of-mine/);
});
