import { newId } from '@signalbox/contracts';
import { Database } from '@signalbox/database';
import { freshDatabase } from '@signalbox/testing';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { schema } from '../schema.js';
import { RateLeaseStore } from '../store/rate-lease-store.js';
import { RateLimit, type Quota } from './rate-limit.js';

const MINUTE_MS = 60_000;
/** Twenty seconds before the minute ends. */
const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS + 40_000;
let url: string;
let dbs: Database[];
let gateways: RateLimit[];
const unexpected = (message: string, error?: unknown): void => { throw new Error(message, { cause: error }); };

beforeAll(async () => {
  url = (await freshDatabase(schema)).url;
  dbs = [0, 1].map(() => new Database({ url, schema: 'ingest' }));
  gateways = dbs.map((db) => new RateLimit(new RateLeaseStore(db, unexpected), unexpected));
});
afterAll(() => Promise.all(dbs.map((db) => db.close())));

const passed = (quotas: readonly Quota[]): number => quotas.filter(({ passes }) => passes).length;
const takenOf = async (id: string) =>
  (await dbs[0]!.query<{ taken: number }>('select taken from rate_leases where integration_id = $1', [id])).map(({ taken }) => taken);

it.each([1, 2, 7, 120])('of 500 requests at once at two gateways exactly %i pass', async (limit) => {
  const id = newId();
  const quotas = await Promise.all(Array.from({ length: 500 }, (_none, i) => gateways[i % 2]!.take(id, limit, now)));
  expect(passed(quotas)).toBe(limit);
  expect(quotas.find(({ passes }) => !passes)).toEqual({ passes: false, remaining: 0, resetSeconds: 20 });
});

it('the next minute begins anew, and a request that began in the last one counts in it', async () => {
  const id = newId();
  const [gateway] = gateways as [RateLimit];
  expect([await gateway.take(id, 1, now), await gateway.take(id, 1, now)].map(({ passes }) => passes)).toEqual([true, false]);
  expect(await gateway.take(id, 2, now + MINUTE_MS)).toEqual({ passes: true, remaining: 1, resetSeconds: 20 });
  expect(await gateway.take(id, 2, now)).toMatchObject({ passes: true, remaining: 0 });
  expect(await gateway.take(id, 2, now + MINUTE_MS)).toMatchObject({ passes: false });
});

it('asks Postgres for hardly any of the requests', async () => {
  const id = newId();
  let questions = 0;
  const store = new RateLeaseStore(dbs[0]!, unexpected);
  const gateway = new RateLimit({ take: (...asked) => { questions += 1; return store.take(...asked); } }, unexpected);
  for (let i = 0; i < 3_000; i += 1) expect((await gateway.take(id, 10_000, now)).passes).toBe(true);
  expect(questions).toBeLessThan(15);
});

it('minutes that are over are deleted, in slices; the one that runs is not', async () => {
  const [old, running] = [newId(), newId()];
  await dbs[0]!.query(`insert into rate_leases select now() - make_interval(mins => 11 + n), $1, 1 from generate_series(1, 12000) n`, [old]);
  await gateways[0]!.take(running, 10, Date.now());
  await new RateLeaseStore(dbs[0]!, unexpected).forget();
  expect(await takenOf(old)).toEqual([]);
  expect(await takenOf(running)).toHaveLength(1);
});

describe('without an answer of Postgres', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    silent = createServer((socket) => void sockets.push(socket)); // takes the connection, and says nothing
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it.each(['refuses', 'is silent'])('that %s, a gateway counts alone, says so once, and keeps nobody waiting', async (how) => {
    const { port } = silent.address() as AddressInfo;
    const db = new Database({ url: `postgres://nobody@127.0.0.1:${how === 'refuses' ? 1 : port}/none`, schema: 'ingest' });
    const warnings: string[] = [];
    const gateway = new RateLimit(new RateLeaseStore(db, unexpected), (message) => void warnings.push(message));
    const id = newId();
    const started = performance.now();
    const quotas = await Promise.all(Array.from({ length: 30 }, () => gateway.take(id, 20, now)));
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(passed(quotas)).toBe(20);
    expect(warnings).toEqual([expect.stringContaining('alone')]);
    for (const socket of sockets) socket.destroy();
    await db.close();
  });
});
