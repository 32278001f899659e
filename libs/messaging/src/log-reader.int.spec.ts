import { PARTITIONS, contract, newId, subjects } from '@signalbox/contracts';
import { Database, PartitionLeases, isDatabaseAway, migrate, type Transaction } from '@signalbox/database';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { Type } from '@sinclair/typebox';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { Bus } from './bus.js';
import { LogReader, isBusAway } from './log-reader.js';
import type { Batch, LogHandler, PoisonedEntry } from './partition-reader.js';
import type { ReaderLeases } from './reader-leases.js';
import { ensureStreams } from './streams.js';

const NOTES = contract({ type: 'note', version: 1, stream: 'EVENTS', schema: Type.Object({ text: Type.String() }), example: { text: 'hello' } });
interface Note { text: string }

const tenantId = newId();
const streams = { replicas: 1, maxBytes: 64 * 1024 ** 2 };
let nats: Server;
let url: string;
let db: Database;
let bus: Bus;
let reader: string;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  nats = await startNats();
  ({ url } = await freshDatabase());
  await migrate([{ name: 'incidents', migrations: [] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents', poolSize: 20 });
  await db.query('create table effects (reader text, text text, partition int, id bigint generated always as identity)');
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, streams);
});

afterAll(async () => {
  await bus.close();
  await db.close();
  await nats.stop();
});

