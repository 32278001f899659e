import { deriveKey, newApiKey, signToken } from '@signalbox/access';
import { ACK_LINK_PURPOSE, CALLBACKS, MESSAGES, newId, type AckLink, type Message } from '@signalbox/contracts';
import { eventually } from '@signalbox/testing';
import { Gateway, trigger } from './scenarios/gateway.js';

const gateway = new Gateway();
const { tenantId, serviceId, integration, post, events } = gateway;
const apiKey = newApiKey();

beforeAll(() => gateway.open((stage) => stage.answer('api-keys', (hash) => (hash !== apiKey.hash
  ? undefined
  : { id: newId(), tenantId, name: 'test', role: 'admin', scopes: ['events:write', 'messages:write'], expiresAt: null }))));
afterAll(() => gateway.stage.stop());
const messages = async (): Promise<Message[]> => (await gateway.stage.stored(MESSAGES)).flatMap((envelope) => envelope.messages);

describe('POST /api/events', () => {
  it('stores the event before it answers 202, with its tenant, service and trace', async () => {
    const { id, key } = await integration();
    const answer = await post('/api/events', trigger('first'), { authorization: `Token token=${key}` });
    expect(answer).toMatchObject({ status: 202, body: { status: 'success', dedup_key: 'first' } });
    const event = (await events()).find((e) => e.dedupKey === 'first');
    expect(event).toMatchObject({ scopeId: id, serviceId, integrationId: id, severity: 'critical', traceId: answer.headers.get('x-signalbox-trace') });
  });

  it('takes an API key with service_id, and names a service that is not its tenant\'s', async () => {
    const authorization = `Bearer ${apiKey.key}`;
    expect(await post('/api/events', trigger('by-key', { service_id: serviceId }), { authorization })).toMatchObject({ status: 202 });
    expect(await post('/api/events', trigger('x', { service_id: newId() }), { authorization })).toMatchObject({
      status: 400, body: { errors: [{ path: 'service_id' }] },
    });
    expect(await post('/api/events', trigger('x'), { authorization })).toMatchObject({ status: 400, body: { errors: [{ path: 'service_id' }] } });
    expect(await post('/api/events', trigger('x'), { authorization: `Bearer ${newApiKey().key}` })).toMatchObject({ status: 401 });
  });

  it('a repeat with the same Idempotency-Key gives the same answer and the same event', async () => {
    const { key } = await integration();
    const headers = { authorization: `Token token=${key}`, 'idempotency-key': 'once' };
    const { dedup_key: _none, ...body } = trigger('');
    const first = await post('/api/events', body, headers);
    const second = await post('/api/events', body, headers);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('x-signalbox-trace')).toBe(first.headers.get('x-signalbox-trace'));
    const copies = (await events()).filter((e) => e.dedupKey === first.body.dedup_key);
    expect(new Set(copies.map((e) => e.id)).size).toBe(1);
  });

  it.each([
    ['no credential', {}, trigger('x'), 401, undefined],
    ['an unknown key', { authorization: 'Token token=00000000000000000000000000000000' }, trigger('x'), 401, undefined],
    ['no summary', 'key', { ...trigger('x'), payload: { source: 'a' } }, 400, 'payload.summary'],
    ['a severity of its own', 'key', { ...trigger('x'), payload: { summary: 'a', source: 'a', severity: 'huge' } }, 400, 'payload.severity'],
    ['broken JSON', 'key', '{"event_action":', 400, 'body'],
    ['an empty body', 'key', '', 400, 'body'],
    ['a resolve without its key', 'key', { event_action: 'resolve' }, 400, 'dedup_key'],
    ['more than 512 KB', 'key', JSON.stringify({ ...trigger('x'), pad: 'x'.repeat(524_288) }), 413, undefined],
  ] as const)('%s is refused, kindly', async (_name, credential, body, status, path) => {
    const { key } = await integration();
    const answer = await post('/api/events', body, credential === 'key' ? { authorization: `Token token=${key}` } : credential);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    if (path !== undefined) expect(answer.body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ path })]));
  });

  it('what grows beyond the bus\'s limit is refused, not lost', async () => {
    const { key } = await integration();
    const body = JSON.stringify(trigger('grown')).replace(
      '"source":"test"',
      `"source":"test","custom_details":{"n":[${Array.from({ length: 100_000 }, () => '1e20').join()}]}`,
    );
    expect(await post('/api/events', body, { authorization: `Token token=${key}` })).toMatchObject({ status: 413 });
  });
});

