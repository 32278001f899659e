import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { send } from './support/http.js';
import { bodyHmac, verifyStandardWebhook } from './support/signatures.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Named } from './support/world.js';

/** The three worked examples of the HTTP surface, as anybody with curl would do them. */

interface TraceEntry { readonly service: string; readonly kind: string; readonly id: string; readonly summary: string }
interface Trace { readonly entries: TraceEntry[]; readonly incomplete: string[] }

const secret = `whsec_${randomBytes(24).toString('base64')}`;
let world: World;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.make('examples');
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

/** Waits until the trace tells of all of these services. */
function traceOf(id: string, services: string[]): Promise<Trace> {
  return eventually(async () => {
    const trace = await world.operator.get<Trace>(`/api/v1/trace/${id}`);
    const told = new Set(trace.entries.map(({ service }) => service));
    const missing = services.filter((service) => !told.has(service));
    if (missing.length > 0) throw new Error(`nothing from ${missing.join(', ')}: ${JSON.stringify(trace)}`);
    return trace;
  }, { withinMs: 10_000, describe: `a trace with ${services.join(', ')}` });
}

describe('an event', () => {
  beforeAll(async () => {
    await world.channel('webhook', { url: `${receiver.url}/notifications`, secret, headers: { 'X-Token': 'e2e' } });
  });

  it('opens an incident within a second, and the webhook channel named by a routing rule hears of it', async () => {
    const integration = await world.integration('events');
    const answer = await world.event(integration, EXAMPLE_EVENT);
    expect(answer.json()).toMatchObject({ status: 'success', dedup_key: 'unique-alert-id' });
    expect(answer.status).toBe(202);

    const incident = await world.incident('unique-alert-id', { withinMs: 1_000 });
    expect(incident).toMatchObject({
      title: 'High CPU on web-01', status: 'OPEN', urgency: 'HIGH',
      severity: 'critical', source: 'monitoring', eventCount: 1,
      service: world.service.id ? { id: world.service.id, name: 'Web shop' } : {},
    });

    const [request] = await receiver.received(1, { matching: ({ text }) => text.includes(incident.id) });
    expect(request!.json()).toEqual({
      event: 'incident.triggered', timestamp: expect.stringMatching(/Z$/),
      incident: {
        id: incident.id, title: 'High CPU on web-01', status: 'OPEN', urgency: 'HIGH', service: { id: world.service.id, name: 'Web shop' }, assignee: null,
        url: `${system.urls.admin}/incidents/${incident.id}`,
      },
    });
    verifyStandardWebhook(secret, request!);
    expect(request!.headers['x-signature']).toBe(bodyHmac(secret, request!));
    expect(request!.headers['x-token']).toBe('e2e');

    const traceId = answer.headers.get('x-signalbox-trace')!;
    expect(request!.headers['x-signalbox-trace']).toBe(traceId);
    const trace = await traceOf(traceId, ['incidents', 'notifications']);
    expect(trace.incomplete).toEqual([]);
    expect(JSON.stringify(trace.entries)).toContain(incident.id);

    const [notification] = await world.operator.list<{ status: string; incidentId: string }>(`/api/v1/notifications?incidentId=${incident.id}`);
    expect(notification).toMatchObject({ status: 'sent', incidentId: incident.id });
    await eventually(
      async () => (await world.operator.list<{ kind: string }>(`/api/v1/incidents/${incident.id}/timeline`)).some(({ kind }) => kind === 'notification'),
      { describe: 'the notification on the timeline' },
    );
  });

  it('does the same by /v2/enqueue, for any client of PagerDuty', async () => {
    const integration = await world.integration('events');
    const body = { routing_key: integration.key, ...EXAMPLE_EVENT, dedup_key: 'by-enqueue' };
    const answer = await send('POST', `${system.urls.ingest}/v2/enqueue`, { body });
    expect([answer.status, answer.json()]).toEqual([202, { status: 'success', message: 'Event processed', dedup_key: 'by-enqueue' }]);
    const incident = await world.incident('by-enqueue', { withinMs: 1_000 });
    await receiver.received(1, { matching: ({ text }) => text.includes(incident.id) });

    await send('POST', `${system.urls.ingest}/v2/enqueue`, { body: { routing_key: integration.key, event_action: 'resolve', dedup_key: 'by-enqueue' } });
    await world.incident('by-enqueue', { status: 'RESOLVED' });
    const [, resolved] = await receiver.received(2, { matching: ({ text }) => text.includes(incident.id) });
    expect(resolved!.json()).toMatchObject({ event: 'incident.resolved', incident: { status: 'RESOLVED' } });
  });
});

