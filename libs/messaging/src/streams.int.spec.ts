import { STREAMS } from '@signalbox/contracts';
import { eventually, startNats, type Server } from '@signalbox/testing';
import { Bus } from './bus.js';
import { ensureStreams, streamState } from './streams.js';

const MEBIBYTE = 1024 ** 2;
let nats: Server;
let bus: Bus;

beforeAll(async () => {
  nats = await startNats();
  bus = new Bus({ servers: nats.url, name: 'test' });
  await bus.ready();
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});

const ensured = (megabytes: number) => ensureStreams(bus, { replicas: 1, maxBytes: megabytes * MEBIBYTE });
const infoOf = async (name: string) => (await bus.manager()).streams.info(name);

async function killAndRestart(): Promise<void> {
  await nats.kill();
  await nats.restart();
  await eventually(async () => bus.connected && infoOf('EVENTS'), { describe: 'NATS to be back' });
}

test('every declared stream is there, refuses when full, and takes new limits without losing what it holds', async () => {
  await ensured(64);
  await bus.publish('events.a.1', Buffer.from('x'));
  await ensured(128);
  const { config, state } = await infoOf('EVENTS');
  expect([config.max_bytes, config.discard, state.messages]).toEqual([128 * MEBIBYTE, 'new', 1]);
  for (const name of Object.keys(STREAMS)) expect((await infoOf(name)).config.name).toBe(name);
});

test('services that start together agree on which stream it is', async () => {
  await (await bus.manager()).streams.delete('NOTICES');
  await Promise.all(Array.from({ length: 6 }, () => ensured(128)));
  expect((await streamState(bus, 'NOTICES')).identity).toBe((await streamState(bus, 'NOTICES')).identity);
});

test('a stream stays the same one through changes and deaths of the server: its readers must not begin anew', async () => {
  const before = (await streamState(bus, 'EVENTS')).identity;
  for (const megabytes of [96, 128]) {
    await killAndRestart();
    await ensured(megabytes); // an update after a recovery changes the creation time that the server tells
    await killAndRestart();
    await ensured(megabytes);
    expect((await streamState(bus, 'EVENTS')).identity).toBe(before);
  }
});

test('a stream that was deleted and made anew is another one', async () => {
  const before = (await streamState(bus, 'EVENTS')).identity;
  await (await bus.manager()).streams.delete('EVENTS');
  await ensured(128);
  expect((await streamState(bus, 'EVENTS')).identity).not.toBe(before);
});