describe('POST /v2/enqueue', () => {
  it('answers as PagerDuty does', async () => {
    const { key } = await integration();
    const body = { routing_key: key, ...trigger('pd') };
    expect(await post('/v2/enqueue', body)).toMatchObject({ status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'pd' } });
    expect(await post('/v2/enqueue', { ...body, payload: { summary: 's', source: 's', severity: 'bad' } })).toMatchObject({
      status: 400,
      body: {
        status: 'invalid event', message: 'Event object is invalid',
        errors: ["'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"],
      },
    });
    expect(await post('/v2/enqueue', '{')).toMatchObject({ status: 400, body: { status: 'Unrecognized object', errors: ['JSON parse error'] } });
    expect(await post('/v2/enqueue', { ...body, routing_key: '0'.repeat(32) })).toMatchObject({ status: 400, body: { status: 'invalid event' } });
  });
});

describe('POST /api/v1/messages', () => {
  const authorization = `Bearer ${apiKey.key}`;

  it('takes one, an array, NDJSON and CloudEvents', async () => {
    const one = await post('/api/v1/messages', { topic: 'devices/7/temperature', payload: { value: 91 }, id: 'm-1' }, { authorization });
    expect(one).toMatchObject({ status: 202, body: { id: 'm-1' } });
    const many = await post(
      '/api/v1/messages',
      [{ topic: 'a/1', payload: 1 }, { topic: 'a/+', payload: 2 }, { topic: 'a/3', payload: null }],
      { authorization },
    );
    expect(many).toMatchObject({ status: 202, body: { accepted: 2, rejected: [{ index: 1, errors: [{ path: 'topic' }] }] } });
    const lines = await post('/api/v1/messages', '{"topic":"n/1","payload":{}}\nnot json\n{"topic":"n/2","payload":[]}\n', {
      authorization, 'content-type': 'application/x-ndjson',
    });
    expect(lines).toMatchObject({ status: 202, body: { accepted: 2, rejected: [{ index: 1 }] } });
    const structured = await post(
      '/api/v1/messages',
      { specversion: '1.0', id: 'c1', source: '/s', type: 'com.example.t', subject: 'ce/topic', data: { a: 1 } },
      { authorization, 'content-type': 'application/cloudevents+json' },
    );
    expect(structured).toMatchObject({ status: 202, body: { id: '/s/c1' } });
    const binary = await post('/api/v1/messages', { a: 2 }, {
      authorization, 'ce-specversion': '1.0', 'ce-id': 'c2', 'ce-source': '/s', 'ce-type': 'com.example.t',
    });
    expect(binary).toMatchObject({ status: 202, body: { id: '/s/c2' } });
    const found = await messages();
    expect(found.find((m) => m.id === 'm-1')).toMatchObject({ topic: 'devices/7/temperature', payload: { value: 91 } });
    expect(found.find((m) => m.id === '/s/c1')).toMatchObject({ topic: 'ce/topic', payload: { a: 1 } });
    expect(found.find((m) => m.id === '/s/c2')).toMatchObject({ topic: 'com.example.t', payload: { a: 2 } });
  });

  it.each([
    ['no topic', { payload: 1 }, 'topic'],
    ['no payload', { topic: 'a' }, 'payload'],
    ['an unknown field', { topic: 'a', payload: 1, tenant: 'x' }, 'tenant'],
    ['a time that is none', { topic: 'a', payload: 1, timestamp: 'yesterday' }, 'timestamp'],
    ['nested too deep', { topic: 'a', payload: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as unknown }, 'payload'],
  ])('%s is named', async (_name, body, path) => {
    expect(await post('/api/v1/messages', body, { authorization })).toMatchObject({ status: 400, body: { errors: [expect.objectContaining({ path })] } });
  });
});

