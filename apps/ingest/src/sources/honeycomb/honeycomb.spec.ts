import { verifySignature } from '../signature.js';
import { honeycomb } from './index.js';

const trigger = { version: 'v0.1.0', shared_secret: 'hunter2', id: 'a', name: 'n', status: 'TRIGGERED' };
const parse = (body: unknown) => honeycomb.parse({ body, headers: {}, rawBody: Buffer.alloc(0), query: {}, config: {}, requestId: 'r' });
const verify = (body: unknown, headers: Record<string, string> = {}) =>
  verifySignature(
    honeycomb.signature,
    { url: '', headers, rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), now: new Date(0) },
    ['hunter2'],
  );

test('the shared secret proves a request, in the header or in the body', () => {
  expect(verify({ ...trigger, shared_secret: undefined }, { 'x-honeycomb-webhook-token': 'hunter2' })).toBe('valid');
  expect(verify(trigger)).toBe('valid');
  expect(verify({ ...trigger, shared_secret: 'guess' })).toBe('invalid');
  expect(verify({ ...trigger, shared_secret: 'guess' }, { 'x-honeycomb-webhook-token': 'hunter2' })).toBe('valid');
});

test.each([
  ['no secret', {}], ['null', { shared_secret: null }], ['an empty text', { shared_secret: '' }],
  ['an object', { shared_secret: { a: 1 } }], ['a list', []], ['broken JSON', '{"shared_secret": "hunter2"'],
])(
  '%s in the body is no proof', (_, body) => {
    expect(verify(body)).toBe('missing');
  },
);

test.each([
  { shared_secret: 'hunter2' }, { secret: 'hunter2' },
  { recipient: { secret: 'hunter2' } }, { Recipient: { Secret: 'hunter2' } },
])('%j does not get into an event', (secret) => {
  const result = parse({ ...trigger, ...secret });
  expect(result.kind).toBe('events');
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

test('what Honeycomb says of a test outranks what the summary looks like', () => {
  expect(parse({ ...trigger, is_test: 'true' }).kind).toBe('ignored');
  expect(parse({ ...trigger, is_test: false, summary: 'TRIGGER TEST: Triggered: n' }).kind).toBe('events');
  expect(parse({ ...trigger, summary: 'TEST: n' }).kind).toBe('events');
});

test.each([
  ['OK', 'resolve'], ['ok ', 'resolve'],
  ['TRIGGERED', 'trigger'], ['untriggered', 'trigger'],
  ['not ok', 'trigger'], ['constructor', 'trigger'], [null, 'trigger'],
])('status %j means %s', (status, action) => {
  const result = parse({ ...trigger, status });
  expect(result.kind === 'events' && result.events[0]!.action).toBe(action);
});
