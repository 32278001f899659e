import { deriveKey, hashKey, newApiKey, signToken } from '@signalbox/access';
import { ACK_LINK_PURPOSE, CALLBACKS, EVENTS, MESSAGES, newId, type AckLink, type Event, type Message } from '@signalbox/contracts';
import { Stage, earlyInAMinute, eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { service } from './app.module.js';
import { schema } from './schema.js';

const [tenantId, serviceId] = [newId(), newId()];
const apiKey = newApiKey();
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
  await stage.answer('api-keys', (hash) => (hash !== apiKey.hash
    ? undefined
    : { id: newId(), tenantId, name: 'test', role: 'admin', scopes: ['events:write', 'messages:write'], expiresAt: null }));
  await stage.start();
});
afterAll(() => stage.stop());

interface Integration { id: string; key: string; [field: string]: unknown }

const admin = (method: string, path: string, body?: unknown, tenant = tenantId) => stage.call(method, path, { tenantId: tenant, body });

async function integration(fields: Record<string, unknown> = {}): Promise<Integration> {
  const { status, body } = await admin('POST', '/api/v1/integrations', { type: 'events', name: 'E', serviceId, ...fields });
  expect(status).toBe(201);
  return body as Integration;
}

async function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const response = await fetch(`${stage.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) as Record<string, unknown> : { text } };
}

function trigger(dedupKey: string, change: Record<string, unknown> = {}) {
  return { event_action: 'trigger', dedup_key: dedupKey, payload: { summary: `About ${dedupKey}`, source: 'test', severity: 'critical' }, ...change };
}

const events = async (): Promise<Event[]> => (await stage.stored(EVENTS)).flatMap((envelope) => envelope.events);
const messages = async (): Promise<Message[]> => (await stage.stored(MESSAGES)).flatMap((envelope) => envelope.messages);

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

describe('POST /api/integrations/{type}', () => {
  const alert = {
    version: '4', status: 'firing',
    alerts: [{ status: 'firing', labels: { alertname: 'Down', severity: 'critical' }, annotations: {}, startsAt: '2026-11-21T09:00:00Z', fingerprint: 'abc1' }],
  };

  it('understands the native payload, by the key wherever a tool can put it', async () => {
    const { id, key } = await integration({ type: 'prometheus' });
    const path = `/api/integrations/prometheus?integrationId=${id}`;
    const places: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { 'x-integration-key': key },
      { 'x-api-key': key },
      { authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}` },
    ];
    for (const headers of places) {
      expect(await post(path, alert, headers)).toMatchObject({
        status: 202,
        body: { status: 'success', accepted: 1, events: [{ action: 'trigger', dedup_key: 'prometheus-abc1' }] },
      });
    }
    expect((await post(`${path}&key=${key}`, alert)).status).toBe(202);
    expect((await post(path, alert)).status).toBe(401);
    expect((await post(path, alert, { 'x-integration-key': 'wrong' })).status).toBe(401);
    expect((await post(`/api/integrations/github?integrationId=${id}`, alert, { 'x-integration-key': key })).status).toBe(400);
    expect((await post(`/api/integrations/nosuch?integrationId=${id}`, alert, { 'x-integration-key': key })).status).toBe(404);
  });

  it.each([
    'text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', '',
  ])('JSON is an alert also when it is sent as %s', async (contentType) => {
    const { id, key } = await integration({ type: 'prometheus' });
    const headers = { authorization: `Bearer ${key}`, 'content-type': contentType };
    expect(await post(`/api/integrations/prometheus?integrationId=${id}`, alert, headers)).toMatchObject({
      status: 202,
      body: { events: [{ dedup_key: 'prometheus-abc1' }] },
    });
    expect((await post('/api/v2/alerts', alert.alerts, headers)).status).toBe(200);
    expect((await post('/api/events', { event_action: 'resolve', dedup_key: 'k' }, headers)).status).toBe(202);
    expect((await post('/v2/enqueue', { routing_key: key, event_action: 'resolve', dedup_key: 'k' }, { 'content-type': contentType })).status).toBe(202);
  });

  it('takes a GET, an empty POST with a query, form data, and JSON under a form type, where the tool sends them', async () => {
    const [robot, kuma] = [await integration({ type: 'uptimerobot' }), await integration({ type: 'uptime-kuma' })];
    const accepted = (dedupKey: string) => expect.objectContaining({ status: 'success', events: [{ action: 'trigger', dedup_key: dedupKey }] }) as unknown;
    const query = `${stage.url}/api/integrations/uptimerobot?integrationId=${robot.id}&key=${robot.key}&monitorID=7&monitorFriendlyName=Web%20shop&alertType=1`;
    for (const method of ['GET', 'POST']) {
      const response = await fetch(query, { method });
      expect([response.status, await response.json()]).toEqual([202, accepted('uptimerobot-7')]);
    }
    const kumaUrl = `${stage.url}/api/integrations/uptime-kuma?integrationId=${kuma.id}`;
    const down = JSON.stringify({
      heartbeat: { monitorID: 9, status: 0, msg: 'timeout = 48 s & more' },
      monitor: { id: 9, name: 'Büro' }, msg: '[Büro] [🔴 Down] timeout',
    });
    const form = new FormData();
    form.append('data', down);
    for (const [body, headers] of [[form, {}], [down, { 'content-type': 'application/x-www-form-urlencoded' }]] as const) {
      const response = await fetch(kumaUrl, { method: 'POST', headers: { authorization: `Bearer ${kuma.key}`, ...headers }, body });
      expect([response.status, await response.json()]).toEqual([202, accepted('uptime-kuma-9')]);
    }
  });

  it('the key in a query is no field of what the query says', async () => {
    const { id, key } = await integration({ type: 'webhook' });
    const response = await fetch(`${stage.url}/api/integrations/webhook?integrationId=${id}&key=${key}&title=Query%20alone`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect((await events()).find(({ summary }) => summary === 'Query alone')?.details).toEqual({ title: 'Query alone' });
  });

  it.each([
    ['splunk-observability', { incidentId: 'answers', detector: 'CPU', rule: 'High', severity: 'Critical', statusExtended: 'anomalous' }, 200],
    ['gitlab', { object_kind: 'push' }, 200],
    ['prometheus', alert, 202],
  ])('%s is answered with the status that it asks for', async (type, body, status) => {
    const { id, key } = await integration({ type });
    expect((await post(`/api/integrations/${type}?integrationId=${id}`, body, { authorization: `Bearer ${key}` })).status).toBe(status);
  });

  it('takes a PUT from a tool that can be set to it, and from no other', async () => {
    const [grafana, honeycomb] = [await integration({ type: 'grafana' }), await integration({ type: 'honeycomb' })];
    const put = (type: string, { id, key }: Integration) =>
      fetch(`${stage.url}/api/integrations/${type}?integrationId=${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify(alert),
      });
    const taken = await put('grafana', grafana);
    expect([taken.status, await taken.json()]).toMatchObject([202, { accepted: 1 }]);
    const refused = await put('honeycomb', honeycomb);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('a secret that is set makes the signature mandatory; two secrets are live at once', async () => {
    const { id, key } = await integration({ type: 'webhook' });
    const body = JSON.stringify({ title: 'Signed', status: 'firing', id: 's1' });
    const send = (secret: string | undefined, headers: Record<string, string> = {}) => post(`/api/integrations/webhook?integrationId=${id}`, body, {
      ...headers, ...(secret === undefined ? {} : { 'x-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }),
    });
    await admin('PUT', `/api/v1/integrations/${id}/signature-secret`, { secret: 'first secret' });
    expect((await send(undefined, { 'x-integration-key': key })).status).toBe(401);
    expect((await send('wrong secret')).status).toBe(401);
    expect((await send('first secret')).status).toBe(202);
    await admin('PUT', `/api/v1/integrations/${id}/signature-secret`, { secret: 'second secret' });
    expect((await send('first secret')).status).toBe(202);
    expect((await send('second secret')).status).toBe(202);
    const shown = await admin('GET', `/api/v1/integrations/${id}`);
    expect(shown.body.hasSignatureSecret).toBe(true);
    expect(JSON.stringify(shown.body)).not.toContain('second secret');
  });

  it('is limited, disabled, rotated and deleted at once', async () => {
    await earlyInAMinute();
    const limited = await integration({ rateLimitPerMinute: 2 });
    const send = (key: string) => post('/api/events', trigger('limit'), { authorization: `Token token=${key}` });
    expect([(await send(limited.key)).status, (await send(limited.key)).status]).toEqual([202, 202]);
    const refused = await send(limited.key);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    const { id, key } = await integration();
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: false });
    expect((await send(key)).status).toBe(403);
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: true });
    const rotated = await admin('POST', `/api/v1/integrations/${id}/rotate-key`);
    expect((await send(key)).status).toBe(401);
    expect((await send(String(rotated.body.key))).status).toBe(202);
    await admin('DELETE', `/api/v1/integrations/${id}`);
    await eventually(async () => (await send(String(rotated.body.key))).status === 401, { withinMs: 3_000, describe: 'the key of a deleted integration dies' });
  });

  it('belongs to its tenant alone, and keeps its key out of the database', async () => {
    const { id, key } = await integration();
    expect((await admin('GET', `/api/v1/integrations/${id}`, undefined, newId())).status).toBe(404);
    expect((await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: false }, newId())).status).toBe(404);
    const rows = JSON.stringify(await stage.db.query('select * from integrations where id = $1', [id]));
    expect(rows).toContain(hashKey(key));
    expect(rows).not.toContain(key);
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
    const token = signToken(link, deriveKey(stage.settings.SIGNALBOX_MASTER_KEY!, ACK_LINK_PURPOSE), new Date(Date.now() + 60_000));
    const page = await fetch(`${stage.url}/a/${token}`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('High &#60;CPU&#62;')]);
    expect((await events()).some((e) => e.dedupKey === 'linked')).toBe(false);
    await fetch(`${stage.url}/a/${token}`, { method: 'POST' });
    await fetch(`${stage.url}/a/${token}`, { method: 'POST' });
    const acknowledgements = (await events()).filter((e) => e.dedupKey === 'linked');
    expect(new Set(acknowledgements.map((e) => `${e.action} ${e.id}`)).size).toBe(1);
    const callbacks = await stage.stored(CALLBACKS);
    expect(callbacks.map((c) => (c.body as { notificationId: string }).notificationId)).toContain(link.notificationId);
    expect((await fetch(`${stage.url}/a/${token.slice(0, -2)}xx`)).status).toBe(404);
  });

  it('tells a person by a page, and a program by a problem, that a link is not valid', async () => {
    const follow = (accept: string) => fetch(`${stage.url}/a/forged`, { headers: { accept } });
    const [person, program] = [await follow('text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'), await follow('*/*')];
    expect([person.status, person.headers.get('content-type'), await person.text()]).toEqual([404, 'text/html; charset=utf-8', expect.stringMatching(/<h1>Not acknowledged<.*link is not valid/s)]);
    expect([program.status, await program.json()]).toEqual([404, expect.objectContaining({ status: 404, instance: '/a/forged' })]);
  });
});

describe('when the bus is away', () => {
  it('spools, answers 202, and forwards in order when it is back; nothing overtakes', async () => {
    const { key } = await integration({ rateLimitPerMinute: 10_000 });
    const send = (i: number) => post('/api/events', trigger('spooled', { payload: { summary: `n${i}`, source: 't', severity: 'info' } }), {
      authorization: `Token token=${key}`,
    });
    await stage.nats.kill('SIGKILL');
    for (let i = 0; i < 20; i += 1) expect((await send(i)).status).toBe(202);
    await stage.nats.restart();
    for (let i = 20; i < 60; i += 1) expect((await send(i)).status).toBe(202);
    await eventually(async () => {
      const seen = [...new Map((await events()).filter((e) => e.dedupKey === 'spooled').map((e) => [e.id, e.summary])).values()];
      return seen.length === 60 && seen.every((summary, i) => summary === `n${i}`);
    }, { withinMs: 20_000, describe: 'all sixty, in order' });
    await eventually(
      async () => (await stage.db.query<{ n: number }>('select count(*) as n from spool'))[0]?.n === 0,
      { withinMs: 5_000, describe: 'an empty spool' },
    );
  }, 60_000);
});
