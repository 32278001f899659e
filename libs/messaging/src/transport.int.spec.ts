import { newId, subjects } from '@signalbox/contracts';
import { eventually, startNats, type Server } from '@signalbox/testing';
import { connect, createServer, type AddressInfo, type Server as Door, type Socket } from 'node:net';
import { Bus } from './bus.js';
import { StreamTransport, type Answer, type BusConsumer } from './transport.js';

const streams = { replicas: 1, maxBytes: 16 * 1024 ** 2 };
let nats: Server;
let target: number;
let door: Door;
const sockets = new Set<Socket>();
let bus: Bus;
const transports: StreamTransport[] = [];

/** NATS behind a door, so that another server can take its place. */
beforeAll(async () => {
  nats = await startNats();
  target = Number(new URL(nats.url).port);
  door = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => to.destroy()).pipe(to);
    }
  });
  await new Promise<void>((resolve) => { door.listen(0, '127.0.0.1', resolve); });
  bus = new Bus({ servers: `nats://127.0.0.1:${(door.address() as AddressInfo).port}`, name: 'test' });
});
afterEach(async () => { await Promise.all(transports.splice(0).map((transport) => transport.close())); });
afterAll(async () => {
  await bus.close();
  for (const socket of sockets) socket.destroy();
  door.close();
  await nats.stop();
});

async function listen(
  parts: { consumers?: BusConsumer[]; answers?: Answer[] },
  log: (message: string, error?: unknown) => void = () => undefined,
): Promise<StreamTransport> {
  const transport = new StreamTransport({ bus, streams, consumers: parts.consumers ?? [], answers: parts.answers ?? [], log });
  transports.push(transport);
  await new Promise<void>((resolve, reject) => { transport.listen((error) => (error === undefined ? resolve() : reject(error))); });
  return transport;
}

describe('the stream transport', () => {
  it('answers questions, says nothing to those it fails on, and nothing after its end', async () => {
    const failures: unknown[] = [];
    const transport = await listen({
      answers: [
        { subject: 'requests.test.double', answer: (question) => Promise.resolve((question as number) * 2) },
        { subject: 'requests.test.nothing', answer: () => Promise.resolve(undefined) },
        { subject: 'requests.test.broken', answer: () => { throw new Error('broken'); } },
      ],
    }, (_message, error) => failures.push(error));
    expect(await bus.ask('requests.test.double', 21)).toBe(42);
    expect(await bus.ask('requests.test.nothing', null)).toBeNull();
    expect(await bus.ask('requests.test.broken', null, 100)).toBeUndefined();
    expect(failures).toEqual([new Error('broken')]);
    await transport.close();
    expect(await bus.ask('requests.test.double', 21)).toBeUndefined();
  });

  it('ends its consumers once, however often it is told to', async () => {
    let stops = 0;
    const transport = await listen({ consumers: [{ start: () => Promise.resolve(), stop: async () => { stops += 1; } }] });
    await Promise.all([transport.close(), transport.close()]);
    expect(stops).toBe(1);
  });

  it('makes the streams again when NATS comes back without its disk', async () => {
    await listen({});
    const subject = subjects.audit(newId());
    await bus.publish(subject, Buffer.from('before'));
    const empty = await startNats();
    target = Number(new URL(empty.url).port);
    for (const socket of sockets) socket.destroy();
    await eventually(() => bus.publish(subject, Buffer.from('after')).then(({ sequence }) => sequence === 1, () => false), {
      describe: 'the new server stores',
    });
    target = Number(new URL(nats.url).port);
    for (const socket of sockets) socket.destroy();
    await eventually(() => bus.connected);
    await empty.stop();
  });
});
