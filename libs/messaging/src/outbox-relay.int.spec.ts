import { newId, subjects } from '@signalbox/contracts';
import { Database, Outbox, enqueue, migrate, type OutboxMessage, type OutboxRow } from '@signalbox/database';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { Bus } from './bus.js';
import { directoryMessage } from './directory.js';
import { OutboxRelay } from './outbox-relay.js';
import { ensureStreams } from './streams.js';

const tenantId = newId();
let nats: Server;
let db: Database;
let outbox: Outbox;
let bus: Bus;
const relays: OutboxRelay[] = [];

beforeAll(async () => {
  nats = await startNats();
  const { url } = await freshDatabase();
  await migrate([{ name: 'incidents', migrations: [] }], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'incidents' });
  outbox = new Outbox(db);
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, { replicas: 1, maxBytes: 64 * 1024 ** 2 });
});
afterAll(async () => {
  await bus.close();
  await db.close();
  await nats.stop();
});
beforeEach(async () => {
  await (await bus.manager()).streams.purge('AUDIT');
  await db.query('truncate outbox');
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
});

function startRelay(): OutboxRelay {
  const relay = new OutboxRelay(bus, outbox);
  relays.push(relay);
  relay.start();
  return relay;
}

function message(text: string): OutboxMessage {
  return { subject: subjects.audit(tenantId), messageId: newId(), body: Buffer.from(text), headers: { 'x-trace': text } };
}

const commit = (...messages: OutboxMessage[]): Promise<OutboxRow[]> => db.transaction((tx) => enqueue(tx, messages));
/** Rows that a process committed and then died over, some seconds ago. */
async function orphan(...messages: OutboxMessage[]): Promise<void> {
  await commit(...messages);
  await db.query(`update outbox set created_at = now() - interval '10 seconds'`);
}

async function published(): Promise<string[]> {
  const { streams } = await bus.manager();
  const { state } = await streams.info('AUDIT');
  const texts: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) texts.push((await streams.getMessage('AUDIT', { seq })).string());
  return texts;
}

const drained = (): Promise<unknown> => eventually(async () => (await outbox.size()) === 0, { withinMs: 8_000, describe: 'the outbox is empty' });

describe('the relay of an outbox', () => {
  it('publishes committed rows at once, with their headers, and removes them', async () => {
    const relay = startRelay();
    const rows = await commit(message('one'), message('two'));
    const began = performance.now();
    relay.offer(rows);
    await drained();
    expect(performance.now() - began).toBeLessThan(500);
    expect((await published()).toSorted()).toEqual(['one', 'two']);
    expect((await (await bus.manager()).streams.getMessage('AUDIT', { last_by_subj: subjects.audit(tenantId) })).header.get('x-trace')).toMatch(/one|two/);
  });

  it('publishes what a dead process left, in order, and more than one batch of it', async () => {
    const texts = Array.from({ length: 450 }, (_, index) => `n${index}`);
    await orphan(...texts.map(message));
    startRelay();
    await drained();
    expect((await published()).toSorted()).toEqual(texts.toSorted());
  });

  it('has a row stored once although two replicas sweep it and its writer offers it', async () => {
    const rows = [message('once')];
    await orphan(...rows);
    const [row] = await outbox.waiting(1, 0);
    const [one] = [startRelay(), startRelay()];
    one.offer([row!]);
    await drained();
    expect(await published()).toEqual(['once']);
  });

  it('gets everything else out although hundreds of rows can never be published', async () => {
    const refused: OutboxMessage = { subject: 'nobody.listens', messageId: newId(), body: Buffer.from('x') };
    await orphan(...Array.from({ length: 250 }, () => refused), { ...message('too large'), body: Buffer.alloc(1_200_000) }, message('behind them'));
    startRelay();
    await eventually(async () => (await published()).includes('behind them'), { withinMs: 8_000, describe: 'the row behind them' });
    await eventually(async () => (await outbox.size()) === 251, { describe: 'only what is refused is left' });
  });

  it('publishes what was committed while NATS was away, when it is back', async () => {
    const relay = startRelay();
    await nats.kill('SIGKILL');
    await eventually(() => !bus.connected);
    relay.offer(await commit(message('in the dark')));
    await nats.restart();
    await drained();
    expect(await published()).toEqual(['in the dark']);
  });

  it('has finished what was offered when it has stopped', async () => {
    const relay = startRelay();
    relay.offer(await commit(...Array.from({ length: 50 }, (_, index) => message(`n${index}`))));
    await relay.stop();
    expect(await outbox.size()).toBe(0);
  });
});

describe('directory entries in an outbox', () => {
  async function versionOf(key: string): Promise<number> {
    const stored = await (await bus.manager()).streams.getMessage('KV_directory', { last_by_subj: subjects.directory('services', key) });
    return (JSON.parse(stored.string()) as { version: number }).version;
  }

  it('never go back to an older version, however the rows arrive', async () => {
    const key = newId();
    const relays3 = [startRelay(), startRelay(), startRelay()];
    const rows = await commit(...Array.from({ length: 30 }, (_, index) =>
      directoryMessage('services', key, index + 1, { id: key, tenantId, name: `v${index + 1}` })));
    let highest = 0;
    rows.toSorted(() => Math.random() - 0.5).forEach((row, index) => relays3[index % 3]!.offer([row]));
    await eventually(async () => {
      const now = await versionOf(key).catch(() => 0);
      expect(now).toBeGreaterThanOrEqual(highest);
      highest = now;
      return (await outbox.size()) === 0;
    }, { withinMs: 8_000, everyMs: 2, describe: 'all rows are dealt with' });
    expect(await versionOf(key)).toBe(30);
  });

  it('replace a value that is no entry of ours', async () => {
    const key = newId();
    await bus.publish(subjects.directory('services', key), Buffer.from('junk'));
    startRelay().offer(await commit(directoryMessage('services', key, 1, { id: key, tenantId, name: 'v1' })));
    await drained();
    expect(await versionOf(key)).toBe(1);
  });
});
