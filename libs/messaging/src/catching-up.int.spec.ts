import { PARTITIONS, contract, newId, subjects } from '@signalbox/contracts';
import { Database, PartitionLeases, isDatabaseAway, migrate, type Transaction } from '@signalbox/database';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { Type } from '@sinclair/typebox';
import { DeliverPolicy } from 'nats';
import { Bus } from './bus.js';
import { LogReader } from './log-reader.js';
import { OrderedRead } from './ordered-read.js';
import type { Batch, LogHandler } from './partition-reader.js';
import { ensureStreams } from './streams.js';

const NOTES = contract({ type: 'note', version: 1, stream: 'EVENTS', schema: Type.Object({ text: Type.String() }), example: { text: 'hello' } });
interface Note { text: string }
type Work = (tx: Transaction, texts: readonly string[]) => Promise<unknown>;

const tenantId = newId();
let nats: Server;
let url: string;
let bus: Bus;
let reader: string;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  nats = await startNats();
  ({ url } = await freshDatabase());
  await migrate([{ name: 'incidents', migrations: [] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, { replicas: 1, maxBytes: 64 * 1024 ** 2 });
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});
beforeEach(async () => {
  reader = `reader-${newId()}`;
  await (await bus.manager()).streams.purge('EVENTS');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A replica with a pool of its own, whose transactions do `work`; what it committed, batch by batch. */
async function replica(work: Work, limits: { statementTimeoutMs?: number } = {}): Promise<string[][]> {
  const db = new Database({ url, schema: 'incidents', ...limits });
  const committed: string[][] = [];
  const handler: LogHandler<Note, Transaction> = {
    handle: async (batch: Batch<Note, Transaction>) => {
      const texts = batch.entries.map(({ value }) => value.text);
      await db.transaction(async (tx) => {
        await work(tx, texts);
        await batch.advance(tx);
      });
      committed.push(texts);
    },
    bury: () => Promise.reject(new Error('nothing is to be buried')),
    isTransient: isDatabaseAway,
  };
  const log = new LogReader({ bus, contract: NOTES, leases: new PartitionLeases(db, reader, PARTITIONS), handler, maxBatch: 100 });
  cleanups.push(async () => { await log.stop(); await db.close(); });
  await log.start();
  return committed;
}

async function publish(texts: readonly string[], partition = 0): Promise<void> {
  await Promise.all(texts.map((text) => bus.publish(subjects.events(tenantId, partition), NOTES.encode({ text }))));
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

test('a backlog whose batches would take longer than a statement may is taken in all the same, in smaller ones', async () => {
  const texts = numbered(100);
  for (const text of texts) await publish([text]);
  const committed = await replica((tx, { length }) => tx.query('select pg_sleep($1)', [length * 0.01]), { statementTimeoutMs: 400 });
  await eventually(() => committed.flat().length === texts.length, { withinMs: 15_000, describe: 'all to be taken in' });
  expect(committed.flat()).toEqual(texts);
});

test('after an outage of the database batches grow again', async () => {
  let away = 3;
  await publish(numbered(60));
  const committed = await replica(async (tx) => {
    if (away > 0) {
      away -= 1;
      await tx.query('select pg_cancel_backend(pg_backend_pid()), pg_sleep(1)');
    }
  });
  await eventually(() => committed.flat().length === 60, { withinMs: 10_000, describe: 'all to be taken in' });
  expect(Math.max(...committed.map(({ length }) => length))).toBeGreaterThan(10);
});

test('of large entries only a few are in one transaction', async () => {
  let held = true;
  const committed = await replica(() => eventually(() => !held));
  await publish(Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(400_000, '.')));
  held = false;
  await eventually(() => committed.flat().length === 20, { describe: 'all to be taken in' });
  expect(Math.max(...committed.map((texts) => texts.join('').length))).toBeLessThan(2_100_000);
});

test('what is larger than a read may bring at once comes alone', async () => {
  await publish(['a', 'b'.repeat(5_000), 'c', 'd'.repeat(5_000), 'e']);
  const lengths: number[] = [];
  const want = (): void => read.want(10, 1_000);
  const read = await OrderedRead.open({
    bus, stream: 'EVENTS', from: { deliver_policy: DeliverPolicy.All },
    full: want, ended: () => undefined, take: ({ data }) => { lengths.push(data.length); want(); },
  });
  cleanups.push(() => read.close());
  want();
  await eventually(() => lengths.length === 5, { describe: 'all to come' });
  expect(lengths.map((length) => length > 5_000)).toEqual([false, true, false, true, false]);
});
