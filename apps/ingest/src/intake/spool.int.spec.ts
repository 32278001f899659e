import { EVENTS, newId, subjects, type Event } from '@signalbox/contracts';
import { Database, PartitionLeases } from '@signalbox/database';
import { Bus, ensureStreams } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { AckPolicy, DeliverPolicy } from 'nats';
import { setTimeout as sleep } from 'node:timers/promises';
import { schema } from '../schema.js';
import { Intake } from './intake.js';
import { Spool } from './spool.js';

const silent = { warn: () => undefined, info: () => undefined } as unknown as Logger;
const tenantId = newId();
const scopeId = newId();
let nats: Server;
let url: string;
let db: Database;
let bus: Bus;
let spool: Spool;
let intake: Intake;
let isSending = false;

beforeEach(async () => {
  ({ url } = await freshDatabase(schema));
});
afterEach(async () => {
  isSending = false;
  await spool.stop();
  await bus.close();
  await db.close();
  await nats.stop();
});

async function open(options?: Parameters<typeof startNats>[0]): Promise<void> {
  nats = await startNats(options);
  db = new Database({ url, schema: 'ingest' });
  bus = new Bus({ servers: nats.url, name: 'test', publishTimeoutMs: 300 });
  await ensureStreams(bus, { replicas: 1, maxBytes: 64 * 1024 ** 2 });
  start();
}

function start(): void {
  spool = new Spool(db, bus, new PartitionLeases(db, 'spool', 1), silent);
  intake = new Intake(spool);
  spool.start();
}

/** Each statement of that kind takes so much longer. */
async function slowly(statements: string, ms: number): Promise<void> {
  await db.query(`create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(${ms / 1_000}); return null; end $$`);
  await db.query(`create trigger slow after ${statements} for each statement execute function slow()`);
}

function event(dedupKey: string, n: number): Event {
  return {
    id: newId(), traceId: newId(), scopeId, serviceId: scopeId, integrationId: null,
    action: 'trigger', dedupKey, summary: String(n), source: 'test', severity: 'error',
    acceptedAt: new Date().toISOString(), details: {}, links: [],
  };
}

/** One sender per key that waits for each answer, until told to stop. Gives how many of each key were accepted. */
function senders(keys: string[]): { stop(): Promise<Map<string, number>> } {
  const accepted = new Map<string, number>();
  isSending = true;
  const work = keys.map(async (key) => {
    for (let n = 1; isSending; n += 1) {
      const one = event(key, n);
      while (!(await intake.events(tenantId, [one], 300).then(() => true, () => !isSending))) await sleep(5);
      accepted.set(key, n);
      await sleep(2);
    }
  });
  return { stop: async () => { isSending = false; await Promise.all(work); return accepted; } };
}

/** What is on the bus, in order, per key; repeats of an id only where it came first. */
async function onTheBus(): Promise<Map<string, number[]>> {
  const manager = await bus.manager();
  const { state } = await manager.streams.info('EVENTS');
  const { name } = await manager.consumers.add('EVENTS', { ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All });
  const consumer = await (await bus.ready()).jetstream().consumers.get('EVENTS', name);
  const seen = new Set<string>();
  const order = new Map<string, number[]>();
  for (let left = state.messages; left > 0;) {
    for await (const message of await consumer.fetch({ max_messages: left, expires: 2_000 })) {
      left -= 1;
      for (const { id, dedupKey, summary } of EVENTS.decode(message.data).events) {
        if (seen.has(id)) continue;
        seen.add(id);
        order.set(dedupKey, [...(order.get(dedupKey) ?? []), Number(summary)]);
      }
    }
  }
  return order;
}

const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

async function expectAllInOrder(accepted: Map<string, number>): Promise<void> {
  await eventually(() => !spool.spooling, { describe: 'the spool to be empty' });
  const found = await onTheBus();
  for (const [key, count] of accepted) expect([key, found.get(key)]).toEqual([key, upTo(count)]);
}

