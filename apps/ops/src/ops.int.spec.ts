import { hashKey, newApiKey, type Identity, type Role } from '@signalbox/access';
import {
  DEAD_LETTERS, REPLAY_REQUESTS, REPLAY_RESULTS, newId, questions,
  subjects, type DeadLetter, type ReplayRequest, type ReplayResult,
} from '@signalbox/contracts';
import { enqueue } from '@signalbox/database';
import { directoryMessage } from '@signalbox/messaging';
import { Stage, eventually, type Answered } from '@signalbox/testing';
import { AckPolicy, connect, type NatsConnection } from 'nats';
import { service } from './app.module.js';
import { schema } from './schema.js';
import { SESSION_COOKIE } from './http/who-asks.js';
import { requestMessage } from './replay/runner.js';
import { claim, takeJob } from './store/replay-runs.js';
import { Retention } from './store/retention.js';

let stage: Stage;
let client: NatsConnection;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { STREAM_MAX_MEGABYTES: '256' });
  client = await connect({ servers: stage.nats.url });
  await stage.start();
  await startOwner();
});

afterAll(async () => {
  await client.close();
  await stage.stop();
});

/** The far end of replays: remembers every request, and answers as the test says. */
const owner = { got: [] as ReplayRequest[], answer: (_request: ReplayRequest): Partial<ReplayResult> | undefined => ({ outcome: 'delivered' }) };

async function startOwner(): Promise<void> {
  await eventually(async () => (await stage.bus.manager()).streams.info('REPLAYS'), { describe: 'the stream' });
  const subscription = client.subscribe('replays.delivery.*');
  void (async () => {
    for await (const message of subscription) {
      const request = REPLAY_REQUESTS.decode(message.data);
      owner.got.push(request);
      const answer = owner.answer(request);
      if (answer !== undefined) void result(request, answer);
    }
  })();
}

async function result(request: ReplayRequest, answer: Partial<ReplayResult>): Promise<void> {
  const { jobId, letterId, tenantId } = request;
  await stage.bus.publish(subjects.replays('ops', tenantId), REPLAY_RESULTS.encode({
    jobId, letterId, tenantId, outcome: 'delivered', attempts: [], at: new Date().toISOString(), ...answer,
  }));
}

beforeEach(() => {
  owner.got = [];
  owner.answer = () => ({ outcome: 'delivered' });
});

function letter(tenantId: string, change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: newId(), tenantId, kind: 'route', owner: 'delivery', reason: 'far_side_error',
    detail: 'HTTP 500', subject: `routes.${tenantId}`, payload: { topic: 'devices/7', value: 91 },
    headers: { traceparent: 'x' }, attempts: [attempt(1)], traceId: newId(), routeId: ROUTE,
    destinationHost: 'hooks.example.com', diedAt: new Date().toISOString(), ...change,
  };
}
const ROUTE = newId();

function attempt(number: number, startedAt = `2026-11-21T09:30:0${number}.000Z`): DeadLetter['attempts'][number] {
  return { number, startedAt, durationMs: 5, outcome: 'retry', reason: 'far_side_error' };
}

async function publish(...letters: DeadLetter[]): Promise<void> {
  await stage.bus.ready();
  for (let i = 0; i < letters.length; i += 500) {
    await Promise.all(letters.slice(i, i + 500).map((l) => stage.bus.publish(subjects.deadLetters(l.tenantId), DEAD_LETTERS.encode(l))));
  }
}

/** A tenant with letters that have arrived. */
async function tenantWith(count: number, change: (index: number) => Partial<DeadLetter> = () => ({})): Promise<{ tenantId: string; letters: DeadLetter[] }> {
  const tenantId = newId();
  const letters = Array.from({ length: count }, (_, index) =>
    letter(tenantId, { diedAt: new Date(Date.UTC(2026, 10, 21, 9, 0, 0, index)).toISOString(), ...change(index) }));
  await publish(...letters);
  await eventually(async () => (await dead(tenantId)).total === count, { withinMs: 30_000, describe: `${count} letters` });
  return { tenantId, letters };
}

async function dead(tenantId: string): Promise<Record<string, number>> {
  const rows = await stage.db.query<{ state: string; n: number }>(
    'select state, count(*) as n from dead_letter_messages where tenant_id = $1 group by state',
    [tenantId],
  );
  return { total: rows.reduce((sum, row) => sum + row.n, 0), ...Object.fromEntries(rows.map((row) => [row.state, row.n])) };
}

