import { DEAD_LETTERS, type DeadLetter, type ReplayRequest } from '@signalbox/contracts';
import type { IncomingMessage } from 'node:http';
import { gatewayRequest } from '../gateway/request.js';
import { SIGNATURES } from '../sources/signature.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { keptRequest, letterIdOf, refusedLetter, type Refusable, type Why } from './letter.js';
import { readAgain } from './read-again.js';

const KEY = '0123456789abcdef0123456789abcdef';
const SECRET = 'a "secret" of ours & theirs';
const NOW = new Date('2026-11-21T09:30:00.000Z');
const integration: LiveIntegration = {
  id: '018f6f5e-0000-7000-8000-000000000001', tenantId: '018f6f5e-0000-7000-8000-00000000000a',
  version: 3, serviceId: '018f6f5e-0000-7000-8000-000000000002', type: 'webhook',
  enabled: true, keyHash: '', secrets: [SECRET], rateLimitPerMinute: 120, config: {}, severities: null,
};
const why: Why = {
  reason: 'not_understood', detail: 'No.',
  errors: [{ path: 'summary', message: 'is missing' }],
  status: 400,
  traceId: '018f6f5e-0000-7000-8000-000000000003',
};

interface Change { url?: string; headers?: Record<string, string>; method?: string; body?: string | Buffer; now?: Date; of?: Partial<LiveIntegration> }

function refusable({
  url = `/api/integrations/webhook?integrationId=${integration.id}`,
  headers = {}, method = 'POST', body = '{"n":1}', now = NOW, of = {},
}: Change = {}): Refusable {
  const request = gatewayRequest({ url, method, headers: { 'content-type': 'application/json', ...headers } } as unknown as IncomingMessage);
  return { request: { ...request, now }, integration: { ...integration, ...of }, raw: Buffer.from(body) };
}

const letterOf = (change: Change = {}, because: Partial<Why> = {}) => refusedLetter(refusable(change), { ...why, ...because });
const rawOf = ({ raw }: DeadLetter) => Buffer.from(raw!, 'base64');

describe('the letter of what was refused', () => {
  it('holds the exact bytes, whatever they are, and shows them where they can be shown', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x22]);
    expect(rawOf(letterOf({ body: bytes }))).toEqual(bytes);
    expect(letterOf({ body: bytes }).payload).toBeNull();
    expect(letterOf({ body: '{"größe": 1.0}' })).toMatchObject({ payload: { größe: 1 }, raw: Buffer.from('{"größe": 1.0}').toString('base64') });
    expect(letterOf({ body: '{"broken":' }).payload).toBe('{"broken":');
    expect(letterOf({ body: `${'['.repeat(10_000)}${']'.repeat(10_000)}` }).payload).toBeNull();
    expect(letterOf({ body: 'a=b&c=%20', headers: { 'content-type': 'application/x-www-form-urlencoded' } }).payload).toEqual({ a: 'b', c: ' ' });
  });

  it('says what was wrong with it, what was answered, and by which way it came', () => {
    expect(letterOf()).toMatchObject({
      kind: 'event', owner: 'ingest', reason: 'not_understood', detail: 'summary: is missing',
      subject: `POST /api/integrations/webhook?integrationId=${integration.id}`,
      integrationId: integration.id, tenantId: integration.tenantId, traceId: why.traceId, diedAt: NOW.toISOString(),
      attempts: [{ number: 1, outcome: 'reject', response: { status: 400, errors: why.errors } }],
    });
  });

  it('fits the bus at its largest', () => {
    const errors = Array.from({ length: 500 }, (_, index) => ({ path: `alerts[${index}]`, message: 'x'.repeat(200) }));
    for (const body of [`{"a":"${'\u0007'.repeat(65_000)}"}`, `[${'"routing_key":"a",'.repeat(29_000)}`, 'x'.repeat(524_288)]) {
      const letter = letterOf({ body, url: `/api/integrations/webhook?a=${'%00'.repeat(2_500)}`, headers: { 'x-long': '"'.repeat(8_000) } }, { errors });
      expect(DEAD_LETTERS.encode(letter).byteLength).toBeLessThan(900_000);
    }
  });
});

