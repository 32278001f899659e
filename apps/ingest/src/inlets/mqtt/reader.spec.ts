import type { IPublishPacket, Packet } from 'mqtt-packet';
import type { Received } from '../contract.js';
import { IN_HAND, Reader, receivedOf } from './reader.js';
import type { Wire } from './wire.js';

/** A connection that keeps what is said, and storage that ends when told. */
function harness() {
  const said: string[] = [];
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  const wire = {
    send: ({ cmd, messageId }: Packet) => void said.push(`${cmd} ${messageId}`), pause: () => void said.push('pause'), resume: () => void said.push('resume'),
    fail: () => void said.push('fail'), ended: new Promise(() => undefined),
  };
  const take = (_received: Received): Promise<void> => new Promise((resolve, reject) => { waiting.push({ resolve, reject }); });
  const reader = new Reader({ take }, () => wire as unknown as Wire);
  return { reader, said, waiting, settled: () => new Promise((done) => { setImmediate(done); }), acks: () => said.filter((word) => word !== 'resume') };
}

function publish(messageId: number, qos: 0 | 1 | 2 = 1): IPublishPacket {
  return { cmd: 'publish', qos, messageId, dup: false, retain: false, topic: 'a', payload: Buffer.from(String(messageId)) };
}

it('acknowledges a message when it is stored, and never before', async () => {
  const { reader, acks, waiting, settled } = harness();
  reader.packet(publish(1));
  reader.packet(publish(2, 2));
  await settled();
  expect(acks()).toEqual([]);
  waiting.forEach(({ resolve }) => resolve());
  await settled();
  expect(acks()).toEqual(['puback 1', 'pubrec 2']);
});

it('acknowledges in the order in which messages came, whichever is stored first', async () => {
  const { reader, acks, waiting, settled } = harness();
  [1, 2, 3].forEach((id) => reader.packet(publish(id)));
  waiting[2]!.resolve();
  waiting[1]!.resolve();
  await settled();
  expect(acks()).toEqual([]);
  waiting[0]!.resolve();
  await settled();
  expect(acks()).toEqual(['puback 1', 'puback 2', 'puback 3']);
});

it('ends the connection when one cannot be stored, and acknowledges nothing behind it', async () => {
  const { reader, acks, waiting, settled } = harness();
  [1, 2, 3].forEach((id) => reader.packet(publish(id)));
  waiting[0]!.resolve();
  waiting[1]!.reject(new Error('nowhere to store'));
  waiting[2]!.resolve();
  await settled();
  expect(acks()).toEqual(['puback 1', 'fail']);
});

it('stores a message of QoS 2 once, however often it is sent before it is released, and takes its id for a new one afterwards', async () => {
  const { reader, acks, waiting, settled } = harness();
  reader.packet(publish(7, 2));
  reader.packet(publish(7, 2));
  waiting[0]!.resolve();
  await settled();
  expect(waiting).toHaveLength(1);
  reader.packet({ cmd: 'pubrel', messageId: 7 });
  reader.packet(publish(7, 2));
  expect(waiting).toHaveLength(2);
  await settled();
  expect(acks()).toEqual(['pubrec 7', 'pubrec 7', 'pubcomp 7']);
});

it('reads no more while so many are in hand, and goes on when there is room', async () => {
  const { reader, said, waiting, settled } = harness();
  for (let id = 1; id <= IN_HAND; id += 1) reader.packet(publish(id));
  expect(said).toEqual(['pause']);
  waiting[0]!.resolve();
  await settled();
  expect(said.slice(1)).toEqual(expect.arrayContaining(['resume', 'puback 1']));
});

it('when it is closed it acknowledges what is in hand and takes no more', async () => {
  const { reader, acks, waiting, settled } = harness();
  reader.packet(publish(1));
  const closed = reader.close();
  reader.packet(publish(2));
  waiting[0]!.resolve();
  await closed;
  await settled();
  expect([acks(), waiting.length]).toEqual([['pause', 'puback 1'], 1]);
});

it('takes a sender\'s id from the user property message-id, and of a CloudEvent its source and id', () => {
  const of = (userProperties: Record<string, string | string[]>) => receivedOf({ ...publish(1), properties: { userProperties } });
  expect(of({ 'message-id': 'm1', site: ['a', 'b'] })).toMatchObject({ id: 'm1', headers: [['message-id', 'm1'], ['site', 'a'], ['site', 'b']] });
  expect(of({ specversion: '1.0', source: '/plant', id: '9' }).id).toBe('/plant/9');
  expect(of({}).id).toBeUndefined();
});
