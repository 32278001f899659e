import { generate, parser, type IConnackPacket, type IConnectPacket, type ISubackPacket, type ISubscription, type Packet } from 'mqtt-packet';
import type { Socket } from 'node:net';
import { InletError } from '../contract.js';

/** How long the broker may take for an answer. */
const ANSWER_WITHIN_MS = 10_000;
const KEEP_ALIVE_SECONDS = 30;
/** How long our last word may take to leave. */
const LEAVE_WITHIN_MS = 2_000;
/** Larger ones are not even read: what a broker sends must not fill the memory. A message may have 512 KB, so its refusal is kept long before. */
export const LARGEST_PACKET_BYTES = 16 * 1_048_576;

/** What it takes to say hello. */
export type Hello = Pick<IConnectPacket, 'clientId' | 'clean' | 'username' | 'password' | 'properties'> & { readonly version: 4 | 5 };

type Answer = IConnackPacket | ISubackPacket | Packet;

/**
 * One connection to a broker: packets out and in, answers awaited, kept alive, ended once. The packets are MQTT.js' own (its codec); its client is
 * not used, for it reads no message before the last one is acknowledged, and lets nobody hold an acknowledgement back under version 4.
 */
export class Wire {
  /** Resolves with why it ended; undefined when `end` was called. */
  readonly ended: Promise<InletError | undefined>;
  private settle: (error: InletError | undefined) => void = () => undefined;
  private isOver = false;
  private awaited: { is(packet: Packet): boolean; resolve(packet: Answer): void; reject(error: InletError): void } | undefined;
  private unparsedBytes = 0;
  private heardAt = performance.now();
  private pinging: NodeJS.Timeout | undefined;
  private keepAliveMs = KEEP_ALIVE_SECONDS * 1_000;
  private messageId = 0;

  constructor(private readonly socket: Socket, private readonly version: 4 | 5, private readonly onPacket: (packet: Packet) => void) {
    this.ended = new Promise((resolve) => { this.settle = resolve; });
    this.listen();
  }