describe('a message', () => {
  const topic = 'devices/7/temperature';
  const forRoute = ({ url }: { url: string }) => url === '/messages';
  let route: Named;

  interface Letter {
    id: string;
    kind: string;
    reason: string;
    state: string;
    deliveryId: string;
    routeId: string;
    attempts: { number: number }[];
    payload: unknown;
  }

  beforeAll(async () => {
    route = await world.route('devices/+/temperature', `${receiver.url}/messages`, { filter: { value: { $gt: 90 } }, config: { secret } });
  });

  it('dies after its third attempt while the webhook is down, and a replay delivers it once with the same delivery id', async () => {
    receiver.answer({ status: 503 });
    const answer = await world.message({ topic, payload: { value: 91 } });
    expect(answer.status).toBe(202);
    const letter = await eventually(async () => (await world.operator.list<Letter>(`/api/v1/customer/dead-letter?routeId=${route.id}`))[0], {
      withinMs: 30_000, describe: 'the dead letter',
    });
    const attempts = receiver.requests.filter(forRoute);
    expect(attempts).toHaveLength(3);
    const deliveryId = attempts[0]!.headers['webhook-id'];
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([deliveryId]));
    expect(letter).toMatchObject({ kind: 'route', state: 'dead', deliveryId, routeId: route.id });

    const whole = await world.operator.get<Letter>(`/api/v1/customer/dead-letter/${letter.id}`);
    expect(whole.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(JSON.stringify(whole.payload)).toContain('"value":91');

    receiver.answer({ status: 200 });
    const job = await world.operator.post<{ id: string }>(`/api/v1/customer/dead-letter/${letter.id}/replay`);
    await eventually(async () => (await world.operator.get<{ state: string }>(`/api/v1/replay-jobs/${job.id}`)).state === 'done', {
      withinMs: 15_000, describe: 'the replay job',
    });
    expect(await world.operator.get(`/api/v1/replay-jobs/${job.id}`)).toMatchObject({ total: 1, done: 1, failed: 0 });
    const [, , , replayed, ...more] = receiver.requests.filter(forRoute);
    expect(more).toEqual([]);
    expect(replayed!.headers['webhook-id']).toBe(deliveryId);
    expect(replayed!.json()).toMatchObject({ topic, payload: { value: 91 } });
    verifyStandardWebhook(secret, replayed!);
    expect(await world.operator.get(`/api/v1/customer/dead-letter/${letter.id}`)).toMatchObject({ state: 'replayed' });

    const trace = await traceOf(answer.headers.get('x-signalbox-trace')!, ['delivery', 'ops']);
    expect(JSON.stringify(trace.entries)).toContain(deliveryId);
    const deliveries = await world.operator.list<{ id: string; status: string; attempts: unknown[] }>(`/api/v1/customer/message-routes/${route.id}/deliveries`);
    expect(deliveries).toEqual([expect.objectContaining({ id: deliveryId, status: 'delivered' })]);
    expect(deliveries[0]!.attempts).toHaveLength(4);
  });

  it('that the filter does not want, or for which there is no route, is delivered nowhere', async () => {
    const before = receiver.requests.filter(forRoute).length;
    for (const body of [{ topic, payload: { value: 90 } }, { topic: 'devices/7/humidity', payload: { value: 91 } }]) {
      expect((await world.message(body)).status).toBe(202);
    }
    const wanted = { topic, payload: { value: 92 } };
    await world.message(wanted);
    await receiver.received(before + 1, { matching: forRoute });
    expect(receiver.requests.filter(forRoute).slice(before).map((request) => request.json())).toEqual([expect.objectContaining(wanted)]);
  });
});
