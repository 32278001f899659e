import { ForeignNats, foreignFault, type ForeignConsumer, type ForeignMessage } from '@signalbox/messaging';
import { BlockedAddressError, checkTarget } from '@signalbox/outbound';
import { setTimeout as sleep } from 'node:timers/promises';
import { InletError, type InletKind, type OpenInlet, type Place, type Received, type Seat } from '../contract.js';
import { checkNats, natsConfig, serverOf, type NatsConfig } from './config.js';

/** Messages that are stored at the same time. */
const IN_HAND = 200;
/** Without a stream nobody can be told to wait: more than this in hand is more than can be stored. */
const MOST_IN_HAND = 10_000;
const CLOSE_WITHIN_MS = 2_000;
const HOUSE = 'This is the NATS of Signalbox itself, which carries what belongs to all tenants.';

/** A NATS server: a subject, or a stream of its JetStream. */
export const nats: InletKind<typeof natsConfig> = {
  kind: 'nats',
  displayName: 'NATS',
  config: natsConfig,
  check: checkNats,
  targets: (config) => [serverOf(config)],
  open,
  probe,
};

async function open(config: NatsConfig, seat: Seat): Promise<OpenInlet> {
  const server = await connect(config, seat);
  const reading = new Reading(server, seat);
  try {
    if (config.stream === undefined) await server.subscribe(config.subject!, config.queue, (message) => void reading.take(message).catch(() => undefined));
    else reading.stop = await server.consume(await usable(server, consumerOf(config, config.stream, seat)), (message) => reading.take(message));
  } catch (error) {
    await server.close();
    throw failure(error);
  }
  return {
    ended: reading.ended,
    close: async ({ forGood }) => {
      await reading.close();
      if (forGood && config.stream !== undefined && config.consumer === undefined) await server.forget(config.stream, ownName(seat)).catch(() => undefined);
      await server.close();
    },
  };
}

/** What is in hand of one connection, and how it ends. */
class Reading {
  readonly ended: Promise<InletError | undefined>;
  stop: () => void = () => undefined;
  private readonly inHand = new Set<Promise<void>>();
  private why: InletError | undefined;
  private isClosing = false;

  constructor(private readonly server: ForeignNats, private readonly seat: Pick<Seat, 'take'>) {
    this.ended = server.ended().then((error) => {
      if (this.why !== undefined || this.isClosing) return this.why;
      const fault = foreignFault(error) ?? error?.message ?? 'the server closed it, or took away what was read';
      return new InletError(`The connection ended: ${fault}.`);
    });
  }

  /** Rejects when it cannot be stored; then the connection ends, too. */
  async take(message: ForeignMessage): Promise<void> {
    if (this.isClosing || this.why !== undefined) throw new InletError('closing');
    if (this.inHand.size >= MOST_IN_HAND) {
      return this.fail('More messages come than can be stored. Without a stream the server keeps none of them: read a stream of JetStream.');
    }
    const work = this.seat.take(receivedOf(message));
    this.inHand.add(work);
    try {
      await work;
    } catch {
      await this.fail('Signalbox cannot store messages now: a stream keeps what is not acknowledged.');
    } finally {
      this.inHand.delete(work);
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.stop();
    await Promise.race([Promise.allSettled(this.inHand), sleep(CLOSE_WITHIN_MS)]);
  }

  private async fail(why: string): Promise<never> {
    this.why ??= new InletError(why);
    this.stop();
    await this.server.close();
    throw this.why;
  }
}

/** A message of NATS in our words: the words of its subject become the levels of a topic. */
export function receivedOf({ subject, data, headers, stored }: ForeignMessage): Received {
  return { topic: subject.replaceAll('.', '/'), bytes: data, headers, ...(stored === undefined ? {} : { id: stored.id, timestamp: stored.at }) };
}

async function probe(config: NatsConfig, place: Place): Promise<string> {
  const server = await connect(config, place);
  try {
    if (config.stream === undefined) return 'The server takes us. Without a stream it keeps nothing while we are away.';
    const { durable, own } = consumerOf(config, config.stream, place);
    const info = await server.look(config.stream, durable);
    if (info === undefined && own === undefined) throw new InletError(`The stream ${config.stream} has no consumer ${durable}.`);
    const has = `The server takes us, and has the stream ${config.stream}`;
    return info === undefined
      ? `${has}; the consumer is made once the inlet is enabled.`
      : `${has}: ${info.num_pending} messages wait for the consumer.`;
  } catch (error) {
    throw failure(error);
  } finally {
    await server.close();
  }
}

/** A consumer that somebody else made must keep what we do not acknowledge. */
async function usable(server: ForeignNats, consumer: ForeignConsumer): Promise<ForeignConsumer> {
  if (consumer.own !== undefined) return consumer;
  const config = (await server.look(consumer.stream, consumer.durable))?.config;
  if (config === undefined) throw new InletError(`The stream ${consumer.stream} has no consumer ${consumer.durable}.`);
  if (config.ack_policy !== 'explicit') throw new InletError(`The consumer ${consumer.durable} must have explicit acknowledgements.`);
  if ((config.max_deliver ?? -1) > 0) {
    throw new InletError(`The consumer ${consumer.durable} gives a message up after ${config.max_deliver} deliveries: set its max_deliver to -1.`);
  }
  if (config.deliver_subject !== undefined) throw new InletError(`The consumer ${consumer.durable} pushes: a pull consumer is needed.`);
  return consumer;
}

async function connect(config: NatsConfig, place: Place): Promise<ForeignNats> {
  const { host, port, tls } = serverOf(config);
  const { user, password, token, credentials, ca } = config;
  try {
    const [judged] = await checkTarget(host, port, place.policy);
    if (await place.house.hasAddress(judged!.address, port)) throw new InletError(HOUSE);
    const server = await ForeignNats.connect({
      address: judged!.address, port, serverName: host, tls, name: `signalbox-${place.inlet.id}`,
      ...(ca === undefined ? {} : { ca }), ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }), ...(token === undefined ? {} : { token }), ...(credentials === undefined ? {} : { creds: credentials }),
    });
    if (!(await place.house.hasServer(server.serverId))) return server;
    await server.close();
    throw new InletError(HOUSE);
  } catch (error) {
    throw error instanceof BlockedAddressError ? new InletError(error.message) : failure(error);
  }
}

function consumerOf({ subject, consumer, from }: NatsConfig, stream: string, place: Place): ForeignConsumer {
  return { stream, durable: consumer ?? ownName(place), own: consumer === undefined ? { subject, from } : undefined, inHand: IN_HAND };
}

function ownName({ inlet }: Place): string {
  return `signalbox-${inlet.id}`;
}

function failure(error: unknown): unknown {
  if (error instanceof InletError) return error;
  const fault = foreignFault(error) ?? ((error as NodeJS.ErrnoException).code === undefined ? undefined : (error as Error).message);
  return fault === undefined ? error : new InletError(`The server cannot be read: ${fault}.`);
}