  /** Says hello; gives the broker's answer. Throws InletError when it refuses. */
  async hello({ version, ...hello }: Hello): Promise<IConnackPacket> {
    const asked = this.answer(({ cmd }) => cmd === 'connack');
    this.send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: version, keepalive: KEEP_ALIVE_SECONDS, ...hello });
    const answer = await asked as IConnackPacket;
    const code = (version === 5 ? answer.reasonCode : answer.returnCode) ?? 0;
    if (code !== 0) {
      throw this.fail(`The broker refuses us: ${REFUSALS[code] ?? 'it does not say why'} (code ${code})${words(answer.properties?.reasonString)}.`);
    }
    // MQTT 5, 3.2.2.3.14: the broker's word goes before ours.
    this.keepAliveMs = Math.max(1, answer.properties?.serverKeepAlive ?? KEEP_ALIVE_SECONDS) * 1_000;
    if (!this.isOver) this.pinging = setInterval(() => this.keepAlive(), this.keepAliveMs / 2);
    return answer;
  }

  /** Gives the granted QoS of each (128 and above: refused). */
  async subscribe(subscriptions: ISubscription[]): Promise<number[]> {
    return (await this.ask((messageId) => ({ cmd: 'subscribe', messageId, subscriptions }), 'suback') as ISubackPacket).granted as number[];
  }

  async unsubscribe(unsubscriptions: string[]): Promise<void> {
    await this.ask((messageId) => ({ cmd: 'unsubscribe', messageId, unsubscriptions }), 'unsuback');
  }

  send(packet: Packet): void {
    if (!this.isOver) this.socket.write(generate(packet, { protocolVersion: this.version }));
  }

  /** Reads no more until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.heardAt = performance.now();
    this.socket.resume();
  }

  /** Takes its leave; nothing comes any more. */
  end(): void {
    this.send({ cmd: 'disconnect', ...(this.version === 5 ? { reasonCode: 0 } : {}) });
    this.over(undefined);
  }

  /** Ends it because of this; gives the error. */
  fail(why: string): InletError {
    const error = new InletError(why);
    this.over(error);
    return error;
  }

  private listen(): void {
    const packets = parser({ protocolVersion: this.version });
    packets.on('packet', (packet) => {
      this.unparsedBytes = 0;
      this.came(packet);
    });
    packets.on('error', () => void this.fail('The broker sends what is no MQTT.'));
    this.socket.on('data', (chunk: Buffer) => {
      if (this.isOver) return;
      this.heardAt = performance.now();
      this.unparsedBytes += chunk.length;
      packets.parse(chunk);
      if (this.unparsedBytes > LARGEST_PACKET_BYTES) this.fail('The broker sends a message of more than 16 MiB, which cannot be read: remove it there.');
    });
    this.socket.on('error', ({ message }) => void this.fail(`The connection broke: ${message}.`));
    this.socket.on('close', () => void this.fail('The broker closed the connection.'));
  }

  private came(packet: Packet): void {
    if (this.isOver) return;
    if (this.awaited?.is(packet) === true) {
      const { resolve } = this.awaited;
      this.awaited = undefined;
      resolve(packet);
    } else if (packet.cmd === 'disconnect') {
      const code = packet.reasonCode ?? 0;
      this.fail(`The broker disconnects us: ${REFUSALS[code] ?? 'it does not say why'} (code ${code})${words(packet.properties?.reasonString)}.`);
    } else {
      this.onPacket(packet);
    }
  }

  private ask(make: (messageId: number) => Packet, cmd: Packet['cmd']): Promise<Answer> {
    this.messageId = this.messageId % 65_535 + 1;
    const { messageId } = this;
    const answer = this.answer((packet) => packet.cmd === cmd && packet.messageId === messageId);
    this.send(make(messageId));
    return answer;
  }

  private async answer(is: (packet: Packet) => boolean): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.awaited = { is, resolve, reject };
        timer = setTimeout(
          () => this.fail(`The broker has not answered for ${ANSWER_WITHIN_MS / 1_000} seconds. Does it speak this version of MQTT?`),
          ANSWER_WITHIN_MS,
        );
      });
    } finally {
      clearTimeout(timer);
    }
  }

  private keepAlive(): void {
    if (this.socket.isPaused()) return;
    if (performance.now() - this.heardAt > this.keepAliveMs * 1.5) this.fail(`The broker has not been heard of for ${this.keepAliveMs * 1.5 / 1_000} seconds.`);
    else this.send({ cmd: 'pingreq' });
  }

  private over(error: InletError | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.pinging);
    if (error === undefined) {
      this.socket.end(() => this.socket.destroy());
      setTimeout(() => this.socket.destroy(), LEAVE_WITHIN_MS).unref();
    } else {
      this.socket.destroy();
    }
    this.awaited?.reject(error ?? new InletError('The connection was closed.'));
    this.settle(error);
  }
}

function words(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : ` ("${reason.slice(0, 200)}")`;
}

/** MQTT 3.1.1, 3.2.2.3, and MQTT 5, 2.4. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT',
  2: 'it does not take the client id',
  3: 'it is not available',
  4: 'the user name or the password is wrong',
  5: 'this user may not connect',
  128: 'it does not say why',
  129: 'it takes our packet for malformed',
  130: 'it takes our packet for a breach of the protocol',
  132: 'it does not speak this version of MQTT',
  133: 'it does not take the client id',
  134: 'the user name or the password is wrong',
  135: 'this user may not do that',
  136: 'it is not available',
  137: 'it is busy',
  138: 'we are banned',
  139: 'it shuts down',
  141: 'it did not hear of us in time',
  142: 'someone else has connected with our client id',
  143: 'it does not take a topic filter',
  147: 'it takes us for too slow',
  149: 'a packet is too large',
  151: 'a quota is exceeded',
  152: 'its administrator wishes so',
  156: 'another server is to be used',
  157: 'it has moved',
};
