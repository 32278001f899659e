import {
  CHANGES, DEAD_LETTERS, EVENTS, REPLAY_REQUESTS, REPLAY_RESULTS, newId, subjects,
  type ChangeEvent, type DeadLetter, type Event, type ReplayRequest, type ReplayResult,
} from '@signalbox/contracts';
import { Stage, earlyInAMinute, eventually } from '@signalbox/testing';
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
const integration = (type = 'prometheus', fields: object = {}) =>
  admin<Integration>('POST', '/integrations', { type, name: 'E', serviceId, rateLimitPerMinute: 10_000, ...fields });

interface Answer { status: number; text: string; headers: Headers; trace: string | null }

async function ask(method: string, path: string, { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
  const response = await fetch(`${stage.url}${path}`, {
    method, headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers, trace: response.headers.get('x-signalbox-trace') };
}

const lettersOf = async ({ id }: Integration): Promise<DeadLetter[]> => (await stage.stored(DEAD_LETTERS)).filter(({ integrationId }) => integrationId === id);
const eventsOf = async ({ id }: Integration): Promise<Event[]> =>
  (await stage.stored(EVENTS)).flatMap(({ events }) => events).filter(({ integrationId }) => integrationId === id);
const changesOf = async ({ id }: Integration): Promise<ChangeEvent[]> =>
  (await stage.stored(CHANGES)).flatMap(({ changes }) => changes).filter(({ integrationId }) => integrationId === id);

async function replay(letter: DeadLetter, payload: unknown): Promise<ReplayResult> {
  const { id: letterId, kind, headers, subject, traceId, integrationId } = letter;
  const request: ReplayRequest = { jobId: newId(), letterId, tenantId, kind, payload, headers, subject, traceId, integrationId: integrationId! };
  await stage.bus.publish(subjects.replays('ingest', tenantId), REPLAY_REQUESTS.encode(request));
  return eventually(
    async () => (await stage.stored(REPLAY_RESULTS, 'replays.ops.')).find(({ jobId }) => jobId === request.jobId),
    { withinMs: 10_000, describe: 'the result' },
  );
}

describe('POST /api/v2/alerts', () => {
  const alert = (name: string, more: object = {}) => ({
    labels: { alertname: name, severity: 'critical' },
    annotations: { summary: 'Down' }, startsAt: '2026-11-21T09:00:00Z', endsAt: '0001-01-01T00:00:00Z',
    ...more,
  });
  const bearer = ({ key }: Integration): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const alerts = (body: unknown, headers: Record<string, string>) => ask('POST', '/api/v2/alerts', { body, headers });
  const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

  it('stores what Prometheus posts, with its key as bearer token or password, and answers 200 with nothing', async () => {
    const one = await integration();
    const credentials = [bearer(one), { authorization: `Basic ${Buffer.from(`prometheus:${one.key}`).toString('base64')}` }];
    for (const headers of credentials) {
      const answer = await alerts([alert('Down', { endsAt: inMinutes(4) })], headers);
      expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([200, '', '0']);
    }
    await alerts([alert('Down', { endsAt: inMinutes(-1) }), alert('Other')], bearer(one));
    const events = await eventsOf(one);
    expect(events.map(({ action, details }) => [action, (details.labels as { alertname: string }).alertname])).toEqual([
      ['trigger', 'Down'], ['trigger', 'Down'], ['resolve', 'Down'], ['trigger', 'Other'],
    ]);
    expect(new Set(events.slice(0, 3).map(({ dedupKey }) => dedupKey)).size).toBe(1);
  });

  it('an empty list is fine, as it is for Alertmanager', async () => {
    expect(await alerts([], bearer(await integration()))).toMatchObject({ status: 200, text: '' });
  });

  it('says in Alertmanager\'s words what is wrong', async () => {
    const one = await integration();
    const disabled = await integration('prometheus', { enabled: false });
    const limited = await integration('prometheus', { rateLimitPerMinute: 1 });
    await earlyInAMinute();
    await alerts([], bearer(limited));
    const code = async (answer: Promise<Answer>): Promise<unknown> => {
      const { status, text } = await answer;
      expect(JSON.parse(text)).toEqual({ code: status, message: expect.any(String) });
      return status;
    };
    expect(await code(alerts([alert('x')], {}))).toBe(401);
    expect(await code(alerts([alert('x')], { authorization: `Bearer ${'0'.repeat(32)}` }))).toBe(401);
    expect(await code(alerts([alert('x')], bearer(disabled)))).toBe(403);
    expect(await code(alerts([alert('x')], bearer(limited)))).toBe(429);
    expect(await code(alerts([alert('x')], bearer(await integration('webhook'))))).toBe(400);
    expect(await code(alerts('a: b', { ...bearer(one), 'content-type': 'application/yaml' }))).toBe(400);
    expect(await code(alerts(`"${'x'.repeat(524_288)}"`, bearer(one)))).toBe(413);
    expect(await code(alerts('[{', bearer(one)))).toBe(400);
    expect(await code(alerts({ alerts: [] }, bearer(one)))).toBe(400);
    expect(await code(ask('GET', '/api/v2/alerts', { headers: bearer(one) }))).toBe(405);
    expect(await eventsOf(one)).toEqual([]);
  });

  it('of a list that is understood in part the rest is kept, answered 400, and read again by a replay', async () => {
    const one = await integration();
    const answer = await alerts([alert('Taken'), { labels: {} }], bearer(one));
    expect([answer.status, JSON.parse(answer.text)]).toEqual([400, expect.stringContaining('alerts[1].labels')]);
    expect((await eventsOf(one)).map(({ summary }) => summary)).toEqual(['Taken: Down']);
    const [letter] = await lettersOf(one);
    expect(letter).toMatchObject({
      reason: 'partly_not_understood', traceId: answer.trace, subject: 'POST /api/v2/alerts',
      attempts: [{ response: { status: 400 } }],
    });

    // What was over when it came is over; what was not is not, whenever it is read again.
    const mended = [
      alert('Taken'), alert('Over', { endsAt: new Date(Date.parse(letter!.diedAt) - 1).toISOString() }),
      alert('Firing', { endsAt: new Date(Date.parse(letter!.diedAt) + 1).toISOString() }),
    ];
    expect(await replay(letter!, mended)).toMatchObject({ outcome: 'delivered' });
    const events = await eventsOf(one);
    expect(events.slice(1).map(({ action, summary }) => `${action} ${summary}`)).toEqual(expect.arrayContaining([
      'trigger Taken: Down', 'resolve Over: Down', 'trigger Firing: Down',
    ]));
    expect(new Set(events.filter(({ summary }) => summary.startsWith('Taken')).map(({ id }) => id)).size).toBe(1);
  });

  it('a Prometheus and an amtool find what they look for', async () => {
    expect(await ask('GET', '/-/healthy')).toMatchObject({ status: 200, text: 'OK' });
    expect(await ask('HEAD', '/-/ready')).toMatchObject({ status: 200, text: '' });
    const { status, text } = await ask('GET', '/api/v2/status');
    expect([status, JSON.parse(text)]).toEqual([
      200,
      expect.objectContaining({ cluster: { status: 'disabled', peers: [] }, config: { original: '' }, uptime: expect.stringMatching(/Z$/) }),
    ]);
  });
});

describe('POST /v2/change/enqueue', () => {
  const PATH = '/v2/change/enqueue';
  const body = {
    payload: { summary: 'Deployed shop 2.4', source: 'ci', timestamp: '2026-11-21T09:00:00Z', custom_details: { build: 812 } },
    links: [{ href: 'https://ci.example.com/812', text: 'Build' }],
  };

  it('answers as PagerDuty does once the change event is stored; it is no event', async () => {
    const one = await integration('events');
    const answer = await ask('POST', PATH, { body: { ...body, routing_key: one.key } });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([202, { status: 'success', message: 'Change event processed' }]);
    expect(await changesOf(one)).toEqual([{
      id: expect.any(String), traceId: answer.trace, serviceId, integrationId: one.id,
      summary: 'Deployed shop 2.4', source: 'ci', occurredAt: '2026-11-21T09:00:00.000Z',
      acceptedAt: expect.any(String), details: { build: 812 }, links: body.links,
    }]);
    expect(await eventsOf(one)).toEqual([]);
  });

  it('a repeat with the same Idempotency-Key is the same change event', async () => {
    const one = await integration('events');
    const headers = { 'x-routing-key': one.key, 'idempotency-key': 'build-812' };
    const answers = [await ask('POST', PATH, { body, headers }), await ask('POST', PATH, { body, headers })];
    expect(new Set(answers.map(({ trace }) => trace)).size).toBe(1);
    expect(new Set((await changesOf(one)).map(({ id }) => id)).size).toBe(1);
  });

  it('what is refused is a dead letter, and a replay makes it a change event of the time at which it came', async () => {
    const one = await integration('events');
    const answer = await ask('POST', PATH, { body: { routing_key: one.key, payload: { source: 'ci' } } });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      { status: 'invalid event', message: 'Event object is invalid', errors: ["'payload.summary' is missing or blank"] },
    ]);
    expect(JSON.parse((await ask('POST', PATH, { body: '{', headers: { 'x-routing-key': one.key } })).text)).toMatchObject({ status: 'Unrecognized object' });
    const letters = await lettersOf(one);
    expect(letters.map(({ reason }) => reason)).toEqual(['not_understood', 'malformed_body']);
    expect(JSON.stringify(letters)).not.toContain(one.key);

    const [letter] = letters;
    expect(await replay(letter!, { payload: { source: 'ci' } })).toMatchObject({ outcome: 'failed', reason: 'not_understood' });
    for (let twice = 0; twice < 2; twice += 1) expect(await replay(letter!, body)).toMatchObject({ outcome: 'delivered' });
    const changes = await changesOf(one);
    expect(changes[0]).toMatchObject({ summary: 'Deployed shop 2.4', acceptedAt: letter!.diedAt, traceId: answer.trace });
    expect(new Set(changes.map(({ id }) => id)).size).toBe(1);
  });

  it('an unknown or disabled key is PagerDuty\'s 400, and nothing is kept', async () => {
    const disabled = await integration('events', { enabled: false });
    for (const routing_key of ['0'.repeat(32), disabled.key]) {
      expect(JSON.parse((await ask('POST', PATH, { body: { ...body, routing_key } })).text)).toMatchObject({
        status: 'invalid event',
        errors: ["'routing_key' is unknown or disabled"],
      });
    }
    expect([...await lettersOf(disabled), ...await changesOf(disabled)]).toEqual([]);
  });
});