beforeEach(async () => {
  reader = `reader-${newId()}`;
  await (await bus.manager()).streams.purge('EVENTS');
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Writes what it reads beside the cursor; `before` and `after` its commit it does what a test asks for. */
class Recorder implements LogHandler<Note, Transaction> {
  readonly buried: PoisonedEntry<Note>[] = [];
  batches = 0;
  before: (texts: readonly string[]) => Promise<void> | void = () => undefined;
  after: (texts: readonly string[]) => Promise<void> | void = () => undefined;

  async handle(batch: Batch<Note, Transaction>): Promise<void> {
    this.batches += 1;
    const texts = batch.entries.map((entry) => entry.value.text);
    await db.transaction(async (tx) => {
      for (const text of texts) await tx.query('insert into effects (reader, text, partition) values ($1, $2, $3)', [reader, text, batch.partition]);
      await this.before(texts);
      await batch.advance(tx);
    });
    await this.after(texts);
  }

  async bury(entry: PoisonedEntry<Note>, batch: Batch<Note, Transaction>): Promise<void> {
    await db.transaction(async (tx) => { await batch.advance(tx); });
    this.buried.push(entry);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || isBusAway(error);
  }
}

function leasesOf(name = reader): PartitionLeases {
  return new PartitionLeases(db, name, PARTITIONS);
}

async function startReader(
  handler: LogHandler<Note, Transaction>,
  options: { through?: Bus; leases?: ReaderLeases<Transaction>; maxBatch?: number } = {},
): Promise<LogReader<Note, Transaction>> {
  const log = new LogReader({ bus: options.through ?? bus, contract: NOTES, leases: options.leases ?? leasesOf(), handler, maxBatch: options.maxBatch ?? 50 });
  cleanups.push(() => log.stop());
  await log.start();
  return log;
}

async function publish(texts: readonly string[], partition = 0): Promise<void> {
  for (const text of texts) await insist(() => bus.publish(subjects.events(tenantId, partition), NOTES.encode({ text })));
}

/** Publishes as a gateway with a spool does: until it is stored. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  await eventually(() => work().then(() => true, (error: unknown) => { if (isBusAway(error)) return false; throw error; }), {
    withinMs: 10_000, describe: 'the bus stores',
  });
}

async function effects(partition = 0): Promise<string[]> {
  const rows = await db.query<{ text: string }>('select text from effects where reader = $1 and partition = $2 order by id', [reader, partition]);
  return rows.map((row) => row.text);
}

function arrived(expected: readonly string[], options: { partition?: number; withinMs?: number } = {}): Promise<unknown> {
  return eventually(async () => { expect(await effects(options.partition)).toEqual(expected); return true; }, {
    withinMs: options.withinMs ?? 8_000, describe: 'all took effect once, in order',
  });
}

function numbered(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `n${from + index}`);
}

/** A door in front of NATS that can be held (nothing comes through to the client) and torn down. */
async function natsThrough(): Promise<{ url: string; hold: () => void; cut: () => void }> {
  const sockets = new Set<Socket>();
  let held = false;
  const target = Number(new URL(nats.url).port);
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    sockets.add(client).add(upstream);
    client.on('data', (data) => upstream.write(data)).on('error', () => undefined).on('close', () => upstream.destroy());
    upstream.on('data', (data) => { if (!held) client.write(data); }).on('error', () => undefined).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    held = false;
  };
  cleanups.push(() => { cut(); server.close(); });
  return { url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`, hold: () => { held = true; }, cut };
}

describe('a log reader', () => {
  it('lets every entry of every partition take effect once and in order', async () => {
    const texts = numbered(120);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await Promise.all(texts.map((text) => bus.publish(subjects.events(tenantId, partition), NOTES.encode({ text }))));
    }
    await startReader(new Recorder());
    for (let partition = 0; partition < PARTITIONS; partition += 1) await arrived(texts, { partition });
  });

  it('buries the one entry that fails and lets all others take effect', async () => {
    const handler = new Recorder();
    handler.before = (texts) => { if (texts.includes('n17')) throw new Error('n17 is poison'); };
    await publish(numbered(40));
    await startReader(handler);
    await arrived(numbered(40).filter((text) => text !== 'n17'));
    expect(handler.buried.map(({ value, error, tenantId: tenant }) => [value?.text, (error as Error).message, tenant]))
      .toEqual([['n17', 'n17 is poison', tenantId]]);
  });

  it('buries what cannot be decoded, with its bytes, in its place', async () => {
    const handler = new Recorder();
    await publish(['first']);
    await bus.publish(subjects.events(tenantId, 0), Buffer.from('{"type":"note","da'));
    await publish(['last']);
    await startReader(handler);
    await arrived(['first', 'last']);
    expect(handler.buried.map(({ value, bytes }) => [value, Buffer.from(bytes).toString()])).toEqual([[undefined, '{"type":"note","da']]);
  });

  it('waits for a database that is away and buries nothing', async () => {
    const handler = new Recorder();
    let refusals = 2;
    handler.before = () => {
      if ((refusals -= 1) >= 0) throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    };
    await publish(numbered(5));
    await startReader(handler);
    await arrived(numbered(5));
    expect(handler.buried).toEqual([]);
  });

  it('lets a batch take effect once whose commit was lost on its way back', async () => {
    const handler = new Recorder();
    let lost = false;
    handler.after = () => {
      if (lost) return;
      lost = true;
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    };
    await publish(numbered(6));
    await startReader(handler);
    await eventually(() => lost, { describe: 'the commit was lost' });
    await publish(['next']);
    await arrived([...numbered(6), 'next']);
    expect(handler.buried).toEqual([]);
  });

  it('reads again what a crash of Postgres took back, though it had been told of the commit', async () => {
    const handler = new Recorder();
    const taken = [...numbered(3), ...numbered(3, 3)];
    await startReader(handler);
    await publish(numbered(3));
    await arrived(numbered(3));
    await publish(numbered(3, 3));
    await arrived(taken);
    const before = await db.query<{ sequence: number }>('select sequence from partition_cursors where reader = $1 and partition = 0', [reader]);
    await db.query(
      `with gone as (delete from effects where reader = $1 and text in ('n3', 'n4', 'n5'))
       update partition_cursors set sequence = $2 where reader = $1 and partition = 0`,
      [reader, before[0]!.sequence - 3],
    );
    await publish(['next']);
    await arrived([...taken, 'next']);
    expect(handler.buried).toEqual([]);
  });

  it('goes back to a cursor that a crash of Postgres took back, although nothing new comes', async () => {
    await startReader(new Recorder());
    await publish(['first']);
    await arrived(['first']);
    await publish(['taken back']);
    await arrived(['first', 'taken back']);
    await db.query(
      `with gone as (delete from effects where reader = $1 and text = 'taken back')
       update partition_cursors set sequence = sequence - 1 where reader = $1 and partition = 0`,
      [reader],
    );
    await arrived(['first', 'taken back']);
  });

  it('reads again from the beginning when a crash of Postgres took back its first cursor', async () => {
    await startReader(new Recorder());
    await publish(numbered(2));
    await arrived(numbered(2));
    await db.query('with gone as (delete from effects where reader = $1) delete from partition_cursors where reader = $1', [reader]);
    await publish(['next']);
    await arrived([...numbered(2), 'next']);
  });

  it('reads a stream that was made anew from its beginning', async () => {
    await startReader(new Recorder());
    await publish(numbered(3));
    await arrived(numbered(3));
    await (await bus.manager()).streams.delete('EVENTS');
    await ensureStreams(bus, streams);
    await publish(['anew']);
    await arrived([...numbered(3), 'anew']);
  });

  it('reads on in a stream whose server lost the end of it', async () => {
    const first = await startReader(new Recorder());
    await publish(numbered(3));
    await arrived(numbered(3));
    await first.stop();
    await db.query('update partition_cursors set sequence = sequence + 1000 where reader = $1', [reader]);
    await publish(['with a number that was given before']);
    await startReader(new Recorder());
    // Its readers know what they have taken in by its id; this one does not.
    await arrived([...numbered(3), ...numbered(3), 'with a number that was given before']);
  });

  it('goes on after NATS was killed and started again under load', async () => {
    await startReader(new Recorder());
    const texts = numbered(300);
    const load = publish(texts);
    await eventually(async () => (await effects()).length > 20, { describe: 'the load runs' });
    await nats.kill('SIGKILL');
    await nats.restart();
    await load;
    await arrived([...new Set(texts)]);
  });

  it('gets a message that was on its way when the connection broke, without another one to push it', async () => {
    const door = await natsThrough();
    const through = new Bus({ servers: door.url, name: 'test-through' });
    cleanups.push(() => through.close());
    await startReader(new Recorder(), { through });
    await publish(['first']);
    await arrived(['first']);
    door.hold();
    await publish(['on its way']);
    const manager = await bus.manager();
    await eventually(async () => {
      for await (const info of manager.consumers.list('EVENTS')) {
        if (info.config.filter_subject === 'events.*.0' && info.delivered.consumer_seq >= 2) return true;
      }
      return false;
    }, { describe: 'the server has sent it' });
    door.cut();
    await arrived(['first', 'on its way'], { withinMs: 4_000 });
  });
});

describe('replicas of a log reader', () => {
  async function owners(): Promise<number[]> {
    const rows = await db.query<{ n: number }>('select count(*) as n from leases where reader = $1 and owner is not null group by owner order by 1', [reader]);
    return rows.map((row) => row.n);
  }

  it('share the partitions, and hand them over at once when one stops', async () => {
    const first = await startReader(new Recorder());
    expect(await owners()).toEqual([8]);
    await startReader(new Recorder());
    await eventually(async () => { expect(await owners()).toEqual([4, 4]); return true; }, { withinMs: 3_000 });
    const load = publish(numbered(200));
    await eventually(async () => (await effects()).length > 20);
    await first.stop();
    await eventually(async () => { expect(await owners()).toEqual([8]); return true; }, { withinMs: 2_000 });
    await load;
    await arrived(numbered(200));
  });

  it('take over from one that died within four seconds, and it cannot write when it wakes', async () => {
    let frozen = false;
    let thaw: () => void = () => undefined;
    const thawed = new Promise<void>((resolve) => { thaw = resolve; });
    const whenAlive = async (): Promise<void> => { if (frozen) await thawed; };
    const sleeper = leasesOf();
    const sleepy: ReaderLeases<Transaction> = {
      renew: async () => { await whenAlive(); return sleeper.renew(); },
      release: () => sleeper.release(),
      cursor: (partition) => sleeper.cursor(partition),
      rewind: (lease) => sleeper.rewind(lease),
      advanceCursor: async (tx, lease, move) => { await whenAlive(); await sleeper.advanceCursor(tx, lease, move); },
    };
    await startReader(new Recorder(), { leases: sleepy });
    await publish(numbered(3));
    await arrived(numbered(3));
    frozen = true;
    await publish(numbered(3, 3));
    const died = Date.now();
    await startReader(new Recorder());
    await arrived(numbered(6), { withinMs: 6_000 });
    expect(Date.now() - died).toBeLessThan(4_000);
    thaw();
    await publish(['after']);
    await arrived([...numbered(6), 'after']);
  });

  it('never wait for a slow transaction of another one to keep their own leases', async () => {
    const [one, other] = [leasesOf(), leasesOf()];
    const [lease] = await one.renew();
    await other.renew();
    await db.transaction(async (tx) => {
      await one.advanceCursor(tx, lease!, { stream: 'created', from: 0, to: 1 });
      const began = Date.now();
      await one.renew();
      await other.renew();
      expect(Date.now() - began).toBeLessThan(500);
    });
  });
});

describe('stopping a log reader', () => {
  it('takes no longer than the batch in hand', async () => {
    const log = await startReader(new Recorder());
    await publish(['one']);
    await arrived(['one']);
    const began = Date.now();
    await log.stop();
    expect(Date.now() - began).toBeLessThan(1_000);
  });

  it('leaves no consumer behind', async () => {
    const manager = await bus.manager();
    const consumers = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const info of manager.consumers.list('EVENTS')) names.push(info.name);
      return names;
    };
    const before = new Set(await consumers());
    const made = async (): Promise<number> => (await consumers()).filter((name) => !before.has(name)).length;
    const log = await startReader(new Recorder());
    await eventually(async () => (await made()) === PARTITIONS, { describe: 'one consumer for each partition' });
    await log.stop();
    expect(await made()).toBe(0);
  });

  it('does not hang while NATS is away', async () => {
    const log = await startReader(new Recorder());
    await publish(['one']);
    await arrived(['one']);
    await nats.kill('SIGKILL');
    const began = Date.now();
    await log.stop();
    const took = Date.now() - began;
    await nats.restart();
    await eventually(() => bus.connected, { describe: 'connected again' });
    expect(took).toBeLessThan(3_000);
  });

  it('reads nothing afterwards, even when NATS comes only then', async () => {
    const nowhere = new Bus({ servers: 'nats://127.0.0.1:1', name: 'test-nowhere' });
    const log = new LogReader({
      bus: { ready: () => nowhere.ready().catch(() => undefined), connected: false } as unknown as Bus,
      contract: NOTES, leases: leasesOf(), handler: new Recorder(),
    });
    const starting = log.start();
    await log.stop();
    await nowhere.close();
    await starting;
    expect(await db.query('select 1 from leases where reader = $1 and owner is not null', [reader])).toEqual([]);
  });
});
