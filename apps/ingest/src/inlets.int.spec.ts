import { DEAD_LETTERS, MESSAGES, newId, type DeadLetter, type Message } from '@signalbox/contracts';
import { directoryMessage } from '@signalbox/messaging';
import { Stage, certifiedKey, eventually, hasMosquitto, startMosquitto, startNats, type Server } from '@signalbox/testing';
import { connectAsync, type MqttClient } from 'mqtt';
import { connect, headers, type NatsConnection } from 'nats';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { service } from './app.module.js';
import { schema } from './schema.js';

const [tenantId, otherTenant] = [newId(), newId()];
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { PUBLIC_INGEST_URL: 'https://in.example.com/', OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32,::1/128' });
  await stage.start();
});
afterAll(() => stage.stop());

type Body = Record<string, unknown>;
interface Inlet {
  id: string;
  state: string;
  lastError: string | null;
  lastMessageAt: string | null;
  counts: { stored: number; refused: number; ignored: number };
  config: Body;
  version: number;
}

const ask = <T = Body>(
  method: string,
  path: string,
  body?: unknown,
  as: { tenant?: string; role?: 'viewer' | 'editor'; headers?: Record<string, string> } = {},
) =>
  stage.call<T>(method, `/api/v1/${path}`, { tenantId: as.tenant ?? tenantId, role: as.role ?? 'editor', headers: as.headers, body });

