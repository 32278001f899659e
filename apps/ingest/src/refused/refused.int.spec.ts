import {
  DEAD_LETTERS, EVENTS, REPLAY_REQUESTS, REPLAY_RESULTS, newId, subjects,
  type DeadLetter, type Event, type ReplayRequest, type ReplayResult,
} from '@signalbox/contracts';
import { Stage, earlyInAMinute, eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

const [tenantId, serviceId] = [newId(), newId()];
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema);
  await stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
  await stage.start();
});
afterAll(() => stage.stop());

interface Integration { id: string; key: string }

async function admin<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await stage.call<T>(method, `/api/v1${path}`, { tenantId, body });
  expect([path, answer.status < 300, answer.text]).toEqual([path, true, answer.text]);
  return answer.body;
}
const integration = (type = 'webhook', fields: object = {}) =>
  admin<Integration>('POST', '/integrations', { type, name: 'E', serviceId, rateLimitPerMinute: 10_000, ...fields });

interface Answer { status: number; trace: string | null; body: Record<string, unknown> }

async function post(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${stage.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: body as string });
  return { status: response.status, trace: response.headers.get('x-signalbox-trace'), body: await response.json() as Record<string, unknown> };
}
const send = (
  { id, key }: Integration,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  type = 'webhook',
) => post(`/api/integrations/${type}?integrationId=${id}`, body, { 'x-integration-key': key, ...headers });

const lettersOf = async ({ id }: Integration): Promise<DeadLetter[]> => (await stage.stored(DEAD_LETTERS)).filter(({ integrationId }) => integrationId === id);
const eventsOf = async ({ id }: Integration): Promise<Event[]> =>
  (await stage.stored(EVENTS)).flatMap(({ events }) => events).filter(({ integrationId }) => integrationId === id);

async function replay(letter: DeadLetter, edit: Partial<ReplayRequest> = {}): Promise<ReplayResult> {
  const { tenantId: tenant, kind, payload, raw, headers, subject, traceId, integrationId } = letter;
  const jobId = newId();
  const request: ReplayRequest = {
    jobId, letterId: letter.id, tenantId: tenant, kind, payload, raw: raw!,
    headers, subject, traceId, integrationId: integrationId!, ...edit,
  };
  await stage.bus.publish(subjects.replays('ingest', tenant), REPLAY_REQUESTS.encode(request));
  return eventually(
    async () => (await stage.stored(REPLAY_RESULTS, 'replays.ops.')).find((result) => result.jobId === jobId),
    { withinMs: 10_000, describe: 'the result of the replay' },
  );
}