describe('no secret is kept', () => {
  const forms = [KEY, SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET), 'canary'];
  const leaks = (letter: DeadLetter) =>
    forms.filter((form) => `${JSON.stringify(letter)}\n${rawOf(letter).toString('latin1')}\n${JSON.stringify(letter.headers)}`.includes(form));

  it.each<[string, Change]>([
    ['the key in the query', { url: `/api/integrations/webhook?integrationId=x&key=${KEY}` }],
    ['the key in the query, twice', { url: `/api/integrations/webhook?key=${KEY}&x=${KEY}` }],
    ['the key in the Authorization header and, echoed, in another', { headers: { authorization: `Bearer ${KEY}`, 'x-echo': `<${KEY}>` } }],
    [
      'the key as basic auth',
      { headers: { authorization: `Basic ${Buffer.from(`any:${KEY}`).toString('base64')}` }, body: `{"url":"https://any:${KEY}@example.com"}` },
    ],
    ['the key in its own headers', { headers: { 'x-integration-key': KEY, 'x-api-key': 'canary', 'x-routing-key': 'canary' } }],
    ['cookies and tokens', { headers: { cookie: 'a=canary', 'proxy-authorization': 'canary', 'x-auth-token': 'canary', 'x-goog-channel-token': 'canary' } }],
    ['every header that proves something', { headers: Object.fromEntries(Object.values(SIGNATURES).map(({ header }) => [header, 'canary'])) }],
    ["PagerDuty's routing key", { url: '/v2/enqueue', body: `{"routing_key" : "${KEY}"}` }],
    ["Honeycomb's shared secret", { body: '{"name":"x","shared_secret":"canary \\" canary"}' }],
    ['a named secret in a body that breaks off', { body: '{"shared_secret":"canary' }],
    ['a named secret in a form', { body: `a=1&routing_key=${KEY}&shared_secret=canary` }],
    ['the signature secret as JSON', { body: JSON.stringify({ said: SECRET }) }],
    ['the signature secret in a form', { body: `said=${encodeURIComponent(SECRET)}` }],
    ['a word for us of its own', { headers: { 'x-signalbox-trace': 'canary', 'x-signalbox-received-at': 'canary' } }],
  ])('%s', (_name, change) => {
    expect(leaks(letterOf(change))).toEqual([]);
    const { raw } = refusable(change);
    expect(rawOf(letterOf(change)).length).toBe(raw.length);
  });

  it('what is none stays: other headers, other fields, valid JSON', () => {
    const body = JSON.stringify({ routing_key: KEY, secret_type: 'aws', link: `https://example.com/?api_key=${KEY}`, message: 'the routing_key is wrong' });
    const letter = letterOf({ body, headers: { 'x-github-event': 'ping', 'idempotency-key': 'once', 'user-agent': 'curl' } });
    expect(JSON.parse(rawOf(letter).toString())).toEqual({
      routing_key: '*'.repeat(32), secret_type: 'aws',
      link: `https://example.com/?api_key=${'*'.repeat(32)}`,
      message: 'the routing_key is wrong',
    });
    expect(letter.headers).toMatchObject({ 'x-github-event': 'ping', 'idempotency-key': 'once', 'user-agent': 'curl', 'content-type': 'application/json' });
  });
});

describe('the id', () => {
  const idOf = (change: Change = {}, because: Partial<Why> = {}) => letterIdOf(refusable(change), { ...why, ...because });

  it('is the same for the same refusal, however it was sent', () => {
    expect(idOf({ now: new Date('2026-11-21T23:59:59Z'), headers: { 'x-request': '2', authorization: `Bearer ${KEY}` } })).toBe(idOf());
    expect(idOf({ url: `/api/integrations/webhook?integrationId=${integration.id}&key=${KEY}` })).toBe(idOf());
  });

  it.each<[string, Change, Partial<Why>]>([
    ['bytes', { body: '{"n": 1}' }, {}],
    ['an integration', { of: { id: '018f6f5e-0000-7000-8000-000000000009' } }, {}],
    ['a state of the integration', { of: { version: 4 } }, {}],
    ['a day', { now: new Date('2026-11-22T00:00:00Z') }, {}], ['a query', { url: '/api/integrations/webhook?monitorID=2' }, {}], ['errors', {}, { errors: [] }],
    ['a reason', {}, { reason: 'partly_not_understood' }],
  ])('is another for other %s', (_what, change, because) => {
    expect(idOf(change, because)).not.toBe(idOf());
  });
});

