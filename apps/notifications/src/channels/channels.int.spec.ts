import { createHmac } from 'node:crypto';
import { PUBLIC_ONLY, addressPolicy, createOutbound, type Outbound } from '@signalbox/outbound';
import { startReceiver, type Answer, type Receiver } from '@signalbox/testing';
import { Webhook } from 'standardwebhooks';
import { MASK, secretsOf, validateConfig } from './config.js';
import type { Channel, RenderContext } from './contract.js';
import { testNotice, type Notice } from './notice.js';
import { CHANNELS, channelOf } from './registry.js';
import { EXCHANGE_BYTES, createTransport, type Send, type Sent } from './transport.js';

const notice: Notice = {
  ...testNotice({
    notificationId: '019390aa-0000-7000-8000-000000000001', tenantId: '019390aa-0000-7000-8000-00000000000a', traceId: '019390aa-0000-7000-8000-0000000000f1',
    channelName: 'ops', now: new Date(),
  }),
  ackUrl: 'https://signalbox.example.com/a/canary-acknowledge-token',
};

let receiver: Receiver;
let outbound: Outbound;
let send: Send;
let guarded: Outbound;
beforeAll(async () => {
  outbound = createOutbound({ policy: addressPolicy({ allowPrivate: 'true' }) });
  send = createTransport(outbound);
  guarded = createOutbound({ policy: PUBLIC_ONLY });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.stop();
  await outbound.close();
  await guarded.close();
});
beforeEach(() => {
  receiver.requests.length = 0;
  receiver.answer({ status: 200, body: 'ok' });
});

/** One try through the whole way: validate, render, send, interpret. */
async function attempt(kind: string, settings: object, context: Partial<RenderContext> & { timeoutMs?: number; through?: Send } = {}): Promise<Sent> {
  const channel = channelOf(kind) as Channel;
  const result = validateConfig(channel, settings, { httpsOnly: false });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const rendered = channel.render(notice, result.config, { now: new Date(), attempt: 1, ...context });
  return await (context.through ?? send)({ channel, config: result.config }, rendered, { timeoutMs: context.timeoutMs ?? 2000, hide: [notice.ackUrl!] });
}