test('a message with an integration key is told that it takes an API key', async () => {
  const { key } = await integration();
  const send = (headers: Record<string, string>) => post('/api/v1/messages', { topic: 'a', payload: 1 }, headers);
  expect(await send({ authorization: `Bearer ${key}` })).toMatchObject({ status: 401, body: { detail: expect.stringContaining('no API key') } });
  expect(await send({})).toMatchObject({ status: 401, body: { detail: expect.stringContaining('missing') } });
});

describe('/a/{token}', () => {
  it('shows a page to GET, acknowledges once by POST, and knows no forged link', async () => {
    const link: AckLink = {
      tenantId, notificationId: newId(), title: 'High <CPU>',
      incident: { id: newId(), scopeId: newId(), serviceId, integrationId: null, dedupKey: 'linked' },
    };
    const token = signToken(link, deriveKey(gateway.stage.settings.SIGNALBOX_MASTER_KEY!, ACK_LINK_PURPOSE), new Date(Date.now() + 60_000));
    const page = await fetch(`${gateway.stage.url}/a/${token}`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('High &#60;CPU&#62;')]);
    expect((await events()).some((e) => e.dedupKey === 'linked')).toBe(false);
    await fetch(`${gateway.stage.url}/a/${token}`, { method: 'POST' });
    await fetch(`${gateway.stage.url}/a/${token}`, { method: 'POST' });
    const acknowledgements = (await events()).filter((e) => e.dedupKey === 'linked');
    expect(new Set(acknowledgements.map((e) => `${e.action} ${e.id}`)).size).toBe(1);
    const callbacks = await gateway.stage.stored(CALLBACKS);
    expect(callbacks.map((c) => (c.body as { notificationId: string }).notificationId)).toContain(link.notificationId);
    expect((await fetch(`${gateway.stage.url}/a/${token.slice(0, -2)}xx`)).status).toBe(404);
  });

  it('tells a person by a page, and a program by a problem, that a link is not valid', async () => {
    const follow = (accept: string) => fetch(`${gateway.stage.url}/a/forged`, { headers: { accept } });
    const [person, program] = [await follow('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'), await follow('*/*')];
    expect([person.status, person.headers.get('content-type'), await person.text()]).toEqual([
      404, 'text/html; charset=utf-8', expect.stringMatching(/<h1>Not acknowledged<.*link is not valid/s),
    ]);
    expect([program.status, await program.json()]).toEqual([404, expect.objectContaining({ status: 404, instance: '/a/forged' })]);
  });
});

describe('when the bus is away', () => {
  it('spools, answers 202, and forwards in order when it is back; nothing overtakes', async () => {
    const { key } = await integration({ rateLimitPerMinute: 10_000 });
    const send = (i: number) => post('/api/events', trigger('spooled', { payload: { summary: `n${i}`, source: 't', severity: 'info' } }), {
      authorization: `Token token=${key}`,
    });
    await gateway.stage.nats.kill('SIGKILL');
    for (let i = 0; i < 20; i += 1) expect((await send(i)).status).toBe(202);
    await gateway.stage.nats.restart();
    for (let i = 20; i < 60; i += 1) expect((await send(i)).status).toBe(202);
    await eventually(async () => {
      const seen = [...new Map((await events()).filter((e) => e.dedupKey === 'spooled').map((e) => [e.id, e.summary])).values()];
      return seen.length === 60 && seen.every((summary, i) => summary === `n${i}`);
    }, { withinMs: 20_000, describe: 'all sixty, in order' });
    await eventually(
      async () => (await gateway.stage.db.query<{ n: number }>('select count(*) as n from spool'))[0]?.n === 0,
      { withinMs: 5_000, describe: 'an empty spool' },
    );
  }, 60_000);
});
