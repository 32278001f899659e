import type { IPublishPacket, Packet } from 'mqtt-packet';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Received, Seat } from '../contract.js';
import type { Wire } from './wire.js';

/** Messages that are stored at the same time: what a broker with MQTT 5 sends before it waits for us. */
export const IN_HAND = 200;
const CLOSE_WITHIN_MS = 2_000;
/** As bytes: with large messages it is fewer. */
const IN_HAND_BYTES = 8 * 1_048_576;

/**
 * Takes what a broker sends: many messages are stored at once and share their way to the bus, but each is acknowledged only when it is stored, and
 * in the order in which they came (MQTT 5, 4.6). When one cannot be stored the connection ends: the broker sends again what was not acknowledged.
 */
export class Reader {
  private acknowledged: Promise<void> = Promise.resolve();
  private inHand = 0;
  private bytesInHand = 0;
  /** Stored messages of QoS 2 that the broker has not released yet: sent again, they are only acknowledged again. */
  private readonly unreleased = new Map<number, Promise<void>>();
  private isClosing = false;

  constructor(private readonly seat: Pick<Seat, 'take'>, private readonly wire: () => Wire) {}

  packet(packet: Packet): void {
    if (this.isClosing) return;
    if (packet.cmd === 'publish') this.publish(packet);
    if (packet.cmd === 'pubrel') {
      this.unreleased.delete(packet.messageId!);
      // Behind the acknowledgements that are under way: the broker is told everything in order.
      this.next(Promise.resolve(), () => this.wire().send({ cmd: 'pubcomp', messageId: packet.messageId! }));
    }
  }

  /** Takes no more; resolves when all that came is acknowledged, the connection is lost, or two seconds have passed: the broker sends the rest again. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.wire().pause();
    await Promise.race([this.acknowledged, this.wire().ended, sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }

  private publish(packet: IPublishPacket): void {
    const { qos, messageId } = packet;
    const known = qos === 2 ? this.unreleased.get(messageId!) : undefined;
    const stored = known ?? this.store(packet);
    if (qos === 2 && known === undefined) this.unreleased.set(messageId!, stored);
    this.next(stored, () => {
      if (qos === 1) this.wire().send({ cmd: 'puback', messageId: messageId! });
      if (qos === 2) this.wire().send({ cmd: 'pubrec', messageId: messageId! });
    });
  }

  private async store(packet: IPublishPacket): Promise<void> {
    const received = receivedOf(packet);
    this.inHand += 1;
    this.bytesInHand += received.bytes.byteLength;
    if (this.isFull) this.wire().pause();
    await this.seat.take(received);
    this.inHand -= 1;
    this.bytesInHand -= received.bytes.byteLength;
    if (!this.isFull && !this.isClosing) this.wire().resume();
  }

  private get isFull(): boolean {
    return this.inHand >= IN_HAND || this.bytesInHand >= IN_HAND_BYTES;
  }

  private next(stored: Promise<void>, then: () => void): void {
    this.acknowledged = Promise.all([stored, this.acknowledged]).then(then).catch(() => {
      this.wire().fail('Signalbox cannot store messages now: the broker keeps what is not acknowledged.');
      // What comes behind it must not be acknowledged before it.
      return new Promise<void>(() => undefined);
    });
  }
}

/** A publish packet in our words. The broker's packet ids are used again and again, so only the sender can give a message an id that lasts. */
export function receivedOf({ topic, payload, retain, properties }: IPublishPacket): Received {
  const given = Object.entries(properties?.userProperties ?? {}).flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));
  const { contentType, responseTopic } = properties ?? {};
  const id = idOf(new Map(given));
  return {
    topic, bytes: Buffer.from(payload as Buffer), ...(id === undefined ? {} : { id }),
    headers: [
      ...(retain ? [['mqtt-retain', 'true'] as const] : []), ...(contentType === undefined ? [] : [['content-type', contentType] as const]),
      ...(responseTopic === undefined ? [] : [['response-topic', responseTopic] as const]), ...given,
    ],
  };
}

/** The user property `message-id`; of a CloudEvent (its MQTT binding puts the attributes into user properties) source and id, as over HTTP. */
function idOf(properties: ReadonlyMap<string, string>): string | undefined {
  const [source, id] = [properties.get('source'), properties.get('id')];
  return properties.has('specversion') && source !== undefined && id !== undefined ? `${source}/${id}` : properties.get('message-id');
}