interface Circumstances { readonly bus?: Parameters<typeof startNats>[0]; readonly postgres?: () => Promise<void> }

test.each<[string, Circumstances]>([
  ['as fast as Postgres', {}],
  ['whose disk takes its time', { bus: { syncInterval: 'always' } }],
  ['while Postgres is slow', { postgres: () => slowly('insert or delete on spool', 400) }],
])('goes back to the bus (%s) under steady load, and nothing overtakes what was spooled', async (_, { bus: options, postgres }) => {
  await open(options);
  await postgres?.();
  // So many that there is hardly a moment in which none of them has just been spooled.
  const load = senders(keysOf(100));
  await eventually(() => !spool.spooling, { withinMs: 15_000, describe: 'the gateway to use the bus' });
  for (let round = 0; round < 2; round += 1) {
    await nats.kill();
    await eventually(() => spool.spooling && spool.size > 20, { withinMs: 15_000, describe: 'the spool to fill' });
    await nats.restart();
    await eventually(() => !spool.spooling, { withinMs: 15_000, describe: 'the gateway to use the bus again, although senders go on' });
  }
  await expectAllInOrder(await load.stop());
  // Each wait has its own limit; together, with as many events as a busy machine lets through, they take longer than a test usually may.
}, 120_000);

test('keeps the order when the bus falters without the connection breaking', async () => {
  await open();
  const load = senders(keysOf(12));
  await eventually(() => !spool.spooling, { describe: 'the gateway to use the bus' });
  for (let round = 0; round < 5; round += 1) {
    await nats.kill('SIGSTOP');
    await sleep(290 + 7 * round); // publishes time out at 300 ms: some of them just do, some just do not
    await nats.kill('SIGCONT');
    await sleep(300);
  }
  await expectAllInOrder(await load.stop());
});

test('a gateway that starts lets go first what another one has left in the spool', async () => {
  await open();
  await eventually(() => !spool.spooling, { describe: 'the gateway to use the bus' });
  await nats.kill();
  for (const n of [1, 2, 3]) await intake.events(tenantId, [event('left', n)], 300);
  await spool.stop();
  await nats.restart();
  await eventually(() => bus.connected, { describe: 'the bus' });
  start();
  for (const n of [4, 5]) await intake.events(tenantId, [event('left', n)], 300);
  await expectAllInOrder(new Map([['left', 5]]));
});

test('while another gateway drains a long spool, nobody here waits for its end', async () => {
  await open();
  await spool.stop();
  const other = new PartitionLeases(db, 'spool', 1);
  await other.renew();
  await db.query(`insert into spool (subject, message_id, body) select $1, n::text, '' from generate_series(1, 1000) n`, [subjects.events(tenantId, 0)]);
  start();
  let longestMs = 0;
  for (const end = Date.now() + 2_000; Date.now() < end;) {
    const began = Date.now();
    await intake.events(tenantId, [event('meanwhile', 1)], 300);
    longestMs = Math.max(longestMs, Date.now() - began);
    await other.renew();
  }
  expect(longestMs).toBeLessThan(500);
  expect(spool.size).toBeGreaterThan(1_000);
});

test('a stream that is full keeps nothing back that goes to another one', async () => {
  await open();
  await eventually(() => !spool.spooling, { describe: 'the gateway to use the bus' });
  const { streams } = await bus.manager();
  await streams.update('CHANGES', { ...(await streams.info('CHANGES')).config, max_bytes: 1_000 });
  // More than are drained at a time.
  for (let n = 0; n < 250; n += 1) await intake.callback({ subject: subjects.changes(tenantId), messageId: newId(), body: Buffer.alloc(1_000) });
  await intake.events(tenantId, [event('alert', 1)], 300);
  expect(await onTheBus()).toEqual(new Map([['alert', [1]]]));
  await eventually(() => spool.size > 0, { describe: 'the change events to wait' });
});