describe('the limit of an integration', () => {
  const quotaOf = ({ status, headers }: Answer) => [status, ...['limit', 'remaining', 'reset'].map((name) => headers.get(`x-ratelimit-${name}`))];

  it('is told on every answer to it, good or bad, whatever way it came, and counted over all of them', async () => {
    const one = await integration('prometheus', { rateLimitPerMinute: 6 });
    const event = { event_action: 'trigger', payload: { summary: 's', source: 's', severity: 'info' } };
    const authorization = `Bearer ${one.key}`;
    const asked = [
      () => ask('POST', '/api/events', { body: event, headers: { authorization } }),
      () => ask('POST', '/v2/enqueue', { body: { ...event, routing_key: one.key } }),
      () => ask('POST', '/v2/change/enqueue', { body: { payload: {} }, headers: { 'x-routing-key': one.key } }),
      () => ask('POST', '/api/v2/alerts', { body: [], headers: { authorization } }),
      () => ask('POST', `/api/integrations/prometheus?integrationId=${one.id}`, { body: '{', headers: { authorization } }),
      () => ask('POST', '/api/v2/alerts', { body: 'x', headers: { authorization, 'content-type': 'text/csv' } }),
      () => ask('POST', '/api/events', { body: event, headers: { authorization } }),
    ];
    await earlyInAMinute();
    const answers: Answer[] = [];
    for (const one of asked) answers.push(await one());
    const reset = expect.stringMatching(/^\d+$/);
    expect(answers.map(quotaOf)).toEqual([
      [202, '6', '5', reset], [202, '6', '4', reset], [400, '6', '3', reset], [200, '6', '2', reset],
      [400, '6', '1', reset], [400, '6', '0', reset], [429, '6', '0', reset],
    ]);
    const last = answers.at(-1)!.headers;
    expect(last.get('retry-after')).toBe(last.get('x-ratelimit-reset'));
    expect((await ask('POST', '/api/events', { body: event })).headers.get('x-ratelimit-limit')).toBeNull();
  });
});
