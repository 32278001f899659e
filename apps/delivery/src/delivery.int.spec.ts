import {
  DEAD_LETTERS, HELD, INCIDENTS, MESSAGES, OUTCOMES, REPLAY_REQUESTS, REPLAY_RESULTS, ROUTES, newId, partitionOf, questions, subjects,
  type DeadLetter, type Message, type ReplayResult, type RouteJob, type TraceEntry,
} from '@signalbox/contracts';
import { Bus, WorkQueue } from '@signalbox/messaging';
import { Stage, eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';

let stage: Stage;
let tenantId: string;
const receivers: Receiver[] = [];

beforeAll(async () => {
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32', DELIVERY_ACK_WAIT_MS: '1500' });
  await stage.start();
});

afterAll(() => stage.stop());

beforeEach(() => { tenantId = newId(); });
afterEach(() => Promise.all(receivers.splice(0).map((receiver) => receiver.stop())));

async function receiver(): Promise<Receiver> {
  const made = await startReceiver();
  receivers.push(made);
  return made;
}

const call = (method: string, path: string, body?: unknown, { tenant = tenantId, headers }: { tenant?: string; headers?: Record<string, string> } = {}) =>
  stage.call(method, `/api/v1${path}`, { tenantId: tenant, headers, body });

let names = 0;
async function route(to: Receiver | string, change: Record<string, unknown> = {}, config: Record<string, unknown> = {}): Promise<string> {
  names += 1;
  const url = typeof to === 'string' ? to : `${to.url}/hook`;
  const { status, body } = await call('POST', '/customer/message-routes', {
    name: `route ${names}`, topic: '#', destination: { type: 'webhook', config: { url, ...config } }, ...change,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}

function message(topic: string, payload: unknown, change: Partial<Message> = {}): Message {
  const now = new Date().toISOString();
  return { id: newId(), traceId: newId(), topic, payload, timestamp: now, acceptedAt: now, ...change };
}

async function send(...messages: Message[]): Promise<void> {
  await sendFor(tenantId, ...messages);
}

async function sendFor(tenant: string, ...messages: Message[]): Promise<void> {
  await stage.bus.ready();
  for (const m of messages) await stage.bus.publish(subjects.messages(tenant, partitionOf(m.topic)), MESSAGES.encode({ tenantId: tenant, messages: [m] }));
}

const letters = (): Promise<DeadLetter[]> => stage.stored(DEAD_LETTERS, subjects.deadLetters(tenantId));
const results = (): Promise<ReplayResult[]> => stage.stored(REPLAY_RESULTS, subjects.replays('ops', tenantId));
const held = async (tenant: string, routeId: string): Promise<number> => {
  const info = await (await stage.bus.manager()).streams.info('HELD', { subjects_filter: subjects.held(tenant, routeId) });
  return info.state.subjects?.[subjects.held(tenant, routeId)] ?? 0;
};

async function letter(count = 1, withinMs = 15_000): Promise<DeadLetter> {
  return eventually(async () => {
    const all = await letters();
    return all.length === count ? all.at(-1) : undefined;
  }, { withinMs, describe: `${count} dead letter(s)` });
}

async function stateOf(routeId: string): Promise<string> {
  const { destinationState } = (await call('GET', `/customer/message-routes/${routeId}`)).body as { destinationState: { state: string } };
  return destinationState.state;
}

async function deliveriesOf(routeId: string): Promise<{
  id: string;
  status: string;
  messageId: string;
  attempts: { number: number; outcome: string; reason?: string }[];
}[]> {
  return (await call('GET', `/customer/message-routes/${routeId}/deliveries`)).body.data as never;
}

async function replay(of: DeadLetter, change: { payload?: unknown; routeId?: string; jobId?: string } = {}): Promise<string> {
  const jobId = change.jobId ?? newId();
  await stage.bus.publish(subjects.replays('delivery', tenantId), REPLAY_REQUESTS.encode({
    jobId, letterId: of.id, tenantId, kind: 'route', payload: change.payload ?? of.payload,
    headers: {}, subject: of.subject, traceId: of.traceId, deliveryId: of.deliveryId!,
    routeId: change.routeId ?? of.routeId!,
  }));
  return jobId;
}

async function balance(tenant = tenantId): Promise<Record<string, number>> {
  const rows = await stage.db.query<{ ledger: string; entry: string; n: number }>(
    'select ledger, entry, sum(count)::int as n from ledger where tenant_id = $1 group by 1, 2',
    [tenant],
  );
  return Object.fromEntries(rows.map((row) => [`${row.ledger}.${row.entry}`, row.n]));
}

describe('delivery', () => {
  it('posts a message once to each route that wants it, signed, and records the attempt', async () => {
    const far = await receiver();
    const id = await route(far, { topic: 'devices/+/temperature', filter: { value: { $gt: 90 } } }, {
      secret: 'hush-canary-hush', signatureHeader: 'X-Signature', headers: { 'X-Token': 'canary-token' },
    });
    await route(far, { topic: 'devices/+/temperature', filter: { value: { $gt: 95 } } });
    await route(far, { topic: 'devices/#', enabled: false });
    const m = message('devices/7/temperature', { value: 91 }, { headers: { site: 'north' } });
    await send(m, m, message('other', 1), message('devices/7/temperature', { value: 90 }));
    const [request] = await far.received(1);
    expect(request!.json()).toEqual({ id: m.id, topic: m.topic, payload: { value: 91 }, timestamp: m.timestamp, headers: { site: 'north' } });
    const delivery = await eventually(async () => (await deliveriesOf(id)).find((d) => d.status === 'delivered'), { describe: 'the recorded attempt' });
    expect(request!.headers).toMatchObject({
      'webhook-id': delivery.id, 'x-signalbox-delivery': delivery.id, 'x-signalbox-attempt': '1',
      'x-token': 'canary-token', traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    });
    expect(delivery).toMatchObject({
      messageId: m.id,
      attempts: [{ number: 1, outcome: 'delivered', request: { method: 'POST' }, response: { status: 200 } }],
    });
    expect(JSON.stringify(delivery)).not.toContain('canary');
    await eventually(async () => {
      expect(await balance()).toEqual({
        'messages.in': 4, 'messages.matched': 1, 'messages.duplicate': 1,
        'messages.no_route': 2, 'deliveries.in': 1, 'deliveries.delivered': 1,
      });
      return true;
    }, { describe: 'the ledger balances' });
    expect(far.requests).toHaveLength(1);
  });

  it('tries three times, then brings the message out as a dead letter; the far side back, a replay delivers it once under the same id', async () => {
    const far = await receiver();
    far.answer({ status: 500, body: 'oops' });
    const id = await route(far);
    const m = message('t', { value: 91 });
    await send(m);
    const dead = await letter();
    expect(far.requests.map((r) => r.headers['x-signalbox-attempt'])).toEqual(['1', '2', '3']);
    expect(dead).toMatchObject({
      kind: 'route', owner: 'delivery', reason: 'far_side_error', detail: 'HTTP 500', routeId: id,
      traceId: m.traceId, payload: { message: { id: m.id, payload: { value: 91 } } },
    });
    expect(dead.attempts.map((a) => [a.number, a.outcome, a.reason])).toEqual([1, 2, 3].map((n) => [n, 'retry', 'far_side_error']));
    far.answer({ status: 200 });
    const jobId = await replay(dead);
    await far.received(4);
    expect(await eventually(async () => (await results())[0], { describe: 'the result of the replay' }))
      .toMatchObject({ jobId, letterId: dead.id, outcome: 'delivered' });
    // The same request once more (ops died and repeats itself): nothing is sent, whatever the bus still remembers.
    await stage.bus.publish(subjects.routes(tenantId), ROUTES.encode({ ...(dead.payload as RouteJob), replay: { jobId, letterId: dead.id } }));
    await eventually(async () => {
      const { state } = await (await stage.bus.manager()).streams.info('ROUTES', { subjects_filter: subjects.routes(tenantId) });
      return Object.keys(state.subjects ?? {}).length === 0;
    }, { describe: 'an empty queue' });
    expect(far.requests).toHaveLength(4);
    expect(far.requests[3]!.headers['webhook-id']).toBe(dead.deliveryId);
    expect(await deliveriesOf(id)).toMatchObject([{ status: 'delivered' }]);
    expect(await balance()).toMatchObject({ 'deliveries.in': 1, 'deliveries.dead': 0, 'deliveries.delivered': 1 });
  }, 40_000);

  it('replays an edited payload to another route, and what is no job comes back as failed', async () => {
    const [bad, good] = [await receiver(), await receiver()];
    bad.answer({ status: 404 });
    const from = await route(bad);
    await send(message('t', { v: 1 }));
    const dead = await letter();
    expect(dead).toMatchObject({ reason: 'not_found', routeId: from, attempts: [{ number: 1, outcome: 'reject' }] });
    const to = await route(good, { topic: 'nothing/else' });
    const job = dead.payload as RouteJob;
    await replay(dead, { routeId: to, payload: { ...job, message: { ...job.message, payload: { v: 2 } } } });
    expect((await good.received(1))[0]!.json()).toMatchObject({ payload: { v: 2 } });
    await replay(dead, { payload: { nonsense: true } });
    await eventually(async () => (await results()).some((r) => r.outcome === 'failed' && r.reason === 'unprocessable'), { describe: 'the refusal' });
  });

  it('a worker that dies in its last attempt leaves a dead letter, and the queue is clean', async () => {
    const far = await receiver();
    await route(far, { topic: 'else' });
    const id = await route(far);
    const job: RouteJob = { deliveryId: newId(), tenantId, routeId: id, message: message('t', 1), attemptsBefore: 0, matchedAt: new Date().toISOString() };
    await stage.end();
    // A worker that takes the message and never says a word, three times over.
    const taken: number[] = [];
    for (let life = 1; life <= 3; life += 1) {
      const lost = new Bus({ servers: stage.nats.url, name: 'a worker that dies' });
      await lost.ready();
      const queue = new WorkQueue({
        bus: lost, contract: ROUTES, maxDeliver: 3, ackWaitMs: 1500,
        handle: (item) => void taken.push(item.deliveries), onUndecodable: () => Promise.resolve(),
      });
      if (life === 1) await stage.bus.publish(subjects.routes(tenantId), ROUTES.encode(job));
      await queue.start();
      await eventually(() => taken.length === life, { withinMs: 10_000, describe: `delivery ${life}` });
      void lost.ready().then((connection) => connection.close());
      await queue.stop(0).catch(() => undefined);
    }
    await stage.start();
    const dead = await letter();
    expect(dead).toMatchObject({ reason: 'worker_died', deliveryId: job.deliveryId });
    await eventually(async () => (await stage.stored(ROUTES, subjects.routes(tenantId))).length === 0, { describe: 'a clean queue' });
    expect(far.requests).toHaveLength(0);
    await eventually(async () => (await deliveriesOf(id))[0]?.status === 'dead', { describe: 'the row' });
  }, 60_000);

  it('a replay whose worker died while it sent is not sent again', async () => {
    const far = await receiver();
    const id = await route(far);
    const [jobId, letterId] = [newId(), newId()];
    const job: RouteJob = {
      deliveryId: newId(), tenantId, routeId: id, message: message('t', 1),
      attemptsBefore: 1, matchedAt: new Date().toISOString(), replay: { jobId, letterId },
    };
    await stage.db.query('insert into replay_claims (job_id, letter_id, attempt) values ($1, $2, 1)', [jobId, letterId]);
    await stage.bus.publish(subjects.routes(tenantId), ROUTES.encode(job));
    expect(await letter()).toMatchObject({ id: letterId, reason: 'ambiguous' });
    expect(await eventually(async () => (await results())[0], { describe: 'the result of the replay' }))
      .toMatchObject({ outcome: 'failed', reason: 'ambiguous', letterId });
    expect(far.requests).toHaveLength(0);
  });

  it('obeys Retry-After: nothing is sent until then, no attempt is spent, and then everything goes', async () => {
    const far = await receiver();
    far.answerNext({ status: 429, headers: { 'retry-after': '2' } });
    const id = await route(far, { concurrency: 1 });
    await send(message('t', 1));
    await far.received(1);
    await eventually(async () => await held(tenantId, id) === 1, { describe: 'it waits' });
    await send(message('t', 2), message('t', 3));
    const all = await far.received(4, { withinMs: 15_000 });
    expect(all[1]!.receivedAt.getTime() - all[0]!.receivedAt.getTime()).toBeGreaterThanOrEqual(1_990);
    expect(all.map((r) => [r.json().payload, r.headers['x-signalbox-attempt']])).toEqual([[1, '1'], [1, '2'], [2, '1'], [3, '1']]);
    await eventually(async () => await stateOf(id) === 'open', { describe: 'an open destination' });
  }, 40_000);

  it('a paused route holds what it matches and lets it go in order', async () => {
    const far = await receiver();
    const id = await route(far, { concurrency: 1 });
    await call('POST', `/customer/message-routes/${id}/pause`);
    await send(...Array.from({ length: 60 }, (_, n) => message('t', n)));
    await eventually(async () => await held(tenantId, id) === 60, { withinMs: 10_000, describe: 'all are held' });
    expect(far.requests).toHaveLength(0);
    expect((await call('POST', `/customer/message-routes/${id}/resume`)).body).toMatchObject({ state: 'active' });
    await send(...Array.from({ length: 20 }, (_, n) => message('t', 60 + n)));
    const all = await far.received(80, { withinMs: 20_000 });
    expect(all.map((r) => r.json().payload)).toEqual(Array.from({ length: 80 }, (_, n) => n));
  }, 40_000);

  it('a destination that hangs delays neither another route nor another tenant', async () => {
    const [hanging, quick] = [await receiver(), await receiver()];
    hanging.answer('hang');
    await route(hanging, { topic: 'slow/#' }, { timeoutSeconds: 3 });
    await route(quick, { topic: 'quick/#' });
    const other = newId();
    const otherFar = await receiver();
    await call('POST', '/customer/message-routes', { name: 'other', topic: '#', destination: {
      type: 'webhook', config: { url: otherFar.url },
    } }, { tenant: other });
    await send(...Array.from({ length: 400 }, (_, n) => message('slow/t', n)));
    const sentAt = Date.now();
    await sendFor(other, ...Array.from({ length: 50 }, (_, n) => message('t', n)));
    const lastOther = (await otherFar.received(50)).at(-1)!;
    expect(lastOther.receivedAt.getTime() - sentAt).toBeLessThan(2_000);
    await send(message('quick/t', 1));
    await quick.received(1, { withinMs: 4_000 });
  }, 40_000);

  it('a destination that keeps failing is closed, and one message at a time finds out when it is back', async () => {
    const far = await receiver();
    far.answer({ status: 503 });
    const id = await route(far);
    await send(...Array.from({ length: 60 }, (_, n) => message('t', n)));
    await eventually(async () => await stateOf(id) === 'closed', { withinMs: 10_000, describe: 'closed' });
    await eventually(async () => await held(tenantId, id) > 0, { describe: 'some are held' });
    const tried = far.requests.length;
    expect(tried).toBeLessThan(60);
    far.answer({ status: 200 });
    await eventually(async () => (await balance())['deliveries.delivered'] === 60, { withinMs: 20_000, describe: 'all are delivered' });
    expect(await letters()).toHaveLength(0);
  }, 40_000);

  it('410 pauses the route; what it matches waits for somebody to mend it', async () => {
    const far = await receiver();
    far.answer({ status: 410 });
    const id = await route(far);
    await send(message('t', 1));
    expect(await letter()).toMatchObject({ reason: 'gone' });
    expect((await call('GET', `/customer/message-routes/${id}`)).body).toMatchObject({ state: 'paused', stateReason: expect.stringContaining('410') });
    await send(message('t', 2));
    await eventually(async () => await held(tenantId, id) === 1, { describe: 'it is held' });
  });

  it('a deleted route: what is held for it becomes a dead letter', async () => {
    const far = await receiver();
    const id = await route(far);
    await call('POST', `/customer/message-routes/${id}/pause`);
    await send(message('t', 1));
    await eventually(async () => await held(tenantId, id) === 1, { describe: 'it is held' });
    expect((await call('DELETE', `/customer/message-routes/${id}`)).status).toBe(204);
    expect(await letter()).toMatchObject({ reason: 'target_deleted', routeId: id });
  });

  it('a stop in the middle loses nothing and spends no attempt', async () => {
    const far = await receiver();
    far.answer({ status: 200, delayMs: 100 });
    const id = await route(far, { concurrency: 4 });
    await send(...Array.from({ length: 150 }, (_, n) => message('t', n)));
    await far.received(10);
    await stage.end();
    const before = far.requests.length;
    expect(before).toBeLessThan(150);
    await stage.start();
    await eventually(async () => (await balance())['deliveries.delivered'] === 150, { withinMs: 20_000, describe: 'all are delivered' });
    expect(new Set(far.requests.map((r) => r.headers['webhook-id'])).size).toBe(150);
    expect(far.requests).toHaveLength(150);
    expect(far.requests.every((r) => r.headers['x-signalbox-attempt'] === '1')).toBe(true);
    expect((await deliveriesOf(id)).every((d) => d.attempts.length === 1)).toBe(true);
  }, 60_000);

  it('what has been held for 24 hours and would have to wait on becomes a dead letter', async () => {
    const id = await route(await receiver());
    await call('POST', `/customer/message-routes/${id}/pause`);
    const longAgo = new Date(Date.now() - 25 * 3_600_000).toISOString();
    const job: RouteJob = { deliveryId: newId(), tenantId, routeId: id, message: message('t', 1), attemptsBefore: 1, matchedAt: longAgo, heldSince: longAgo };
    await stage.bus.publish(subjects.held(tenantId, id), HELD.encode({ job, reason: 'route_paused', heldAt: longAgo, notBefore: null }));
    expect(await letter()).toMatchObject({ reason: 'held_too_long', deliveryId: job.deliveryId });
    await eventually(async () => await held(tenantId, id) === 0, { describe: 'nothing is held' });
  }, 30_000);

  it('an incident change is a message, and its timeline hears of the delivery; a trace tells it all', async () => {
    const far = await receiver();
    await route(far, { topic: 'incidents/triggered', filter: { 'incident.severity': 'critical' } });
    const [change] = INCIDENTS.example.changes;
    const incident = { ...change!.incident, id: newId() };
    const traceId = newId();
    await stage.bus.publish(subjects.incidents(tenantId, 0), INCIDENTS.encode({ tenantId, changes: [{ ...change!, id: newId(), traceId, incident }] }));
    const [request] = await far.received(1);
    expect(request!.json()).toMatchObject({ topic: 'incidents/triggered', payload: { change: 'triggered', incident: { id: incident.id } } });
    const reports = await eventually(async () => {
      const all = await stage.stored(OUTCOMES, subjects.outcomes(tenantId));
      return all.length > 0 ? all : undefined;
    }, { describe: 'the report' });
    expect(reports).toMatchObject([{ kind: 'delivery', incidentId: incident.id, status: 'delivered', attempt: 1, traceId }]);
    const trace = await stage.bus.ask<TraceEntry[]>(questions.trace('delivery'), { tenantId, traceId });
    expect(trace!.map((entry) => entry.kind)).toEqual(['delivery.matched', 'delivery.attempt']);
    expect(await stage.bus.ask<TraceEntry[]>(questions.trace('delivery'), { tenantId: newId(), traceId })).toEqual([]);
    expect((await balance())['messages.in']).toBeUndefined();
  });

  it('loses nothing when NATS is killed in the middle', async () => {
    const far = await receiver();
    far.answer({ status: 200, delayMs: 50 });
    const id = await route(far, { concurrency: 4 });
    await send(...Array.from({ length: 120 }, (_, n) => message('t', n)));
    await far.received(20);
    await stage.nats.kill('SIGKILL');
    await stage.nats.restart();
    await eventually(async () => (await balance())['deliveries.delivered'] === 120, { withinMs: 40_000, describe: 'all are delivered' });
    expect(new Set(far.requests.map((r) => r.headers['webhook-id'])).size).toBe(120);
    await eventually(async () => (await stage.stored(ROUTES, subjects.routes(tenantId))).length === 0, { withinMs: 20_000, describe: 'a clean queue' });
    expect(await letters()).toHaveLength(0);
    expect((await deliveriesOf(id)).every((d) => d.status === 'delivered')).toBe(true);
  }, 90_000);
});