async function refused(fate: string): Promise<number> {
  const text = await (await fetch(`${stage.url}/metrics`)).text();
  return [...text.matchAll(/^signalbox_ingest_refused_events_total\{(.*)\} (\d+)$/gm)]
    .filter(([, labels]) => labels!.includes(`fate="${fate}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

describe('what a known sender sent and nobody could understand', () => {
  it.each<[string, string, (one: Integration) => Promise<Answer>]>([
    ['a vendor\'s payload', 'not_understood', (one) => send(one, '{"n":1}')],
    ['no JSON', 'malformed_body', (one) => send(one, '{"n":')],
    ['no UTF-8', 'malformed_body', (one) => send(one, Buffer.from([0x22, 0xff, 0x22]))],
    ['an empty body', 'malformed_body', (one) => send(one, '')],
    ['what is neither JSON nor what its type says', 'malformed_body', (one) => send(one, 'a,b', { 'content-type': 'text/csv' })],
    ['the Events API', 'not_understood', ({ key }) => post('/api/events', '{"event_action":"trigger"}', { authorization: `Token token=${key}` })],
    ['the Events API without JSON', 'malformed_body', ({ key }) => post('/api/events', 'hello', { authorization: `Token token=${key}` })],
    ['/v2/enqueue', 'not_understood', ({ key }) => post('/v2/enqueue', JSON.stringify({ routing_key: key, event_action: 'trigger' }))],
    ['/v2/enqueue by its header', 'not_understood', ({ key }) => post('/v2/enqueue', '[]', { 'x-routing-key': key })],
    ['/v2/enqueue without JSON', 'malformed_body', ({ key }) => post('/v2/enqueue', '{', { 'x-routing-key': key })],
  ])('is a letter before the refusal is answered: %s', async (name, reason, sent) => {
    const one = await integration();
    const answer = await sent(one);
    expect(answer.status).toBe(name.startsWith('what is neither') ? 415 : 400);
    const [letter, ...more] = await lettersOf(one);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ kind: 'event', owner: 'ingest', reason, tenantId, traceId: answer.trace });
    expect(JSON.stringify(letter) + Buffer.from(letter!.raw!, 'base64').toString()).not.toContain(one.key);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'object_kind=push'],
    ['text/plain', 'pushed'],
    ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'],
  ])(
    'a source that reads JSON alone ignores no %s kindly: it is a 415 and a letter, and one still when it is replayed as it is', async (contentType, body) => {
      const one = await integration('gitlab');
      expect((await send(one, body, { 'content-type': contentType }, 'gitlab')).status).toBe(415);
      const [letter] = await lettersOf(one);
      expect(letter).toMatchObject({ reason: 'malformed_body' });
      expect(await replay(letter!)).toMatchObject({ outcome: 'failed', reason: 'malformed_body' });
    });

  it('is none without a good credential, and none when it is limited or too large', async () => {
    const one = await integration('webhook', { rateLimitPerMinute: 1 });
    const signed = await integration();
    await admin('PUT', `/integrations/${signed.id}/signature-secret`, { secret: 'a secret of eight' });
    expect((await send({ ...one, key: 'wrong' }, '{}')).status).toBe(401);
    expect((await send(signed, '{}')).status).toBe(401);
    expect((await post('/v2/enqueue', JSON.stringify({ routing_key: signed.key }))).status).toBe(400);
    expect((await post('/v2/enqueue', JSON.stringify({ routing_key: '0'.repeat(32) }))).trace).toBeNull();
    await earlyInAMinute();
    expect((await send(one, `"${'x'.repeat(524_288)}"`)).status).toBe(413);
    expect((await send(one, '{}')).status).toBe(429);
    await admin('PATCH', `/integrations/${one.id}`, { enabled: false });
    expect((await post('/v2/enqueue', JSON.stringify({ routing_key: one.key }))).body).toMatchObject({ status: 'invalid event' });
    expect([...await lettersOf(one), ...await lettersOf(signed)]).toEqual([]);
    const body = '{"by":"signature alone"}';
    const signature = createHmac('sha256', 'a secret of eight').update(body).digest('hex');
    expect((await post(`/api/integrations/webhook?integrationId=${signed.id}`, body, { 'x-signature': signature })).status).toBe(400);
    expect(await lettersOf(signed)).toHaveLength(1);
  });

  it('is kept once, and counted each time', async () => {
    const one = await integration();
    const [kept, repeated] = [await refused('kept'), await refused('repeat')];
    const answers = await Promise.all([1, 2, 3].map(() => send(one, '{"same":1}')));
    expect(new Set(answers.map(({ trace }) => trace)).size).toBe(1);
    expect(await lettersOf(one)).toHaveLength(1);
    expect([await refused('kept'), await refused('repeat')]).toEqual([kept + 1, repeated + 2]);
  });

  it('of many alerts, those that are not understood are kept, and the others accepted', async () => {
    const one = await integration('prometheus');
    const alert = (fingerprint: string) => ({ status: 'firing', labels: { alertname: 'Down' }, annotations: {}, fingerprint });
    const answer = await send(one, JSON.stringify({ version: '4', status: 'firing', alerts: [alert('a1'), { status: 'firing' }] }), {}, 'prometheus');
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, rejected: [{ index: 1 }] } });
    expect(await lettersOf(one)).toEqual([
      expect.objectContaining({ reason: 'partly_not_understood', detail: expect.stringContaining('alerts[1]'), traceId: answer.trace }),
    ]);
    expect(await eventsOf(one)).toHaveLength(1);
  });
});

describe('a replay', () => {
  it('reads the bytes by the mapping as it is now, at the time at which they came, and only once', async () => {
    const one = await integration('webhook', { mapping: { summaryField: 'wrong' } });
    const body = '{ "what": "Disk full", "n": 1e400, "größe": "\\u0000" }';
    await send(one, body);
    const [letter] = await lettersOf(one);
    expect(Buffer.from(letter!.raw!, 'base64').toString()).toBe(body);
    expect(await replay(letter!)).toMatchObject({ outcome: 'failed', reason: 'not_understood', letterId: letter!.id });
    expect(await eventsOf(one)).toEqual([]);

    await admin('PATCH', `/integrations/${one.id}`, { mapping: { summaryField: 'what' } });
    expect(await replay(letter!)).toMatchObject({ outcome: 'delivered', tenantId });
    expect(await replay(letter!)).toMatchObject({ outcome: 'delivered' });
    const events = await eventsOf(one);
    expect(events[0]).toMatchObject({ summary: 'Disk full', acceptedAt: letter!.diedAt, traceId: letter!.traceId, scopeId: one.id, serviceId });
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it('goes by the table, so that what another gateway changed a moment ago counts', async () => {
    const one = await integration('webhook', { mapping: { summaryField: 'wrong' } });
    await send(one, '{"what":"Disk full"}');
    await stage.db.query(`update integrations set config = '{"summaryField":"what"}', version = version + 1 where id = $1`, [one.id]);
    expect(await replay((await lettersOf(one))[0]!)).toMatchObject({ outcome: 'delivered' });
  });

  it('gives what was accepted of a body the ids that it had', async () => {
    const one = await integration('webhook', { mapping: { summaryField: 'a' } });
    await send(one, '[{"b":"second"},{"a":"first"}]');
    await admin('PATCH', `/integrations/${one.id}`, { mapping: { summaryField: 'b', dedupKeyField: 'key' } });
    expect(await replay((await lettersOf(one))[0]!, {
      raw: Buffer.from('[{"b":"second"},{"b":"first"}]').toString('base64'),
    })).toMatchObject({ outcome: 'delivered' });
    const ids = (await eventsOf(one)).map(({ id, summary }) => `${summary} ${id}`);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(2);
  });

  it('takes what an operator has made of the payload', async () => {
    const one = await integration();
    await send(one, '{"broken":');
    const { raw: _raw, ...letter } = (await lettersOf(one))[0]!;
    expect(await replay(letter, { payload: { title: 'Mended by hand' } })).toMatchObject({ outcome: 'delivered' });
    expect(await eventsOf(one)).toEqual([expect.objectContaining({ summary: 'Mended by hand' })]);
  });

  it('dies again when the integration is disabled or gone, or the letter is none of ours', async () => {
    const one = await integration();
    await send(one, '{}');
    const [letter] = await lettersOf(one);
    await admin('PATCH', `/integrations/${one.id}`, { enabled: false });
    expect(await replay(letter!)).toMatchObject({ outcome: 'failed', reason: 'integration_disabled' });
    await admin('PATCH', `/integrations/${one.id}`, { enabled: true });
    expect(await replay(letter!, { subject: 'events.x.1' })).toMatchObject({ outcome: 'failed', reason: 'unprocessable' });
    await admin('DELETE', `/integrations/${one.id}`);
    expect(await replay(letter!)).toMatchObject({ outcome: 'failed', reason: 'integration_deleted' });
  });
});

describe('when the bus is away', () => {
  it('the letter waits in Postgres, is on the bus when it is back, and another gateway knows it by its id', async () => {
    const one = await integration();
    await stage.nats.kill('SIGKILL');
    const answer = await send(one, '{"lost":false}');
    expect([answer.status, answer.trace !== null]).toEqual([400, true]);
    expect(await stage.db.query('select 1 from outbox where subject = $1', [subjects.deadLetters(tenantId)])).toHaveLength(1);
    await stage.nats.restart();
    const letter = await eventually(async () => (await lettersOf(one))[0], { withinMs: 15_000, describe: 'the letter' });
    expect(letter).toMatchObject({ traceId: answer.trace, payload: { lost: false } });
    await stage.end();
    await stage.start();
    expect((await send(one, '{"lost":false}')).status).toBe(400);
    expect(new Set((await lettersOf(one)).map(({ id }) => id))).toEqual(new Set([letter!.id]));
  }, 60_000);

  it('and Postgres too: 503, for nothing was stored, and 400 when it is', async () => {
    const one = await integration();
    await send(one, '{"title":"known"}');
    await stage.db.query('alter table ingest.outbox rename to outbox_away');
    await stage.nats.kill('SIGKILL');
    expect((await send(one, '{"n":1}')).status).toBe(503);
    await stage.db.query('alter table ingest.outbox_away rename to outbox');
    expect((await send(one, '{"n":1}')).status).toBe(400);
    await stage.nats.restart();
    await eventually(async () => (await lettersOf(one)).length === 1, { withinMs: 15_000, describe: 'the letter' });
  }, 60_000);
});