type Body = Record<string, unknown> & { data: Record<string, unknown>[] };
interface Called { json?: unknown; method?: string; role?: Role; platform?: boolean; headers?: Record<string, string> }

const call = (tenantId: string, path: string, { json, method = json === undefined ? 'GET' : 'POST', ...as }: Called = {}) =>
  stage.call<Body>(method, path, { tenantId, body: json, ...as });

const LETTERS = '/api/v1/customer/dead-letter';
const JOBS = '/api/v1/replay-jobs';

async function jobIs(tenantId: string, id: unknown, expected: object, withinMs = 10_000): Promise<Body> {
  let seen: Answered<Body> | undefined;
  await eventually(async () => { seen = await call(tenantId, `${JOBS}/${String(id)}`); expect(seen.body).toMatchObject(expected); return true; }, {
    withinMs, describe: `a job like ${JSON.stringify(expected)}`,
  });
  return seen!.body;
}

describe('dead letters', () => {
  it('a letter that is published twice is stored once; one that dies again is dead again with its new attempts appended', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    await publish(first!);
    const diedAt = new Date(Date.parse(first!.diedAt) + 60_000).toISOString();
    await publish({ ...first!, payload: { edited: true }, reason: 'timeout', attempts: [attempt(1), attempt(2)], diedAt });
    await eventually(async () => (await call(tenantId, `${LETTERS}/${first!.id}`)).body.reason === 'timeout');
    const { body } = await call(tenantId, `${LETTERS}/${first!.id}`);
    expect(body).toMatchObject({ state: 'dead', diedAt, payload: first!.payload, attempts: [attempt(1), attempt(2)] });
    expect((await call(tenantId, LETTERS)).body.data).toHaveLength(1);
  });

  it('keeps what JSON in Postgres cannot hold, to the letter, and original bytes', async () => {
    const payload = { zebra: 1, alpha: 'nul \u0000 and half \ud800 a character' };
    const { tenantId, letters: [first] } = await tenantWith(1, () => ({ payload, raw: Buffer.from([0, 255, 1]).toString('base64') }));
    const { body } = await call(tenantId, `${LETTERS}/${first!.id}`);
    expect(JSON.stringify(body.payload)).toBe(JSON.stringify(payload));
    expect(body.raw).toBe(Buffer.from([0, 255, 1]).toString('base64'));
  });

  it('keeps the bytes of a letter that nobody can read', async () => {
    const tenantId = newId();
    await stage.bus.publish(subjects.deadLetters(tenantId), Buffer.from('not json'));
    await eventually(async () => (await dead(tenantId)).total === 1);
    const { body: { data: [only] } } = await call(tenantId, LETTERS);
    expect(only).toMatchObject({ reason: 'unreadable_letter', owner: 'ops', raw: Buffer.from('not json').toString('base64') });
    expect((await call(tenantId, `${LETTERS}/${String(only!.id)}/replay`, { json: {} })).status).toBe(409);
  });

  it('filters by every field, pages by cursor, and refuses parameters that it does not know', async () => {
    const [channelId, integrationId] = [newId(), newId()];
    const { tenantId, letters } = await tenantWith(6, (i) => [
      {}, { kind: 'notification' as const, channelId }, { kind: 'event' as const, integrationId },
      { reason: 'timeout' }, { destinationHost: 'other.example.com' }, { payload: { name: '50%_off' } },
    ][i]!);
    const matching = async (query: string): Promise<number[]> => {
      const { body } = await call(tenantId, `${LETTERS}?${query}`);
      return body.data.map((row) => letters.findIndex((l) => l.id === row.id)).sort();
    };
    expect(await matching('kind=notification')).toEqual([1]);
    expect(await matching('kind=notification&kind=event')).toEqual([1, 2]);
    expect(await matching(`channelId=${channelId}`)).toEqual([1]);
    expect(await matching(`integrationId=${integrationId}`)).toEqual([2]);
    expect(await matching('reason=timeout')).toEqual([3]);
    expect(await matching('destinationHost=other.example.com')).toEqual([4]);
    expect(await matching(`text=${encodeURIComponent('50%_o')}`)).toEqual([5]);
    expect(await matching(`since=${letters[4]!.diedAt}`)).toEqual([4, 5]);
    expect(await matching(`until=${letters[2]!.diedAt}`)).toEqual([0, 1]);
    expect(await matching('state=replayed')).toEqual([]);
    expect(await matching(`routeId=${newId()}`)).toEqual([]);
    const first = await call(tenantId, `${LETTERS}?limit=4`);
    const second = await call(tenantId, `${LETTERS}?limit=4&cursor=${String(first.body.nextCursor)}`);
    expect([...first.body.data, ...second.body.data].map((row) => row.id)).toEqual(letters.map((l) => l.id).reverse());
    expect(second.body.nextCursor).toBeNull();
    expect((await call(tenantId, `${LETTERS}?sate=dead`)).body).toMatchObject({ status: 400, errors: [{ path: 'sate' }] });
  });

  it('counts by group and by time', async () => {
    const { tenantId } = await tenantWith(5, (i) => ({ reason: i < 3 ? 'timeout' : 'far_side_error', diedAt: `2026-11-21T0${i}:10:00.000Z` }));
    const { body } = await call(tenantId, `${LETTERS}/summary?by=reason,routeId`);
    expect(body.data).toEqual([{ count: 3, reason: 'timeout', routeId: ROUTE }, { count: 2, reason: 'far_side_error', routeId: ROUTE }]);
    const hours = await call(tenantId, `${LETTERS}/summary?bucket=hour&reason=timeout`);
    expect(hours.body.data).toEqual([0, 1, 2].map((hour) => ({ count: 1, bucket: `2026-11-21T0${hour}:00:00.000Z` })));
    expect((await call(tenantId, `${LETTERS}/summary?by=colour`)).status).toBe(400);
  });

  it('a purge must repeat the count, and takes nothing otherwise', async () => {
    const { tenantId, letters } = await tenantWith(4, (i) => ({ reason: i < 3 ? 'timeout' : 'far_side_error' }));
    const filter = { reason: 'timeout' };
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter, dryRun: true } })).body).toEqual({ dryRun: true, count: 3 });
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter } })).status).toBe(400);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter, count: 2 } })).body)
      .toMatchObject({ status: 409, detail: expect.stringContaining('3') });
    expect((await dead(tenantId)).total).toBe(4);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter, ids: [letters[0]!.id], count: 1 } })).status).toBe(400);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter, count: 3 } }))).toMatchObject({ status: 200, body: { count: 3 } });
    expect((await call(tenantId, `${LETTERS}/${letters[3]!.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await dead(tenantId)).total).toBe(0);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { olderThanDays: 0, dryRun: true } })).body.count).toBe(0);
  });

  it('lets go of what is past its retention, but not of what is on its way', async () => {
    const { tenantId, letters } = await tenantWith(3, (i) => ({ diedAt: new Date(Date.now() - (i === 0 ? 1 : 91) * 86_400_000).toISOString() }));
    await stage.db.query(`update dead_letter_messages set state = 'replaying' where tenant_id = $1 and id = $2`, [tenantId, letters[1]!.id]);
    const job = newId();
    await stage.db.query(
      `insert into replay_jobs (id, tenant_id, state, selection, total, started_by, started_at, finished_at)
       values ($1, $2, 'done', '{}', 0, '{}', now(), now() - interval '91 days')`,
      [job, tenantId],
    );
    await new Retention(stage.db, 90, () => undefined).sweep();
    const kept = await stage.db.query<{ id: string }>('select id from dead_letter_messages where tenant_id = $1', [tenantId]);
    expect(kept.map((row) => row.id).sort()).toEqual([letters[0]!.id, letters[1]!.id].sort());
    expect((await call(tenantId, `${JOBS}/${job}`)).status).toBe(404);
  });

  it('exports 10,000 letters as a stream', async () => {
    const { tenantId, letters } = await tenantWith(10_000);
    const identity: Identity = { tenantId, subject: { type: 'user', id: newId(), name: 'Ada' }, role: 'viewer', scopes: [] };
    const response = await fetch(`${stage.url}${LETTERS}/export`, { headers: await stage.identity(identity) });
    expect(response.headers.get('content-length')).toBeNull();
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string });
    expect(new Set(lines.map((line) => line.id))).toEqual(new Set(letters.map((l) => l.id)));
    expect(lines).toHaveLength(10_000);
  }, 60_000);
});

describe('replay', () => {
  it('a dry run counts and shows some, and creates nothing', async () => {
    const { tenantId } = await tenantWith(8);
    const { status, body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: {}, dryRun: true } });
    expect({ status, count: body.count, sample: (body.sample as unknown[]).length }).toEqual({ status: 200, count: 8, sample: 5 });
    expect((await call(tenantId, JOBS)).body.data).toEqual([]);
  });

  it('one letter goes to its owner whole, and is replayed when it is delivered', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    const { status, body } = await call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: {} });
    expect({ status, total: body.total }).toEqual({ status: 202, total: 1 });
    await jobIs(tenantId, body.id, { state: 'done', done: 1, etaSeconds: 0, finishedAt: expect.any(String) });
    expect(owner.got).toEqual([expect.objectContaining({
      jobId: body.id, letterId: first!.id, payload: first!.payload,
      routeId: ROUTE, headers: first!.headers, traceId: first!.traceId,
    })]);
    expect((await call(tenantId, `${LETTERS}/${first!.id}`)).body).toMatchObject({ state: 'replayed', replayJobId: body.id });
    expect((await call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: {} })).status).toBe(409);
  });

  it('an edited payload and another route go out; the letter keeps its own and is dead again when that fails', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    owner.answer = () => ({ outcome: 'failed', reason: 'target_deleted', detail: 'no such route', attempts: [attempt(4)] });
    const other = newId();
    const answers = client.subscribe(questions.directory('routes'), {
      callback: (_e, m) => m.respond(JSON.stringify({ kind: 'routes', key: other, version: 1, value: { id: other, tenantId } })),
    });
    const { body } = await call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: { payload: { mended: true }, routeId: other } });
    answers.unsubscribe();
    await jobIs(tenantId, body.id, { state: 'done', failed: 1, edited: true, routeId: other });
    expect(owner.got).toMatchObject([{ payload: { mended: true }, routeId: other }]);
    expect((await call(tenantId, `${LETTERS}/${first!.id}`)).body).toMatchObject({
      state: 'dead', reason: 'target_deleted', detail: 'no such route',
      payload: first!.payload, attempts: [attempt(1), attempt(4)],
    });
  });

  it('goes to no route of another tenant: a 400 that names the field, and a 503 while nobody can say whose it is', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    const replay = (routeId: string) => call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: { routeId } });
    expect((await replay(newId())).status).toBe(503);
    const answers = client.subscribe(questions.directory('routes'), {
      callback: (_e, m) => m.respond(JSON.stringify({
        kind: 'routes', key: (m.json() as { key: string }).key, version: 1,
        value: { id: (m.json() as { key: string }).key, tenantId: newId() },
      })),
    });
    expect(await replay(newId())).toMatchObject({ status: 400, body: { errors: [{ path: 'routeId' }] } });
    answers.unsubscribe();
  });

  it('takes a selection by ids, and says why it skips the others', async () => {
    const { tenantId, letters } = await tenantWith(3);
    const one = await call(tenantId, `${LETTERS}/replay`, { json: { ids: [letters[0]!.id] } });
    await jobIs(tenantId, one.body.id, { state: 'done', done: 1 });
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { ids: [letters[0]!.id, letters[1]!.id, newId()] } });
    await jobIs(tenantId, body.id, { state: 'done', total: 3, done: 1, skipped: 2 });
    const items = (query: string) => call(tenantId, `${JOBS}/${String(body.id)}/items?${query}`);
    expect((await items('state=skipped')).body.data.map((item) => item.reason).sort()).toEqual(['already_replayed', 'not_found']);
    const first = await items('limit=2');
    const rest = await items(`limit=2&cursor=${String(first.body.nextCursor)}`);
    expect([...first.body.data, ...rest.body.data].map((item) => item.letterId).slice(0, 2)).toEqual([letters[0]!.id, letters[1]!.id]);
    expect([first.body.data.length, rest.body.data.length, rest.body.nextCursor]).toEqual([2, 1, null]);
    expect(owner.got.map((r) => r.letterId)).toEqual([letters[0]!.id, letters[1]!.id]);
  });

  it('by filter: oldest first, paced, paused, resumed, cancelled; what was on its way comes to its end', async () => {
    const { tenantId, letters } = await tenantWith(60);
    owner.answer = () => undefined;
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: { reason: ['far_side_error'] }, ratePerSecond: 20 } });
    const begun = Date.now();
    await eventually(() => owner.got.length >= 5);
    expect(Date.now() - begun).toBeGreaterThan(100);
    expect((await call(tenantId, `${JOBS}/${String(body.id)}/pause`, { json: {} })).body.state).toBe('paused');
    const atPause = await sentOf(body.id);
    await new Promise((done) => { setTimeout(done, 400); });
    expect(await sentOf(body.id)).toBe(atPause);
    expect(atPause).toBeLessThan(60);
    expect((await call(tenantId, `${JOBS}/${String(body.id)}/resume`, { json: {} })).body.state).toBe('running');
    await eventually(async () => (await sentOf(body.id)) > atPause);
    const cancelled = await call(tenantId, `${JOBS}/${String(body.id)}/cancel`, { json: {} });
    expect(cancelled.body).toMatchObject({ state: 'cancelled' });
    const sent = await sentOf(body.id);
    await jobIs(tenantId, body.id, { skipped: 60 - sent, finishedAt: null });
    expect((await call(tenantId, `${JOBS}/${String(body.id)}/resume`, { json: {} })).status).toBe(409);
    await eventually(() => owner.got.length === sent);
    expect(owner.got.map((r) => r.letterId)).toEqual(letters.slice(0, sent).map((l) => l.id));
    await Promise.all(owner.got.map((request) => result(request, {})));
    await jobIs(tenantId, body.id, { state: 'cancelled', done: sent, finishedAt: expect.any(String) });
    expect(await dead(tenantId)).toEqual({ total: 60, dead: 60 - sent, replayed: sent });
  });

  it('a restart in the middle sends none twice and finishes', async () => {
    const { tenantId } = await tenantWith(3_000);
    owner.answer = () => undefined;
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: {}, ratePerSecond: 2_000 } });
    await eventually(() => owner.got.length > 300);
    await stage.end();
    const before = owner.got.length;
    expect(before).toBeLessThan(3_000);
    await stage.start();
    await eventually(() => owner.got.length >= 3_000, { withinMs: 20_000, describe: 'all are sent' });
    for (const request of owner.got) await result(request, {});
    await jobIs(tenantId, body.id, { state: 'done', done: 3_000, failed: 0, skipped: 0 }, 20_000);
    expect(new Set(owner.got.map((r) => r.letterId)).size).toBe(3_000);
    expect(owner.got).toHaveLength(3_000);
  }, 60_000);

  it('two jobs never share a letter, and nobody deletes one that is on its way', async () => {
    const { tenantId, letters } = await tenantWith(200);
    owner.answer = () => undefined;
    const [a, b] = await Promise.all([1, 2].map(() => call(tenantId, `${LETTERS}/replay`, { json: { filter: {} } })));
    await eventually(() => owner.got.length === 200);
    const skipped = await eventually(async () => {
      const rows = await stage.db.query<{ n: number }>(
        `select count(*) as n from replay_items where job_id = any($1::uuid[]) and state = 'skipped' and reason = 'being_replayed'`,
        [[a!.body.id, b!.body.id]],
      );
      return rows[0]?.n;
    });
    expect(skipped).toBe(200);
    expect(new Set(owner.got.map((r) => r.letterId))).toEqual(new Set(letters.map((l) => l.id)));
    expect((await call(tenantId, `${LETTERS}/${letters[0]!.id}`, { method: 'DELETE' })).status).toBe(409);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter: {}, dryRun: true } })).body.count).toBe(0);
    await Promise.all(owner.got.map((request) => result(request, { outcome: 'skipped', reason: 'already_delivered' })));
    await eventually(async () => (await dead(tenantId)).dead === 200);
  });

  it('what a runner claimed and had not published when it was killed goes out once', async () => {
    const { tenantId, letters } = await tenantWith(20);
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: {}, ratePerSecond: 1 } });
    await call(tenantId, `${JOBS}/${String(body.id)}/pause`, { json: {} });
    // The same transaction as the runner's, and then nothing: as if it was killed right behind the commit.
    await eventually(() => stage.db.transaction(async (tx) => {
      const job = await takeJob(tx, String(body.id));
      if (job === undefined) return false;
      const { claimed } = await claim(tx, job, 10, 0);
      await enqueue(tx, claimed.map(({ owner: to, request }) => requestMessage(to, request)));
      return claimed.length === 10;
    }), { describe: 'the job is in nobody else’s hands' });
    expect(owner.got.length).toBeLessThanOrEqual(1);
    await call(tenantId, `${JOBS}/${String(body.id)}/resume`, { json: {} });
    await stage.db.query('update replay_jobs set rate_per_second = null where id = $1', [body.id]);
    await jobIs(tenantId, body.id, { state: 'done', done: 20 });
    expect(owner.got.map((r) => r.letterId).sort()).toEqual(letters.map((l) => l.id).sort());
  });

  it('gives up on an owner that never tells, without losing the letter', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    owner.answer = () => undefined;
    const { body } = await call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: {} });
    await eventually(() => owner.got.length === 1);
    await stage.db.query(`update replay_items set sent_at = now() - interval '27 hours' where job_id = $1`, [body.id]);
    await stage.end();
    await stage.start();
    await jobIs(tenantId, body.id, { state: 'done', failed: 1 });
    expect((await call(tenantId, `${LETTERS}/${first!.id}`)).body).toMatchObject({ state: 'dead', reason: 'ambiguous' });
    await result(owner.got[0]!, { outcome: 'delivered' });
    await eventually(async () => (await dead(tenantId)).replayed === 1);
    expect((await call(tenantId, `${JOBS}/${String(body.id)}`)).body).toMatchObject({ done: 0, failed: 1 });
  }, 40_000);

  it('streams the progress of a job until it is over', async () => {
    const { tenantId } = await tenantWith(3);
    owner.answer = () => undefined;
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: {} } });
    const identity: Identity = { tenantId, subject: { type: 'user', id: newId(), name: 'Ada' }, role: 'viewer', scopes: [] };
    const response = await fetch(`${stage.url}${JOBS}/${String(body.id)}/stream`, { headers: await stage.identity(identity) });
    await eventually(() => owner.got.length === 3);
    for (const request of owner.got) await result(request, {});
    const events = (await response.text()).split('\n\n').filter((text) => text.startsWith('event:')).map((text) => {
      const [event, data] = text.split('\n');
      return { event: event!.slice(7), job: JSON.parse(data!.slice(6)) as { state: string; done: number } };
    });
    expect(events.at(-1)).toMatchObject({ event: 'end', job: { state: 'done', done: 3 } });
    expect(events[0]).toMatchObject({ event: 'progress', job: { state: 'running' } });
  });

  it('replays thousands, each once, and makes room on the bus behind itself', async () => {
    const { tenantId } = await tenantWith(5_000);
    const { body } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: {} } });
    await jobIs(tenantId, body.id, { state: 'done', done: 5_000 }, 60_000);
    expect(owner.got).toHaveLength(5_000);
    expect(await dead(tenantId)).toEqual({ total: 5_000, replayed: 5_000 });
    await eventually(async () => (await (await stage.bus.manager()).streams.info('REPLAYS')).state.messages === 0, {
      withinMs: 10_000, describe: 'an empty REPLAYS stream',
    });
  }, 90_000);
});

async function sentOf(jobId: unknown): Promise<number> {
  const rows = await stage.db.query<{ n: number }>(
    `select count(*) as n from replay_items where job_id = $1 and state <> 'pending' and state <> 'skipped'`,
    [jobId],
  );
  return rows[0]!.n;
}

describe('the bus', () => {
  it('shows streams and consumers to platform operators, and pauses a work queue', async () => {
    const tenantId = newId();
    const streams = (await call(tenantId, '/api/v1/bus/streams', { platform: true })).body.data;
    expect(streams).toEqual(expect.arrayContaining([
      expect.objectContaining({ name: 'DEAD_LETTERS', fill: expect.any(Number), messages: expect.any(Number) }),
    ]));
    const name = `delivery-${tenantId}`;
    await (await stage.bus.manager()).consumers.add('ROUTES', {
      durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: subjects.routes(tenantId),
    });
    const path = `/api/v1/bus/consumers/${name}`;
    expect((await call(tenantId, `${path}/pause`, { json: {} })).status).toBe(403);
    expect((await call(tenantId, `${path}/pause`, { json: { minutes: 5 }, platform: true })).body).toMatchObject({
      name, stream: 'ROUTES', durable: true, paused: true, lag: 0,
    });
    expect((await call(tenantId, `${path}/resume`, { json: {}, platform: true })).body).toMatchObject({ paused: false });
    const reader = (await call(tenantId, '/api/v1/bus/consumers', { platform: true })).body.data.find((c) => c.stream === 'DEAD_LETTERS');
    expect((await call(tenantId, `/api/v1/bus/consumers/${String(reader!.name)}/pause`, { json: {}, platform: true })).status).toBe(409);
    expect((await call(tenantId, '/api/v1/bus/consumers/nobody/pause', { json: {}, platform: true })).status).toBe(404);
  });
});

describe('who may', () => {
  it('another tenant sees nothing and changes nothing', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    const stranger = newId();
    const { body: job } = await call(tenantId, `${LETTERS}/replay`, { json: { filter: { reason: ['nothing'] } } });
    expect(job).toMatchObject({ state: 'done', total: 0 });
    expect((await call(stranger, `${LETTERS}/${first!.id}`)).status).toBe(404);
    expect((await call(stranger, `${LETTERS}/${first!.id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await call(stranger, `${LETTERS}/${first!.id}/replay`, { json: {} })).status).toBe(404);
    expect((await call(stranger, `${LETTERS}/replay`, { json: { ids: [first!.id] } })).status).toBe(404);
    expect((await call(stranger, `${LETTERS}/purge`, { json: { ids: [first!.id], dryRun: true } })).body.count).toBe(0);
    for (const path of ['', '/items', '/pause', '/resume', '/cancel', '/stream']) {
      expect((await call(stranger, `${JOBS}/${String(job.id)}${path}`, ['', '/items', '/stream'].includes(path) ? {} : { json: {} })).status).toBe(404);
    }
    expect((await call(stranger, LETTERS)).body.data).toEqual([]);
    expect(await dead(tenantId)).toEqual({ total: 1, dead: 1 });
  });

  it('viewers read, editors replay, admins purge', async () => {
    const { tenantId, letters: [first] } = await tenantWith(1);
    expect((await call(tenantId, LETTERS, { role: 'viewer' })).status).toBe(200);
    expect((await call(tenantId, `${LETTERS}/${first!.id}/replay`, { json: {}, role: 'viewer' })).status).toBe(403);
    expect((await call(tenantId, `${LETTERS}/purge`, { json: { filter: {}, dryRun: true }, role: 'editor' })).status).toBe(403);
    expect((await call(tenantId, '/api/v1/bus/streams')).status).toBe(403);
  });

  it('takes API keys of the directory and sessions that admin knows; nothing else', async () => {
    const { tenantId } = await tenantWith(1);
    const { key } = newApiKey();
    const entry = { id: newId(), tenantId, name: 'ci', role: 'viewer' as const, scopes: ['dead-letter:read'], expiresAt: null };
    const message = directoryMessage('api-keys', hashKey(key), 1, entry);
    await stage.bus.publish(message.subject, message.body);
    const get = async (headers: Record<string, string>, init: RequestInit = {}) => fetch(`${stage.url}${LETTERS}`, { ...init, headers });
    await eventually(async () => (await get({ authorization: `Bearer ${key}` })).status === 200);
    // Nobody answers for admin: whether the key exists cannot be told.
    expect((await get({ authorization: `Bearer ${newApiKey().key}` })).status).toBe(503);
    client.subscribe(questions.directory('api-keys'), { callback: (_e, m) => m.respond('null') });
    await client.flush();
    expect((await get({ authorization: `Bearer ${newApiKey().key}` })).status).toBe(401);
    expect((await get({})).status).toBe(401);
    expect((await get({ authorization: `Bearer ${key}`, 'x-tenant-id': newId() })).status).toBe(404);
    const gone = directoryMessage('api-keys', hashKey(key), 2, null);
    await stage.bus.publish(gone.subject, gone.body);
    await eventually(async () => (await get({ authorization: `Bearer ${key}` })).status === 401);

    expect((await get({ cookie: `${SESSION_COOKIE}=good` })).status).toBe(503);
    const identity: Identity = { tenantId, subject: { type: 'user', id: newId(), name: 'Ada' }, role: 'viewer', scopes: [] };
    client.subscribe(questions.session, {
      callback: (_e, m) => m.respond(JSON.stringify((m.json<{ cookieToken: string }>()).cookieToken === 'good' ? identity : null)),
    });
    await client.flush();
    const list = await get({ cookie: `a=b; ${SESSION_COOKIE}=good` });
    expect(((await list.json()) as Body).data).toHaveLength(1);
    expect((await get({ cookie: `${SESSION_COOKIE}=bad` })).status).toBe(401);
    const csrf = await fetch(`${stage.url}${LETTERS}/purge`, {
      method: 'POST', body: '{}',
      headers: { cookie: `${SESSION_COOKIE}=good`, 'content-type': 'application/json' },
    });
    expect(csrf.status).toBe(403);
  });
});
