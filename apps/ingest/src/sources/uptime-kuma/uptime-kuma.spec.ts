import type { SourceResult } from '../contract.js';
import { uptimeKuma } from './index.js';
import { sentenceIn } from './sentence.js';

const parse = (body: unknown): SourceResult => uptimeKuma.parse({ body, query: {}, headers: {}, rawBody: Buffer.alloc(0), config: {}, requestId: 'r' });
const one = (body: unknown) => {
  const result = parse(body);
  return result.kind === 'events' ? result.events[0]! : result;
};

test.each([
  [0, 'trigger'], ['0', 'trigger'], ['DOWN', 'trigger'], [1, 'resolve'], ['1', 'resolve'], ['✅ Up', 'resolve'], ['🔴 Down', 'trigger'],
  [2, undefined], ['Pending', undefined], [3, undefined], ['MAINTENANCE', undefined], ['⚠️ Test', undefined],
  ['not up', 'trigger'], ['Upside down', 'trigger'], [7, 'trigger'], ['constructor', 'trigger'],
])('status %j means %s', (status, action) => {
  expect(one({
    heartbeat: { status, monitorID: 5 }, monitor: { id: 5, name: 'Shop' },
  })).toMatchObject(action === undefined ? { kind: 'ignored' } : { action, dedupKey: 'uptime-kuma-5' });
});

test('the status of the heartbeat outranks the sentence', () => {
  expect(one({ heartbeat: { status: 1, monitorID: 5 }, monitor: null, msg: '[Shop] [🔴 Down] x' })).toMatchObject({
    action: 'resolve', dedupKey: 'uptime-kuma-5',
  });
});

test('sentences are read whole or not at all', () => {
  expect(sentenceIn('[a [b] c] [🔴 Down] [✅ Up]')).toEqual({ kind: 'status', name: 'a [b] c', meaning: 'down', detail: '[✅ Up]' });
  expect(sentenceIn('[Shop] [Deployed] v2')).toBeUndefined();
  expect(sentenceIn('[S][https://s.example] intermediate CA certificate R3 will expire in 1 days')).toEqual({
    kind: 'certificate', name: 'R3', url: 'https://s.example', days: '1',
  });
  expect(sentenceIn('The certificate will expire in 7 days, says Bob')).toBeUndefined();
  expect(sentenceIn('Domain name s.example will expire in -1 days')).toEqual({ kind: 'domain', name: 's.example', days: '-1' });
});

test('only the test of the tool is a test: a monitor named Testing is not', () => {
  expect(parse({ heartbeat: null, monitor: null, msg: 'On-call Testing' }).kind).toBe('ignored');
  expect(one({
    heartbeat: { status: 0, monitorID: 5 }, monitor: { id: 5, name: 'Unit Testing' },
    msg: '[Unit Testing] [🔴 Down] Testing',
  })).toMatchObject({ action: 'trigger' });
  expect(one({ msg: '[Unit Testing] [🔴 Down] failed Testing' })).toMatchObject({ action: 'trigger', dedupKey: 'uptime-kuma-Unit Testing' });
});

test("a monitor's credentials stay with the monitor", () => {
  const monitor = {
    id: 5, name: 'Shop', basic_auth_pass: 'hunter2', headers: '{"Authorization": "hunter2"}',
    body: 'hunter2', bearer_token: 'hunter2', databaseConnectionString: 'hunter2',
  };
  expect(JSON.stringify(parse({ heartbeat: { status: 0, monitorID: 5 }, monitor, msg: 'x', key: 'hunter2' }))).not.toContain('hunter2');
});