async function made(config: Body, fields: Body = {}): Promise<Inlet> {
  const { status, body } = await ask<Inlet>('POST', 'inlets', { name: 'Plant', kind: 'mqtt', config, ...fields });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

const read = async (id: string): Promise<Inlet> => (await ask<Inlet>('GET', `inlets/${id}`)).body;

function untilState(id: string, state: string): Promise<Inlet> {
  return eventually(async () => {
    const inlet = await read(id);
    if (inlet.state !== state) throw new Error(`it is ${inlet.state}: ${inlet.lastError}`);
    return inlet;
  }, { withinMs: 10_000, describe: `the inlet to be ${state}` });
}

const messages = async (prefix: string): Promise<Message[]> =>
  (await stage.stored(MESSAGES)).flatMap((envelope) => envelope.messages).filter(({ topic }) => topic.startsWith(prefix));
const letters = (): Promise<DeadLetter[]> => stage.stored(DEAD_LETTERS);

function untilMessages(prefix: string, count: number): Promise<Message[]> {
  return eventually(async () => {
    const found = await messages(prefix);
    if (found.length < count) throw new Error(`${found.length} of ${count}`);
    return found;
  }, { withinMs: 15_000, describe: `${count} messages of ${prefix}` });
}

describe('inlets as a resource', () => {
  const config = { url: 'mqtt://127.0.0.1:9', username: 'signalbox', password: 'correct-horse', topics: [{ filter: 'a/#' }] };

  it('fills in the defaults, masks the password, and keeps it when the mask comes back', async () => {
    const inlet = await made(config, { enabled: false });
    expect(inlet).toMatchObject({
      kind: 'mqtt', state: 'disabled', lastError: null, counts: { stored: 0, refused: 0, ignored: 0 },
      config: {
        ...config, password: '••••••••', version: '5', topics: [{ filter: 'a/#', qos: 1 }],
        sessionExpirySeconds: 604_800, topicPrefix: '',
      },
    });
    const changed = await ask<Inlet>('PATCH', `inlets/${inlet.id}`, { name: 'Plant 2', config: { ...inlet.config, username: 'other' } });
    expect([changed.status, changed.body.config.username, changed.body.version]).toEqual([200, 'other', 2]);
    const rows = await stage.db.query<{ sealed_config: string }>('select sealed_config from inlets where id = $1', [inlet.id]);
    expect(rows[0]!.sealed_config).not.toContain('correct-horse');
    expect((await ask('PATCH', `inlets/${inlet.id}`, { name: 'x' }, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await ask('DELETE', `inlets/${inlet.id}`)).status).toBe(204);
    expect((await ask('GET', `inlets/${inlet.id}`)).status).toBe(404);
  });

  it.each<[string, Body, string]>([
    ['an address that is no broker', { url: 'https://example.com' }, 'config.url'],
    ['credentials in the address', { url: 'mqtt://a:b@127.0.0.1' }, 'config.url'],
    ['a private address', { url: 'mqtt://10.0.0.1' }, 'config.url'],
    ['the address of a cloud\'s metadata', { url: 'mqtt://169.254.169.254' }, 'config.url'],
    ['no topics', { topics: [] }, 'config.topics'],
    ['a + within a level', { topics: [{ filter: 'a/b+' }] }, 'config.topics.0.filter'],
    ['a # before the end', { topics: [{ filter: 'a' }, { filter: '#/a' }] }, 'config.topics.1.filter'],
    ['the broker\'s own topics', { topics: [{ filter: '$SYS/#' }] }, 'config.topics.0.filter'],
    ['a filter that is there twice', { topics: [{ filter: 'a' }, { filter: 'a', qos: 2 }] }, 'config.topics.1.filter'],
    ['a QoS of 3', { topics: [{ filter: 'a', qos: 3 }] }, 'config.topics.0.qos'],
    ['an unknown version', { version: '3' }, 'config.version'],
    ['a prefix with a wildcard', { topicPrefix: 'a/+/' }, 'config.topicPrefix'],
    ['an unknown setting', { retain: true }, 'config.retain'],
    ['a CA without TLS', { ca: 'PEM' }, 'config.url'],
  ])('refuses %s and names the field', async (_, more, path) => {
    const { status, body } = await ask<{ errors: { path: string }[] }>('POST', 'inlets', { name: 'x', kind: 'mqtt', config: { ...config, ...more } });
    expect([status, body.errors?.map((error) => error.path)]).toEqual([400, [path]]);
  });

  it('is not for viewers to change, nor for other tenants to see', async () => {
    const { id } = await made(config, { enabled: false });
    expect((await ask('POST', 'inlets', { name: 'x', kind: 'mqtt', config }, { role: 'viewer' })).status).toBe(403);
    for (const [method, path] of [['GET', ''], ['PATCH', ''], ['DELETE', ''], ['POST', '/test']] as const) {
      expect((await ask(method, `inlets/${id}${path}`, method === 'PATCH' ? {} : undefined, { tenant: otherTenant })).status).toBe(404);
    }
    expect((await ask<{ data: Body[] }>('GET', 'inlets', undefined, { tenant: otherTenant })).body.data).toEqual([]);
    expect((await ask<{ data: Body[] }>('GET', 'inlet-types')).body.data).toMatchObject(
      ['mqtt', 'nats'].map((kind) => ({ kind, config: { properties: { password: { writeOnly: true } } } })));
  });

  it('says why it cannot connect, and tries again', async () => {
    const { id } = await made(config);
    const inlet = await untilState(id, 'waiting');
    expect(inlet.lastError).toContain('The broker cannot be reached');
    expect((await ask<Body>('POST', `inlets/${id}/test`)).body).toMatchObject({ ok: false, message: expect.stringContaining('cannot be reached') });
    await ask('DELETE', `inlets/${id}`);
  });
});

const UNUSED = '$SYS/broker/clients/disconnected';
const withMosquitto = hasMosquitto() ? describe : describe.skip;

withMosquitto(hasMosquitto() ? 'with Mosquitto' : 'SKIPPED: no mosquitto here (apt-get install mosquitto)', () => {
  let broker: Server;
  let sender: MqttClient;

  beforeAll(async () => {
    broker = await startMosquitto(['sys_interval 1']);
    sender = await connectAsync(broker.url, { protocolVersion: 5 });
  });
  afterAll(async () => {
    sender.end(true);
    await broker.stop();
  });

  const options = (more: Parameters<MqttClient['publishAsync']>[2] = {}) => ({ qos: 1 as const, ...more });

  it.each(['5', '4'])('stores what comes: JSON, text, bytes and user properties, in order (version %s)', async (version) => {
    const prefix = `v${version}/`;
    const { id } = await made({ url: broker.url, version, topicPrefix: prefix, topics: [{ filter: 'devices/#' }, { filter: 'exact', qos: 2 }] });
    await untilState(id, 'connected');
    await sender.publishAsync('devices/7/temperature', '{"value":21.5}', options({
      properties: { userProperties: { site: 'north', 'message-id': `m-${version}` }, contentType: 'application/json' },
    }));
    await sender.publishAsync('devices/7/state', 'online', options());
    await sender.publishAsync('devices/7/raw', Buffer.from([0xff, 0x00, 0xfe]), options());
    await sender.publishAsync('exact', '{"n":1}', options({ qos: 2 }));
    const found = await untilMessages(prefix, 4);
    const of = (topic: string): Message => found.find((message) => message.topic === prefix + topic)!;
    expect(of('devices/7/temperature')).toMatchObject({
      payload: { value: 21.5 }, ...(version === '5' ? { id: 'm-5', headers: { site: 'north', 'content-type': 'application/json' } } : {}),
    });
    expect(of('devices/7/state').payload).toBe('online');
    expect(of('devices/7/raw')).toMatchObject({ payload: '/wD+', headers: { 'payload-encoding': 'base64' } });
    expect(of('exact').payload).toEqual({ n: 1 });
    const inlet = await eventually(async () => {
      const shown = await read(id);
      return shown.counts.stored === 4 ? shown : undefined;
    }, { describe: 'the counts' });
    expect(Date.now() - Date.parse(inlet.lastMessageAt!)).toBeLessThan(60_000);
    expect((await ask<Body>('POST', `inlets/${id}/test`)).body).toMatchObject({ ok: true });
    expect((await ask('DELETE', `inlets/${id}`)).status).toBe(204);
  });

  it.each([
    ['5', 1], ['5', 2], ['4', 1], ['4', 2],
  ] as const)('loses nothing that is published while no gateway runs, and keeps the order (version %s, QoS %i)', async (version, qos) => {
    const prefix = `away-${newId().slice(-12)}/`;
    const { id } = await made({ url: broker.url, version, topics: [{ filter: `${prefix}#`, qos }] });
    await untilState(id, 'connected');
    await stage.end();
    // One by one: Mosquitto 2.0.11 forgets messages of QoS 2 that are published at the same time for a session that is away.
    for (let n = 0; n < 250; n += 1) await sender.publishAsync(`${prefix}a`, String(n), { qos });
    await stage.start();
    const found = await untilMessages(prefix, 250);
    expect(found.map(({ payload }) => payload)).toEqual(Array.from({ length: 250 }, (_, n) => n));
    await ask('DELETE', `inlets/${id}`);
  });

  it('is run by one replica, and by another within seconds when that one ends', async () => {
    const { id } = await made({ url: broker.url, topics: [{ filter: 'two/#' }] });
    await untilState(id, 'connected');
    const [first] = stage.replicas;
    await stage.start();
    await sender.publishAsync('two/a', '1', options());
    await untilMessages('two/', 1);
    await stage.end(first);
    await sender.publishAsync('two/a', '2', options());
    const found = await untilMessages('two/', 2);
    expect(found.map(({ payload }) => payload)).toEqual([1, 2]);
    await untilState(id, 'connected');
    await ask('DELETE', `inlets/${id}`);
  });

  it('acknowledges nothing while nothing can be stored: it comes once there is room again', async () => {
    const { id } = await made({ url: broker.url, topics: [{ filter: 'full/#' }] });
    await untilState(id, 'connected');
    // Neither the bus nor the spool takes anything.
    await stage.nats.kill();
    await stage.db.query('alter table spool rename to spool_away');
    for (let n = 0; n < 50; n += 1) await sender.publishAsync('full/a', String(n), options());
    await eventually(async () => (await read(id)).lastError?.includes('cannot store'), { withinMs: 10_000, describe: 'the inlet to say so' });
    await stage.db.query('alter table spool_away rename to spool');
    await stage.nats.restart();
    const found = await untilMessages('full/', 50);
    expect(new Set(found.map(({ payload }) => payload)).size).toBe(50);
    await untilState(id, 'connected');
    await ask('DELETE', `inlets/${id}`);
  });

  it('keeps what can be no message as a dead letter, and goes on', async () => {
    const { id } = await made({ url: broker.url, topics: [{ filter: 'big/#' }] });
    await untilState(id, 'connected');
    await sender.publishAsync('big/a', 'x'.repeat(600_000), options());
    await sender.publishAsync('big/b', 'small', options());
    expect(await untilMessages('big/', 1)).toMatchObject([{ topic: 'big/b' }]);
    expect((await letters()).filter(({ headers }) => headers?.['inlet-id'] === id)).toMatchObject([{
      tenantId, reason: 'no_message',
      detail: expect.stringContaining('600000 bytes'),
    }]);
    await eventually(async () => (await read(id)).counts.refused === 1, { describe: 'the count' });
    await ask('DELETE', `inlets/${id}`);
  });

  it('does not read retained messages again when it connects again, and gives back what is taken out of its topics', async () => {
    await sender.publishAsync('kept/a', 'retained', options({ retain: true }));
    const { id } = await made({ url: broker.url, version: '4', topics: [{ filter: 'kept/#' }, { filter: 'gone/#' }] });
    expect(await untilMessages('kept/', 1)).toMatchObject([{ headers: { 'mqtt-retain': 'true' } }]);
    await eventually(async () => (await read(id)).counts.stored === 1, { describe: 'the status to be written' });
    await ask('PATCH', `inlets/${id}`, { config: { url: broker.url, version: '4', topics: [{ filter: 'kept/#' }] } });
    await eventually(async () => {
      await sender.publishAsync('kept/probe', 'again', options());
      return (await subscriptionsOf(id)) === 1;
    }, { withinMs: 10_000, describe: 'the subscription to be given back' });
    await sender.publishAsync('gone/a', 'unwanted', options());
    await sender.publishAsync('kept/b', 'wanted', options());
    await eventually(async () => (await messages('kept/b')).length === 1, { withinMs: 10_000, describe: 'the message behind it' });
    expect(await messages('gone/')).toEqual([]);
    expect(await messages('kept/a')).toHaveLength(1);
    await ask('DELETE', `inlets/${id}`);
  });

  /** What its keeper has noted of what the broker was asked for. */
  async function subscriptionsOf(id: string): Promise<number> {
    const rows = await stage.db.query<{ subscribed: string[] }>('select subscribed from inlet_status where inlet_id = $1', [id]);
    return rows[0]!.subscribed.length;
  }

  it('leaves no session behind when it is deleted', async () => {
    const { id } = await made({ url: broker.url, topics: [{ filter: 'left/#' }] });
    await untilState(id, 'connected');
    await ask('DELETE', `inlets/${id}`);
    // The broker tells of the sessions that nobody uses every second.
    let unused: string | undefined;
    sender.on('message', (topic, payload) => { if (topic === UNUSED) unused = payload.toString(); });
    await sender.subscribeAsync(UNUSED);
    await eventually(() => unused === '0', { withinMs: 15_000, describe: 'no session to be there that nobody uses' });
  });
});

withMosquitto(hasMosquitto() ? 'with Mosquitto behind TLS and a password' : 'SKIPPED: no mosquitto here', () => {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-inlets-'));
  const { key, certificate } = certifiedKey('localhost', { isAuthority: true });
  let broker: Server;

  beforeAll(async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const passwords = join(dir, 'passwords');
    expect(spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'signalbox', 'correct-horse']).status).toBe(0);
    broker = await startMosquitto([
      `certfile ${file('cert.pem', certificate)}`, `keyfile ${file('key.pem', key)}`,
      'allow_anonymous false', `password_file ${passwords}`,
    ]);
  });
  afterAll(async () => {
    await broker.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each<[string, Body, Body]>([
    ['takes what fits', {}, { ok: true, message: expect.stringContaining('MQTT 5, TLS') }],
    ['takes what fits, with version 4', { version: '4' }, { ok: true, message: expect.stringContaining('MQTT 3.1.1, TLS') }],
    ['says that the password is wrong', { password: 'wrong-horse' }, { ok: false, message: expect.stringMatching(/may not|password is wrong/) }],
    [
      'says that the password is wrong, with version 4',
      { version: '4', password: 'wrong-horse' },
      { ok: false, message: expect.stringMatching(/may not|password is wrong/) },
    ],
    ['does not trust a certificate that nobody vouches for', { ca: undefined }, { ok: false, message: expect.stringContaining('cannot be reached') }],
    ['does not trust a certificate for another name', { url: 'mqtts://127.0.0.1' }, { ok: false, message: expect.stringContaining('cannot be reached') }],
    ['does not take a broker without TLS for one with it', { url: 'mqtt://localhost', ca: undefined }, { ok: false }],
  ])('%s', async (_, { url = 'mqtts://localhost', ...more }, answer) => {
    const { id } = await made(
      { url: `${String(url)}:${broker.port}`, username: 'signalbox', password: 'correct-horse', ca: certificate, topics: [{ filter: 'a' }], ...more },
      { enabled: false },
    );
    const { body } = await ask<Body>('POST', `inlets/${id}/test`);
    expect(body).toMatchObject(answer);
    expect(JSON.stringify(body)).not.toContain('horse');
    await ask('DELETE', `inlets/${id}`);
  });
});

describe('with a NATS server', () => {
  let server: Server;
  let foreign: NatsConnection;

  beforeAll(async () => {
    server = await startNats();
    foreign = await connect({ servers: server.url });
    await (await foreign.jetstreamManager()).streams.add({ name: 'PLANT', subjects: ['plant.>'] });
  });
  afterAll(async () => {
    await foreign.close();
    await server.stop();
  });

  const inlet = (config: Body) => made({ url: server.url, ...config }, { kind: 'nats' });
  const consumers = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of (await foreign.jetstreamManager()).consumers.list('PLANT')) found.push(name);
    return found;
  };

  it('stores the messages of a stream with their headers and ids, and what comes while no gateway runs', async () => {
    const { id } = await inlet({ stream: 'PLANT', subject: 'plant.7.>', topicPrefix: 'n/' });
    await untilState(id, 'connected');
    const given = headers();
    given.append('site', 'north');
    await foreign.jetstream().publish('plant.7.line.3', '{"n":0}', { headers: given });
    await foreign.jetstream().publish('plant.8.line.3', '{"n":-1}');
    expect(await untilMessages('n/', 1)).toMatchObject([{
      id: expect.stringMatching(/^PLANT\/1\/\d+$/),
      topic: 'n/plant/7/line/3', payload: { n: 0 }, headers: { site: 'north' },
    }]);
    await stage.end();
    for (let n = 1; n <= 300; n += 1) await foreign.jetstream().publish('plant.7.line.3', JSON.stringify({ n }));
    await stage.start();
    const found = await untilMessages('n/', 301);
    expect(found.map(({ payload }) => (payload as { n: number }).n)).toEqual(Array.from({ length: 301 }, (_, n) => n));
    expect(await consumers()).toEqual([`signalbox-${id}`]);
    expect((await ask<Body>('POST', `inlets/${id}/test`)).body).toMatchObject({ ok: true, message: expect.stringContaining('0 messages wait') });
    const { config } = await (await foreign.jetstreamManager()).consumers.info('PLANT', `signalbox-${id}`);
    expect(config).toMatchObject({ ack_policy: 'explicit', max_ack_pending: 200 });
    await ask('DELETE', `inlets/${id}`);
    await eventually(async () => (await consumers()).length === 0, { withinMs: 10_000, describe: 'its consumer to be gone' });
  });

  it('fetches nothing for a tenant that is disabled, after a restart neither, and goes on where it was when the tenant is enabled', async () => {
    const switchTo = async (enabled: boolean, version: number): Promise<void> => {
      const { subject, body } = directoryMessage('tenants', tenantId, version, { id: tenantId, name: 'T', enabled });
      await stage.bus.publish(subject, body);
    };
    const { id } = await inlet({ stream: 'PLANT', subject: 'plant.switched', topicPrefix: 'ours/' });
    const others = await ask<Inlet>(
      'POST',
      'inlets',
      { name: 'Others', kind: 'nats', config: { url: server.url, stream: 'PLANT', subject: 'plant.switched', topicPrefix: 'theirs/' } },
      { tenant: otherTenant },
    );
    await untilState(id, 'connected');
    await foreign.jetstream().publish('plant.switched', '0');
    await Promise.all([untilMessages('ours/', 1), untilMessages('theirs/', 1)]);
    await switchTo(false, 1);
    await untilState(id, 'stopped');
    await foreign.jetstream().publish('plant.switched', '1');
    await untilMessages('theirs/', 2);
    await stage.end();
    await stage.start();
    await foreign.jetstream().publish('plant.switched', '2');
    await untilMessages('theirs/', 3);
    expect(await messages('ours/')).toHaveLength(1);
    expect((await read(id)).state).toBe('stopped');
    await switchTo(true, 2);
    expect((await untilMessages('ours/', 3)).map(({ payload }) => payload)).toEqual([0, 1, 2]);
    await ask('DELETE', `inlets/${id}`);
    await ask('DELETE', `inlets/${others.body.id}`, undefined, { tenant: otherTenant });
    await eventually(async () => (await consumers()).length === 0, { withinMs: 10_000, describe: 'their consumers to be gone' });
  });

  it('has nothing acknowledged while nothing can be stored, and stores it later under the same id', async () => {
    const manager = await foreign.jetstreamManager();
    await manager.consumers.add('PLANT', { durable_name: 'theirs', ack_policy: 'explicit' as never, deliver_policy: 'new' as never, ack_wait: 1_000_000_000 });
    const { id } = await inlet({ stream: 'PLANT', consumer: 'theirs', topicPrefix: 'f/' });
    await untilState(id, 'connected');
    await stage.nats.kill();
    await stage.db.query('alter table spool rename to spool_away');
    for (let n = 0; n < 20; n += 1) await foreign.jetstream().publish('plant.full', String(n));
    await eventually(async () => (await read(id)).lastError?.includes('cannot store'), { withinMs: 10_000, describe: 'the inlet to say so' });
    expect((await manager.consumers.info('PLANT', 'theirs')).ack_floor.consumer_seq).toBe(0);
    await stage.db.query('alter table spool_away rename to spool');
    await stage.nats.restart();
    const found = await untilMessages('f/', 20);
    expect(new Set(found.map(({ payload }) => payload)).size).toBe(20);
    expect(new Set(found.map((message) => message.id)).size).toBe(20);
    await ask('DELETE', `inlets/${id}`);
    await eventually(async () => (await read(id)).id === undefined, { describe: 'it to be gone' });
    expect(await consumers()).toEqual(['theirs']);
  });

  it('refuses a consumer that gives messages up, and one that is not there, in words', async () => {
    await (await foreign.jetstreamManager()).consumers.add('PLANT', { durable_name: 'hasty', ack_policy: 'explicit' as never, max_deliver: 3 });
    const hasty = await inlet({ stream: 'PLANT', consumer: 'hasty' });
    expect((await untilState(hasty.id, 'waiting')).lastError).toContain('after 3 deliveries');
    const none = await inlet({ stream: 'PLANT', consumer: 'none' });
    expect((await untilState(none.id, 'waiting')).lastError).toContain('has no consumer none');
    const away = await inlet({ stream: 'AWAY' });
    expect((await untilState(away.id, 'waiting')).lastError).toContain('stream not found');
    for (const { id } of [hasty, none, away]) await ask('DELETE', `inlets/${id}`);
  });

  it('stores what is published to a subject while it is connected', async () => {
    const { id } = await inlet({ subject: 'core.*', queue: 'signalbox', topicPrefix: 'c/' });
    await untilState(id, 'connected');
    foreign.publish('core.a', 'hello');
    expect(await untilMessages('c/', 1)).toMatchObject([{ topic: 'c/core/a', payload: 'hello' }]);
    await ask('DELETE', `inlets/${id}`);
  });

  it.each(['127.0.0.1', 'another address of it'])('never reads the NATS of Signalbox itself (%s)', async (by) => {
    const url = by === '127.0.0.1' ? stage.nats.url : stage.nats.url.replace('127.0.0.1', '[::ffff:127.0.0.1]');
    const { id } = await made({ url, subject: '>' }, { kind: 'nats' });
    expect((await untilState(id, 'waiting')).lastError).toContain('Signalbox itself');
    expect((await ask<Body>('POST', `inlets/${id}/test`)).body).toMatchObject({ ok: false, message: expect.stringContaining('Signalbox itself') });
    await ask('DELETE', `inlets/${id}`);
  });

  it.each<[Body, string]>([
    [{ url: 'http://127.0.0.1' }, 'config.url'],
    [{ url: 'nats://10.0.0.1', subject: 'a' }, 'config.url'],
    [{}, 'config.subject'],
    [{ subject: 'a.>.b' }, 'config.subject'],
    [{ subject: '$JS.>' }, 'config.subject'],
    [{ subject: 'a', consumer: 'c' }, 'config.subject'],
    [{ stream: 'a.b' }, 'config.stream'],
    [{ stream: 'A', queue: 'q' }, 'config.queue'],
    [{ subject: 'a', password: 'x' }, 'config.password'],
    [{ subject: 'a', user: 'x', token: 'y' }, 'config.user'],
  ])('refuses %j and names %s', async (config, path) => {
    const { status, body } = await ask<{ errors: { path: string }[] }>('POST', 'inlets', { name: 'x', kind: 'nats', config: { url: server.url, ...config } });
    expect([status, body.errors?.[0]?.path]).toEqual([400, path]);
  });
});
