import { MESSAGES, newId, partitionOf, subjects, type Message } from '@signalbox/contracts';
import { Stage, eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

let stage: Stage;
let far: Receiver;
let other: Receiver;
let tenantId: string;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32', DELIVERY_IN_HAND: '64' });
  await stage.start();
});

afterAll(() => stage.stop());

beforeEach(async () => {
  tenantId = newId();
  [far, other] = await Promise.all([startReceiver(), startReceiver()]);
});

afterEach(() => Promise.all([far.stop(), other.stop()]));

async function route(to: Receiver, name: string, change: object = {}, config: object = {}): Promise<string> {
  const { status, body } = await stage.call('POST', '/api/v1/customer/message-routes', {
    tenantId, body: { name, topic: `${name}/#`, destination: { type: 'webhook', config: { url: to.url, ...config } }, ...change },
  });
  expect(status).toBe(201);
  return String(body.id);
}

async function send(topic: string, count: number): Promise<void> {
  const now = new Date().toISOString();
  const messages = Array.from({ length: count }, (_, n): Message => ({ id: newId(), traceId: newId(), topic, payload: n, timestamp: now, acceptedAt: now }));
  for (let from = 0; from < count; from += 100) {
    await stage.bus.publish(subjects.messages(tenantId, partitionOf(topic)), MESSAGES.encode({ tenantId, messages: messages.slice(from, from + 100) }));
  }
}

async function held(routeId: string): Promise<number> {
  const subject = subjects.held(tenantId, routeId);
  return (await (await stage.bus.manager()).streams.info('HELD', { subjects_filter: subject })).state.subjects?.[subject] ?? 0;
}

it('a destination that hangs, with many messages held for it, leaves its tenant hands for the others', async () => {
  far.answer('hang');
  const hanging = await route(far, 'slow', { concurrency: 2 }, { timeoutSeconds: 15 });
  await route(other, 'quick');
  await send('slow/t', 300);
  await eventually(async () => (await held(hanging)) > 200, { withinMs: 10_000, describe: 'they are held' });
  const heldAt = Date.now();
  // For longer than a keeper that lets one go in each of its turns needs to fill all 64 hands.
  for (let n = 1; n <= 14; n += 1) {
    await send('quick/t', 1);
    await other.received(n, { withinMs: 2_500 });
    await eventually(() => Date.now() - heldAt > n * 500, { describe: 'half a second' });
  }
  expect(await held(hanging)).toBeGreaterThan(285);
}, 60_000);
