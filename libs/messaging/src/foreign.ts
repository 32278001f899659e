import {
  AckPolicy, DeliverPolicy, NatsError, connect, credsAuthenticator, type Consumer,
  type ConsumerInfo, type ConnectionOptions, type JsMsg, type Msg, type NatsConnection,
} from 'nats';

/** A NATS server that is not ours, as an operator entered it. */
export interface ForeignServer {
  /** The address that was judged; nothing else is connected to, whatever the server says of its cluster. */
  readonly address: string;
  readonly port: number;
  /** What a certificate must be for. */
  readonly serverName: string;
  /** Demanded; without it, used when the server offers it. */
  readonly tls: boolean;
  readonly ca?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** The text of a .creds file. */
  readonly creds?: string;
  /** Shown in the server's connection list. */
  readonly name: string;
}

export interface ForeignMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of a message in a stream: the same whenever it is delivered, and of no other one. */
  readonly stored?: { readonly id: string; readonly at: Date };
}

export interface ForeignConsumer {
  readonly stream: string;
  readonly durable: string;
  /** Whether it is ours to make and to change; else it must exist. */
  readonly own: { readonly subject: string | undefined; readonly from: 'new' | 'all' } | undefined;
  /** Messages that are taken before the first of them is acknowledged. */
  readonly inHand: number;
}

const CONNECT_WITHIN_MS = 10_000;
const ACK_WAIT_NANOS = 60_000_000_000;

/** A connection to a NATS server that is not ours: once lost it stays so. Throws NatsError. */
export class ForeignNats {
  private constructor(private readonly connection: NatsConnection) {}

  static async connect(server: ForeignServer): Promise<ForeignNats> {
    const { address, port, serverName, tls, ca, user, password, token, creds, name } = server;
    // Not all that goes to `tls.connect` has a type: the name is what keeps a certificate to the host that was entered, not to its address.
    const secure = { host: serverName, servername: serverName, ...(ca === undefined ? {} : { ca }) } as ConnectionOptions['tls'];
    const isPlain = !tls && ca === undefined;
    return new ForeignNats(await connect({
      servers: `${address.includes(':') ? `[${address}]` : address}:${port}`, name, reconnect: false,
      ignoreClusterUpdates: true, timeout: CONNECT_WITHIN_MS, maxPingOut: 2, pingInterval: 15_000,
      tls: isPlain ? null : secure!, ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { pass: password }), ...(token === undefined ? {} : { token }),
      ...(creds === undefined ? {} : { authenticator: credsAuthenticator(Buffer.from(creds)) }),
    }));
  }

  /** Which server it is, by whatever address it was found. */
  get serverId(): string {
    return this.connection.info!.server_id;
  }

  /** Resolves when the connection is gone, with why when it was not we. */
  async ended(): Promise<Error | undefined> {
    return (await this.connection.closed()) ?? undefined;
  }

  /** What is published from now on; what the server does not let us read ends the connection. */
  async subscribe(subject: string, queue: string | undefined, onMessage: (message: ForeignMessage) => void): Promise<void> {
    this.connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error !== null) void this.connection.close();
        else onMessage({ subject: message.subject, data: message.data, headers: headersOf(message) });
      },
    });
    await this.connection.flush();
  }

  /** What a consumer of a stream has; each message is acknowledged when `onMessage` resolves. Gives how to stop, which waits for nothing. */
  async consume(consumer: ForeignConsumer, onMessage: (message: ForeignMessage) => Promise<void>): Promise<() => void> {
    const found = await this.consumer(consumer);
    const messages = await found.consume({
      max_messages: consumer.inHand, idle_heartbeat: 5_000,
      // What cannot be stored is not acknowledged: the stream gives it again.
      callback: (message) => void onMessage(streamed(message)).then(() => message.ack(), () => undefined),
    });
    void (async () => {
      // Whoever deletes the consumer, or the stream with it, is to see it here rather than in silence.
      for await (const { type } of await messages.status()) {
        if (['consumer_deleted', 'consumer_not_found', 'stream_not_found'].includes(type)) await this.connection.close();
      }
    })().catch(() => undefined);
    return () => messages.stop();
  }

  /** How a stream's consumer stands: made when it is ours and missing. */
  async consumer({ stream, durable, own, inHand }: ForeignConsumer): Promise<Consumer> {
    const manager = await this.connection.jetstreamManager({ checkAPI: false });
    if (own !== undefined) {
      const filter = own.subject === undefined ? {} : { filter_subject: own.subject };
      const known = await manager.consumers.info(stream, durable).catch(missing);
      if (known === undefined) {
        await manager.consumers.add(stream, {
          durable_name: durable, ack_policy: AckPolicy.Explicit, deliver_policy: own.from === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
          ack_wait: ACK_WAIT_NANOS, max_ack_pending: inHand, ...filter,
        });
      } else if (known.config.filter_subject !== own.subject) {
        await manager.consumers.update(stream, durable, { ...known.config, filter_subject: own.subject ?? '' });
      }
    }
    return this.connection.jetstream().consumers.get(stream, durable);
  }

  /** Undefined when the stream has no such consumer. Throws NatsError when there is no such stream, or no JetStream. */
  async look(stream: string, durable: string): Promise<ConsumerInfo | undefined> {
    const manager = await this.connection.jetstreamManager({ checkAPI: false });
    await manager.streams.info(stream);
    return manager.consumers.info(stream, durable).catch(missing);
  }

  async forget(stream: string, durable: string): Promise<void> {
    const manager = await this.connection.jetstreamManager({ checkAPI: false });
    await manager.consumers.delete(stream, durable);
  }

  /** Sends what is still to be sent (acknowledgements), and closes. */
  async close(): Promise<void> {
    await this.connection.drain().catch(() => this.connection.close());
  }
}

function missing(error: unknown): undefined {
  if (error instanceof NatsError && error.api_error?.err_code === CONSUMER_NOT_FOUND) return undefined;
  throw error;
}
const CONSUMER_NOT_FOUND = 10_014;

function streamed(message: JsMsg): ForeignMessage {
  const { stream, streamSequence, timestampNanos } = message.info;
  // A stream that is made anew counts from 1 again: the time makes it another message.
  return {
    subject: message.subject, data: message.data, headers: headersOf(message),
    stored: { id: `${stream}/${streamSequence}/${timestampNanos}`, at: new Date(timestampNanos / 1_000_000) },
  };
}

function headersOf({ headers }: Pick<Msg, 'headers'>): [string, string][] {
  return headers === undefined ? [] : headers.keys().flatMap((name) => headers.values(name).map((value): [string, string] => [name, value]));
}

/** A fault of the server or of the way to it, in a sentence; undefined for what is none. */
export function foreignFault(error: unknown): string | undefined {
  if (!(error instanceof NatsError)) return undefined;
  return error.api_error?.description ?? FAULTS[error.code] ?? error.message;
}

const FAULTS: Readonly<Record<string, string>> = {
  AUTHORIZATION_VIOLATION: 'the server does not take the credentials',
  AUTHENTICATION_EXPIRED: 'the credentials have expired', PERMISSIONS_VIOLATION: 'the credentials do not allow that',
  CONNECTION_REFUSED: 'nobody listens there', TIMEOUT: 'the server does not answer in time',
  503: 'the server has no JetStream', SERVER_OPTION_NA: 'the server has no TLS',
};
