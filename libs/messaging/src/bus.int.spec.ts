import { newId, subjects } from '@signalbox/contracts';
import { eventually, startNats, type Server } from '@signalbox/testing';
import { createServer, type AddressInfo } from 'node:net';
import { Bus, BusAwayError, BusFullError, MessageTooLargeError } from './bus.js';
import { ensureStreams } from './streams.js';

let nats: Server;
let bus: Bus;
const subject = subjects.audit(newId());

beforeAll(async () => {
  nats = await startNats();
  bus = new Bus({ servers: nats.url, name: 'test', publishTimeoutMs: 500 });
  await ensureStreams(bus, { replicas: 1, maxBytes: 1024 ** 2 });
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});

describe('publishing', () => {
  it('stores a repeated id once, and says so', async () => {
    const messageId = newId();
    const first = await bus.publish(subject, Buffer.from('x'), { messageId });
    expect(first.duplicate).toBe(false);
    expect(await bus.publish(subject, Buffer.from('x'), { messageId })).toEqual({ sequence: first.sequence, duplicate: true });
  });

  it('fails as away when nobody stores the subject', async () => {
    await expect(bus.publish('nobody.listens', Buffer.from('x'))).rejects.toThrow(BusAwayError);
  });

  it('tells what is too large for ever from what cannot be stored now', async () => {
    const failure = await bus.publish(subject, Buffer.alloc(1_100_000)).catch((error: unknown) => error);
    expect([failure instanceof MessageTooLargeError, failure instanceof BusAwayError]).toEqual([true, false]);
  });

  it('tells that a stream is full', async () => {
    const fill = async (): Promise<never> => { for (;;) await bus.publish(subjects.notices(newId()), Buffer.alloc(50_000)); };
    await expect(fill()).rejects.toThrow(BusFullError);
  });

  it('fails at once while NATS is away, in time while it hangs, and works when it is back', async () => {
    await nats.kill('SIGSTOP');
    const tookMs = await eventually(async () => {
      const began = Date.now();
      const failure = await bus.publish(subject, Buffer.from('x')).catch((error: unknown) => error);
      return failure instanceof BusAwayError && Date.now() - began;
    }, { describe: 'the server hangs' });
    expect(tookMs).toBeLessThan(1_500);
    await nats.kill('SIGCONT');
    await nats.kill('SIGKILL');
    await eventually(() => !bus.connected, { describe: 'the loss is noticed' });
    const away = Date.now();
    await expect(bus.publish(subject, Buffer.from('x'))).rejects.toThrow('not connected');
    expect(await bus.ask('requests.nobody', {})).toBeUndefined();
    expect(() => bus.hint('hints.ROUTES', 'x')).not.toThrow();
    expect(Date.now() - away).toBeLessThan(100);
    await nats.restart();
    await eventually(() => bus.publish(subject, Buffer.from('x')).then(() => true, () => false), { describe: 'it stores again' });
  });
});

describe('the connection', () => {
  it('is refused, by name, to a server that is too old', async () => {
    const old = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('INFO {"server_id":"old","version":"2.12.9","proto":1,"headers":true,"max_payload":1048576}\r\n');
      socket.on('data', (data) => { if (data.toString().includes('PING')) socket.write('PONG\r\n'); });
    });
    await new Promise<void>((resolve) => { old.listen(0, '127.0.0.1', resolve); });
    const refused = new Bus({ servers: `nats://127.0.0.1:${(old.address() as AddressInfo).port}`, name: 'test' });
    await expect(refused.ready()).rejects.toThrow('this NATS server is 2.12.9; Signalbox needs 2.14 or newer');
    await refused.close();
    await new Promise((resolve) => { old.close(resolve); });
  });

  it('is made when NATS comes, however late, and nobody keeps waiting for it after the end', async () => {
    const late = await startNats();
    await late.kill();
    const lines: string[] = [];
    const [patient, impatient] = [1, 2].map(() => new Bus({ servers: late.url, name: 'test', log: (line) => lines.push(line) }));
    await eventually(() => lines.length === 2, { describe: 'both say that they wait' });
    await impatient!.close();
    await expect(impatient!.ready()).rejects.toThrow(BusAwayError);
    await late.restart();
    await patient!.ready();
    expect(patient!.connected).toBe(true);
    expect(lines).toHaveLength(2); // said once, not five times a second
    await patient!.close();
    expect(() => patient!.hint('hints.ROUTES', 'x')).not.toThrow();
    await late.stop();
  });

  it('sends what was hinted before it was closed', async () => {
    const heard: string[] = [];
    (await bus.ready()).subscribe('hints.test', { callback: (_error, message) => heard.push(message.string()) });
    const other = new Bus({ servers: nats.url, name: 'test' });
    await other.ready();
    other.hint('hints.test', 'goodbye');
    await other.close();
    await eventually(() => heard.includes('goodbye'));
  });
});
