import { newId, questions, subjects, type DirectoryEntry } from '@signalbox/contracts';
import { eventually, startNats, type Server } from '@signalbox/testing';
import type { Subscription } from 'nats';
import { Bus } from './bus.js';
import { OwnerAwayError, ReadModel, directoryMessage } from './directory.js';
import { ensureStreams } from './streams.js';

const tenantId = newId();
const streams = { replicas: 1, maxBytes: 64 * 1024 ** 2 };
let nats: Server;
let bus: Bus;
let model: ReadModel<'services'>;

beforeAll(async () => {
  nats = await startNats();
  bus = new Bus({ servers: nats.url, name: 'test' });
  await ensureStreams(bus, streams);
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});
beforeEach(async () => { await (await bus.manager()).streams.purge('KV_directory'); });
afterEach(() => model.stop());

function startModel(): ReadModel<'services'> {
  model = new ReadModel(bus, 'services');
  model.start();
  return model;
}

function entry(key: string, version: number, name: string | null): DirectoryEntry<'services'> {
  return { kind: 'services', key, version, value: name === null ? null : { id: key, tenantId, name } };
}

async function put(key: string, version: number, name: string | null): Promise<void> {
  const { subject, body } = directoryMessage('services', key, version, entry(key, version, name).value);
  await bus.publish(subject, body);
}

const shows = (key: string, name: string | undefined): Promise<unknown> =>
  eventually(() => model.get(key)?.name === name, { withinMs: 6_000, describe: `the model shows ${name}` });

/** Answers for the owner of the kind, and counts how often it is asked. */
async function owner(answer: (key: string) => DirectoryEntry<'services'> | null): Promise<{ asked: number; subscription: Subscription }> {
  const seen = { asked: 0, subscription: undefined as unknown as Subscription };
  seen.subscription = (await bus.ready()).subscribe(questions.directory('services'), {
    callback: (_error, message) => {
      seen.asked += 1;
      message.respond(Buffer.from(JSON.stringify(answer((JSON.parse(message.string()) as { key: string }).key))));
    },
  });
  return seen;
}

describe('a read model', () => {
  it('waits for a new bus to get its streams: without a word, and with one when none come', async () => {
    await (await bus.manager()).streams.delete('KV_directory');
    const said: string[] = [];
    const started = Date.now();
    model = new ReadModel(bus, 'services', (message) => said.push(message));
    model.start();
    await eventually(() => said.length > 0, { withinMs: 15_000, describe: 'it says that it still waits' });
    expect(said[0]).toBe('following the directory of services again');
    expect(Date.now() - started).toBeGreaterThan(4_000);
    expect(model.ready).toBe(false);
    await ensureStreams(bus, streams);
    await eventually(() => model.ready, { withinMs: 6_000, describe: 'the model is filled' });
  });

  it('is filled with what is there, then follows', async () => {
    const [first, second] = [newId(), newId()];
    await put(first, 1, 'first');
    startModel();
    await eventually(() => model.ready, { describe: 'it is filled' });
    expect(model.get(first)?.name).toBe('first');
    await put(second, 1, 'second');
    await shows(second, 'second');
    expect(model.values().map(({ name }) => name)).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it('is ready although the directory holds nothing of its kind', async () => {
    startModel();
    await eventually(() => model.ready, { describe: 'it is filled with nothing' });
    expect(model.size).toBe(0);
  });

  it('takes an older version for nothing, and a deletion for good', async () => {
    const key = newId();
    startModel();
    await put(key, 3, 'new');
    await shows(key, 'new');
    model.apply(entry(key, 2, 'old'));
    expect(model.get(key)?.name).toBe('new');
    await put(key, 4, null);
    await shows(key, undefined);
    model.apply(entry(key, 3, 'late'));
    expect(model.get(key)).toBeUndefined();
    expect(await model.find(key)).toBeUndefined();
  });

  it('asks the owner for a fresh key, once for all who want it now, and remembers that a key is unknown', async () => {
    const [fresh, unknown] = [newId(), newId()];
    startModel();
    const counted = await owner((key) => (key === fresh ? entry(key, 1, 'fresh') : null));
    const found = await Promise.all(Array.from({ length: 20 }, () => model.find(fresh)));
    expect(found.map((value) => value?.name)).toEqual(Array.from({ length: 20 }, () => 'fresh'));
    expect(counted.asked).toBe(1);
    for (let turn = 0; turn < 5; turn += 1) expect(await model.find(unknown)).toBeUndefined();
    expect(counted.asked).toBe(2);
    expect(await model.find(unknown, Date.now() + 4_000)).toBeUndefined();
    expect(counted.asked).toBe(3);
    counted.subscription.unsubscribe();
  });

  it('does not call a key unknown when its owner is away, and asks again soon', async () => {
    const key = newId();
    startModel();
    await expect(model.find(key)).rejects.toThrow(OwnerAwayError);
    const { subscription } = await owner(() => entry(key, 1, 'back'));
    await expect(model.find(key)).rejects.toThrow(OwnerAwayError);
    expect((await model.find(key, Date.now() + 1_000))?.name).toBe('back');
    subscription.unsubscribe();
  });

  it('does not stop at an entry that is none', async () => {
    const key = newId();
    await bus.publish(subjects.directory('services', newId()), Buffer.from('junk'));
    await put(key, 1, 'behind it');
    startModel();
    await shows(key, 'behind it');
    await eventually(() => model.ready);
  });

  it('follows again after NATS was killed and started again', async () => {
    const key = newId();
    startModel();
    await put(key, 1, 'before');
    await shows(key, 'before');
    await nats.kill('SIGKILL');
    await nats.restart();
    await eventually(() => bus.connected);
    await put(key, 2, 'after');
    await shows(key, 'after');
  });

  it('follows a directory that was made anew, whose numbers begin again', async () => {
    const [old, fresh] = [newId(), newId()];
    startModel();
    for (let version = 1; version <= 10; version += 1) await put(old, version, `v${version}`);
    await shows(old, 'v10');
    await (await bus.manager()).streams.delete('KV_directory');
    await ensureStreams(bus, streams);
    await put(fresh, 1, 'fresh');
    await shows(fresh, 'fresh');
    expect(model.get(old)?.name).toBe('v10');
  });
});