describe('read again', () => {
  const mended = { of: {}, config: { summaryField: 'what' } };
  function again(change: Change = {}, edit: Partial<ReplayRequest> = {}, now: LiveIntegration | undefined = { ...integration, ...mended }) {
    const { id: letterId, tenantId, payload, raw, headers, subject, traceId } = letterOf(change);
    const request: ReplayRequest = {
      jobId: letterId, letterId, tenantId, kind: 'event', payload, raw: raw!,
      headers, subject, traceId, integrationId: integration.id, ...edit,
    };
    return readAgain(request, now);
  }
  const edited = (payload: unknown): Partial<ReplayRequest> => ({ payload, raw: undefined } as unknown as Partial<ReplayRequest>);

  it('gives the events that the integration now makes of the bytes, accepted when they came', () => {
    const { events, outcome } = again({ body: '{"what":"Disk full"}' });
    expect(outcome).toBe('delivered');
    expect(events).toEqual([
      expect.objectContaining({
        summary: 'Disk full', acceptedAt: NOW.toISOString(), traceId: why.traceId, scopeId: integration.id,
        serviceId: integration.serviceId,
      }),
    ]);
    expect(again({ body: '{"what":"Disk full"}' }).events[0]!.id).toBe(events[0]!.id);
  });

  it('gives an alert of many the same id, also when more of the others are understood', () => {
    const [first, last] = again({ body: '[{"title":"a"},{"other":"b"},{"title":"c"}]' }, {}, integration).events;
    const all = again({ body: '[{"title":"a"},{"other":"b"},{"title":"c"}]' }, {}, { ...integration, config: { summaryField: 'other' } }).events;
    expect(all.map(({ summary }) => summary)).toEqual(['a', 'b', 'c']);
    expect([all[0]!.id, all[2]!.id]).toEqual([first!.id, last!.id]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
  });

  it('fails with what is still not understood, and lets go what is', () => {
    expect(again({ body: '{"n":1}' })).toMatchObject({
      outcome: 'failed', reason: 'not_understood', events: [],
      detail: expect.stringContaining('what: is missing'),
    });
    expect(again({ body: '{"broken' })).toMatchObject({ outcome: 'failed', reason: 'malformed_body' });
    expect(again({ body: '[{"what":"a"},5]' })).toMatchObject({ outcome: 'failed', reason: 'partly_not_understood', events: [{ summary: 'a' }] });
  });

  it('takes an edited payload as JSON, or text in the place of the bytes', () => {
    expect(again({ body: '{"broken' }, edited({ what: 'by hand' }))).toMatchObject({ outcome: 'delivered', events: [{ summary: 'by hand' }] });
    expect(again({ body: '{"broken' }, edited('{"what":"as text"}'))).toMatchObject({ outcome: 'delivered', events: [{ summary: 'as text' }] });
    expect(again({ body: '{"broken' }, edited('{"still'))).toMatchObject({ outcome: 'failed', reason: 'malformed_body' });
    expect(again({}, edited(null))).toMatchObject({ outcome: 'failed', reason: 'not_understood' });
  });

  it('reads each path as it is read when it comes', () => {
    const event = (severity: string) =>
      JSON.stringify({ routing_key: KEY, event_action: 'trigger', dedup_key: 'k', payload: { summary: 's', source: 'x', severity } });
    expect(again({ url: '/v2/enqueue', body: event('huge') })).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('payload.severity') });
    expect(again({ url: '/v2/enqueue', body: event('info') })).toMatchObject({ outcome: 'delivered', events: [{ dedupKey: 'k', severity: 'info' }] });
    expect(again({ url: '/api/events', body: event('low') })).toMatchObject({ outcome: 'delivered', events: [{ dedupKey: 'k', severity: 'info' }] });
    expect(again({ url: '/api/integrations/GitHub', body: '{"zen":"x"}', headers: { 'x-github-event': 'ping' } })).toMatchObject({
      outcome: 'delivered', events: [],
    });
    expect(again({ url: '/api/integrations/gone', body: '{}' })).toMatchObject({ outcome: 'failed', reason: 'not_understood' });
  });

  it('dies again when the integration is gone, disabled or not the tenant\'s', () => {
    expect(readAgain({ tenantId: integration.tenantId } as ReplayRequest, undefined)).toMatchObject({ outcome: 'failed', reason: 'integration_deleted' });
    expect(again({}, {}, { ...integration, enabled: false })).toMatchObject({ outcome: 'failed', reason: 'integration_disabled' });
    expect(again({}, {}, { ...integration, tenantId: integration.id })).toMatchObject({ outcome: 'failed', reason: 'integration_deleted' });
  });

  it('knows letters that are not the gateway\'s', () => {
    expect(() => keptRequest({ subject: 'events.x.1', headers: {} })).toThrow(TypeError);
    expect(() => keptRequest({ subject: 'POST /api/events', headers: {} })).toThrow(TypeError);
  });
});