describe('webhook', () => {
  const secret = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`;

  test('is accepted by a receiver that checks Standard Webhooks and the HMAC of the body', async () => {
    const sent = await attempt('webhook', { url: `${receiver.url}/in`, secret, headers: { 'X-Token': 'abc' } });
    expect(sent.outcome).toEqual({ kind: 'delivered' });
    const [request] = await receiver.received(1);
    expect(new Webhook(secret).verify(request!.text, request!.headers as Record<string, string>)).toMatchObject({ event: 'channel.test' });
    expect(request!.headers['x-signature']).toBe(`sha256=${createHmac('sha256', secret).update(request!.body).digest('hex')}`);
    expect(request!.headers).toMatchObject({ 'x-token': 'abc', 'content-type': 'application/json', 'webhook-id': notice.notificationId });
  });

  test('satisfies a receiver that knows the old secret as well as one that knows the new', async () => {
    await attempt('webhook', { url: receiver.url, secret: 'the new secret', previousSecret: secret });
    const [request] = await receiver.received(1);
    const headers = request!.headers as Record<string, string>;
    expect(() => new Webhook(secret).verify(request!.text, headers)).not.toThrow();
    expect(() => new Webhook('the new secret', { format: 'raw' }).verify(request!.text, headers)).not.toThrow();
    expect(() => new Webhook('another secret', { format: 'raw' }).verify(request!.text, headers)).toThrow('No matching signature');
  });

  test('keeps its id from try to try, and signs the time of each', async () => {
    await attempt('webhook', { url: receiver.url, secret, signatureHeader: 'X-Kaireon-Signature' }, { now: new Date(Date.now() - 60_000) });
    await attempt('webhook', { url: receiver.url, secret, signatureHeader: 'X-Kaireon-Signature' }, { attempt: 2 });
    const [first, second] = await receiver.received(2);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(Number(second!.headers['webhook-timestamp']) - Number(first!.headers['webhook-timestamp'])).toBeGreaterThanOrEqual(60);
    expect([first!.headers['x-signalbox-attempt'], second!.headers['x-signalbox-attempt']]).toEqual(['1', '2']);
    expect(second!.text).toBe(first!.text);
    expect(second!.headers['x-kaireon-signature']).toBe(first!.headers['x-kaireon-signature']);
    expect(() => new Webhook(secret).verify(second!.text, second!.headers as Record<string, string>)).not.toThrow();
  });

  test('is not signed without a secret', async () => {
    await attempt('webhook', { url: receiver.url });
    const [request] = await receiver.received(1);
    expect(Object.keys(request!.headers).filter((name) => name.includes('signature'))).toEqual([]);
  });

  test('follows no redirect', async () => {
    receiver.answer({ status: 302, headers: { location: `${receiver.url}/elsewhere` } });
    expect((await attempt('webhook', { url: receiver.url })).outcome).toMatchObject({ kind: 'reject', reason: 'far_side_refused' });
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('slack', () => {
  test('is delivered only by 200 and ok', async () => {
    const settings = { webhookUrl: `${receiver.url}/services/T0/B0/xyz` };
    expect((await attempt('slack', settings)).outcome).toEqual({ kind: 'delivered' });
    const [request] = await receiver.received(1);
    expect(request!.url).toBe('/services/T0/B0/xyz');
    expect(request!.json()).toMatchObject({ text: expect.stringContaining('Test message'), blocks: expect.any(Array) });
    receiver.answerNext(
      { status: 200, body: 'invalid_payload' },
      { status: 429, headers: { 'retry-after': '7' }, body: '{"ok":false,"error":"rate_limited"}' },
    );
    expect((await attempt('slack', settings)).outcome).toMatchObject({ kind: 'reject', reason: 'payload_refused' });
    expect((await attempt('slack', settings)).outcome).toMatchObject({ kind: 'retry', reason: 'rate_limited', afterMs: 7000 });
  });
});

describe.each(CHANNELS.filter(({ transport }) => transport === 'http').map(({ kind }) => [kind]))('%s over a bad line', (kind) => {
  const settings = (url: string): object => (kind === 'slack' ? { webhookUrl: url } : { url });

  test.each<[string, Answer, object]>([
    ['a reset', 'reset', { kind: 'retry', reason: 'reset', ambiguous: true }],
    ['silence', 'hang', { kind: 'retry', reason: 'timeout', ambiguous: true }],
    ['a Retry-After', { status: 503, headers: { 'retry-after': '90' } }, { kind: 'retry', reason: 'far_side_error', afterMs: 90_000 }],
  ])('%s', async (_name, answer, outcome) => {
    receiver.answer(answer);
    expect((await attempt(kind, settings(receiver.url), { timeoutMs: 300 })).outcome).toMatchObject(outcome);
  });

  test('nobody listens', async () => {
    const gone = await startReceiver();
    await gone.stop();
    const sent = await attempt(kind, settings(gone.url));
    expect(sent.outcome).toMatchObject({ kind: 'retry', reason: 'connect' });
    expect(sent.outcome).not.toHaveProperty('ambiguous');
    expect(sent.exchange).not.toHaveProperty('response');
  });

  test('the name does not exist', async () => {
    expect((await attempt(kind, settings('https://no-such-host.invalid/x'))).outcome).toMatchObject({ kind: 'retry', reason: 'dns' });
  });

  test('the far side speaks no TLS', async () => {
    expect((await attempt(kind, settings(receiver.url.replace('http:', 'https:')))).outcome).toMatchObject({ kind: 'retry', reason: 'tls' });
  });

  test('the address is one that the operator has not opened', async () => {
    expect((await attempt(kind, settings(receiver.url), { through: createTransport(guarded) })).outcome)
      .toMatchObject({ kind: 'reject', reason: 'blocked_address' });
    expect(receiver.requests).toHaveLength(0);
  });
});

describe('what is recorded of a try', () => {
  const settings = {
    webhook: {
      secret: 'canary-secret "quoted" 1',
      previousSecret: 'canary-previous-2',
      headers: { 'X-Token': 'canary-header-3', Authorization: 'Bearer canary-bearer-4' },
    },
    slack: {},
  };
  const cases = (path: string): [string, object][] => [
    ['webhook', { ...settings.webhook, url: `${receiver.url}${path}` }], ['slack', { webhookUrl: `${receiver.url}/services/T0CANARY/B0CANARY/canary-path-6` }],
  ];

  test('holds no secret, even when the far side repeats all that it got, in every form', async () => {
    for (const [kind, config] of cases('/in')) {
      const secrets = secretsOf(channelOf(kind)!, config);
      receiver.answer(({ headers, url, text }) => {
        const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret), encodeURIComponent(secret), Buffer.from(secret).toString('base64')]);
        return { status: 400, headers: { 'x-echo': String(headers.authorization ?? url) }, body: [url, JSON.stringify(headers), text, ...forms].join('\n') };
      });
      const sent = JSON.stringify(await attempt(kind, config));
      expect(sent).toContain(MASK);
      expect(sent).not.toMatch(/canary/i);
      for (const secret of secrets.filter(({ length }) => length > 3)) expect(sent).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
      expect(sent).toContain(new URL(receiver.url).host);
    }
  });

  test('holds what was sent and answered, cut to 4 KB between characters', async () => {
    receiver.answer({ status: 500, headers: { 'x-far-side': 'broken' }, body: '€'.repeat(5000) });
    const { exchange, outcome } = await attempt('webhook', { url: receiver.url });
    expect(outcome).toMatchObject({ kind: 'retry', reason: 'far_side_error' });
    expect(exchange.request).toMatchObject({ method: 'POST', headers: { 'webhook-id': notice.notificationId }, body: expect.stringContaining('channel.test') });
    expect(exchange.response).toMatchObject({ status: 500, headers: { 'x-far-side': 'broken' } });
    expect(Buffer.byteLength(exchange.response!.body)).toBeLessThanOrEqual(EXCHANGE_BYTES);
    expect(exchange.response!.body).toMatch(/^€+$/);
    expect(exchange.durationMs).toBeGreaterThanOrEqual(0);
  });
});
