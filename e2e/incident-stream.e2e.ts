import { eventually } from '@signalbox/testing';
import { EventSource } from './support/event-source.js';
import { kill, ready, restart, system, terminate } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration } from './support/world.js';

/** What operators see live: through the front door, over services that die and stop. */

let world: World;
let integration: Integration;
let source: EventSource;

beforeAll(async () => {
  world = await World.make('incident-stream');
  integration = await world.integration('events');
  source = new EventSource(`${system.urls.admin}/api/v1/incidents/stream`, world.operator.headers);
  await eventually(() => source.lastEventId !== '', { withinMs: 10_000, describe: 'the stream' });
});

afterAll(async () => {
  await source.close();
  await ready();
});

interface Told { readonly change: string; readonly version: number; readonly incident: { readonly id: string; readonly dedupKey: string } }

const told = (): Told[] => source.events.map(({ data }) => JSON.parse(data) as Told);
const opened = (): string[] => told().filter(({ change }) => change === 'triggered').map(({ incident }) => incident.dedupKey);

async function triggered(prefix: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(2, '0')}`);
  for (const key of keys) expect((await world.event(integration, { ...EXAMPLE_EVENT, dedup_key: key })).status).toBe(202);
  return keys;
}

it('tells what people do at once', async () => {
  const [key] = await triggered('seen', 1);
  const { id } = await world.incident(key!);
  await world.operator.post(`/api/v1/incidents/${id}/snooze`, { minutes: 5 });
  await world.operator.post(`/api/v1/incidents/${id}/resolve`);
  await eventually(() => told().length >= 3, { withinMs: 5_000, describe: 'three changes' });
  expect(told().map(({ change, version }) => [change, version])).toEqual([['triggered', 1], ['snoozed', 2], ['resolved', 3]]);
});

it.each([
  ['killed', () => kill('incidents')], ['stopped', async () => void await terminate('incidents')],
])('goes on over a service of incidents that is %s, with everything once and in order', async (how, stop) => {
  const before = await triggered(`${how}-before`, 5);
  await eventually(() => before.every((key) => opened().includes(key)), { withinMs: 10_000, describe: 'what came before' });
  await stop();
  const meanwhile = await triggered(`${how}-meanwhile`, 20);
  await restart('incidents');
  const after = await triggered(`${how}-after`, 5);
  await ready();
  const all = [...before, ...meanwhile, ...after];
  await eventually(() => all.every((key) => opened().includes(key)), { withinMs: 30_000, describe: 'everything' });
  expect(opened().filter((key) => key.startsWith(`${how}-`)).sort()).toEqual([...all].sort());
  expect(new Set(source.events.map(({ id }) => id)).size).toBe(source.events.length);
  expect(source.connections).toBeGreaterThan(1);
});

it('does not hold up a front door that stops', async () => {
  const { connections } = source;
  const began = Date.now();
  const end = await terminate('admin');
  const tookMs = Date.now() - began;
  await restart('admin');
  await ready();
  expect(end).toMatch(/exit code 0/);
  expect(tookMs).toBeLessThan(4_500);
  const keys = await triggered('door', 1);
  await eventually(() => opened().includes(keys[0]!), { withinMs: 20_000, describe: 'the stream goes on' });
  expect([source.connections > connections, opened().filter((key) => key === keys[0])]).toEqual([true, keys]);
});
