import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { randomUUID } from 'node:crypto';
import { kill, ready, restart } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration } from './support/world.js';

/** The gateway says what is true: 202 when it is stored, 503 when it cannot be. */

let world: World;
let integration: Integration;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.make('outages');
  integration = await world.integration('events');
  receiver = await startReceiver();
  await world.route('outage/#', `${receiver.url}/messages`);
});
afterAll(async () => {
  await receiver.stop();
  await Promise.all([restart('nats'), restart('postgres')]);
  await ready();
});

const event = (action: string, key: string) => ({ ...EXAMPLE_EVENT, event_action: action, dedup_key: key });

/** What the events of a key did, in the order in which they took effect. */
async function effects(key: string): Promise<string[]> {
  const incidents = (await world.incidents(`&dedupKey=${key}`)).reverse();
  const timelines = await Promise.all(incidents.map(({ id }) => world.operator.list<{ kind: string }>(`/api/v1/incidents/${id}/timeline`)));
  return timelines.flat().map(({ kind }) => kind).filter((kind) => kind !== 'notification');
}

test('without the bus it keeps events and messages in the spool, and they take effect in order once the bus is back', async () => {
  await kill('nats');
  for (const action of ['trigger', 'acknowledge', 'resolve', 'trigger']) expect((await world.event(integration, event(action, 'spooled'))).status).toBe(202);
  for (const value of [1, 2, 3]) expect((await world.message({ topic: 'outage/a', payload: { value } })).status).toBe(202);
  await restart('nats');

  await world.incident('spooled', { status: 'OPEN', withinMs: 20_000 });
  await eventually(async () => (await effects('spooled')).join() === 'triggered,acknowledged,resolved,triggered', {
    withinMs: 10_000, describe: 'the effects in order',
  });
  await receiver.received(3, { withinMs: 20_000 });
  expect(receiver.requests.map((request) => request.json<{ payload: { value: number } }>().payload.value).sort()).toEqual([1, 2, 3]);
});

test('without the bus and the database it says so, and a repeat with the same Idempotency-Key is one event', async () => {
  await Promise.all([kill('nats'), kill('postgres')]);
  const key = { 'idempotency-key': randomUUID() };
  const { dedup_key: _, ...keyless } = event('trigger', '');
  const refused = await world.event(integration, keyless, key);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  const message = await world.message({ topic: 'outage/b', payload: 1 });
  expect([message.status, Number(message.headers.get('retry-after')) > 0]).toEqual([503, true]);

  await Promise.all([restart('nats'), restart('postgres')]);
  const taken = await eventually(async () => {
    const answer = await world.event(integration, keyless, key);
    if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
    return answer;
  }, { withinMs: 20_000, describe: 'the event to be taken' });
  const again = await world.event(integration, keyless, key);
  expect([again.status, again.text, again.headers.get('x-signalbox-trace')]).toEqual([202, taken.text, taken.headers.get('x-signalbox-trace')]);

  await ready();
  const dedupKey = taken.json<{ dedup_key: string }>().dedup_key;
  await world.incident(dedupKey, { withinMs: 20_000 });
  // What comes behind the repeat has been taken in, so the repeat has, too.
  await world.event(integration, event('acknowledge', dedupKey));
  expect(await world.incident(dedupKey, { status: 'ACKNOWLEDGED' })).toMatchObject({ eventCount: 2 });
});

test('a gateway that starts while the database and the bus are away refuses nobody as unknown', async () => {
  await Promise.all([kill('nats'), kill('postgres'), kill('ingest')]);
  await restart('ingest');
  const answers = await eventually(async () => Promise.all([
    world.event(integration, event('trigger', 'early')), world.message({ topic: 'outage/c', payload: 1 }),
  ]), { withinMs: 20_000, describe: 'the gateway to answer' });
  expect(answers.map(({ status }) => status)).toEqual([503, 503]);
  await Promise.all([restart('nats'), restart('postgres')]);
  await eventually(async () => (await world.event(integration, event('trigger', 'early'))).status === 202, {
    withinMs: 20_000, describe: 'the event to be taken',
  });
  await ready();
  await world.incident('early', { withinMs: 20_000 });
});
