import { newId, subjects } from '@signalbox/contracts';
import type { Database, PartitionLeases } from '@signalbox/database';
import { Bus, ensureStreams } from '@signalbox/messaging';
import { startNats, type Server } from '@signalbox/testing';
import { ReplayTrimmer } from './trimmer.js';

const tenantId = newId();
const requests = subjects.replays('delivery', tenantId);
const results = subjects.replays('ops', tenantId);
let nats: Server;
let bus: Bus;

beforeAll(async () => {
  nats = await startNats();
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, { replicas: 1, maxBytes: 16 * 1024 ** 2 });
});

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

/** Trims once: letters on their way went out after `sentAfter` (none are: undefined), results are taken in up to `taken`. */
async function trim(sentAfter: number | undefined, taken: number): Promise<Record<string, number>> {
  const db = { query: () => Promise.resolve(sentAfter === undefined ? [] : [{ subject: requests, sent_after: sentAfter }]) } as unknown as Database;
  const leases = { cursor: () => Promise.resolve({ sequence: taken, stream: null }) } as unknown as PartitionLeases;
  await new ReplayTrimmer(db, bus, leases, (message, error) => { throw new Error(message, { cause: error }); }).trim(Date.now());
  return (await (await bus.manager()).streams.info('REPLAYS', { subjects_filter: 'replays.>' })).state.subjects ?? {};
}

it('takes out of REPLAYS what is settled, and nothing that nobody has read: not even while nothing at all has been', async () => {
  for (const subject of [requests, requests, results, results]) await bus.publish(subject, Buffer.from('x'));
  expect(await trim(0, 0)).toEqual({ [requests]: 2, [results]: 2 });
  expect(await trim(1, 3)).toEqual({ [requests]: 1, [results]: 1 });
  expect(await trim(undefined, 4)).toEqual({});
});
