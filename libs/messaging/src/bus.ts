import {
  ErrorCode, connect, headers as newHeaders, type JetStreamClient,
  type JetStreamManager, type Msg, type MsgHdrs, type NatsConnection, NatsError,
} from 'nats';

/** The bus cannot store now: not connected, no leader, or no answer in time. Whoever published still has the message. */
export class BusAwayError extends Error {
  constructor(readonly why: string, options?: ErrorOptions) {
    super(`the message bus is away: ${why}`, options);
  }
}

/** A message is larger than the server takes at all (max_payload, 1 MiB by default): it can never be stored, however long one waits. */
export class MessageTooLargeError extends Error {}

/** The stream is at its size limit and refuses new messages (it never forgets old ones): make room or raise its limits. */
export class BusFullError extends BusAwayError {}

export interface BusOptions {
  readonly servers: string;
  /** Shown in the server's connection list. */
  readonly name: string;
  /** How long a publish waits for the server's word that it is stored (default 2500 ms). */
  readonly publishTimeoutMs?: number;
  readonly log?: (message: string) => void;
}

export interface PublishOptions {
  /** A repeat of this id within the stream's window is stored once. */
  readonly messageId?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Compare-and-set on the subject: publish only if its last sequence is this one (0: none yet). */
  readonly expectedSubjectSequence?: number;
}

export interface Stored { readonly sequence: number; readonly duplicate: boolean }

/** The oldest server whose work-queue streams are safe at max_deliver (2.14.0 has the fixes). */
const OLDEST_SERVER = [2, 14] as const;
/** How long a question about streams and consumers may take. */
const MANAGE_TIMEOUT_MS = 2_500;
const CONNECT_TIMEOUT_MS = 5_000;
const DRAIN_WITHIN_MS = 3_000;

/**
 * The one connection of a service to NATS. It may be made while NATS is away: it keeps trying, and until then everything that
 * publishes fails at once with BusAwayError instead of queueing in memory.
 */
export class Bus {
  private connection: NatsConnection | undefined;
  private jetstream: JetStreamClient | undefined;
  private up = false;
  private closed = false;
  private readonly whenConnected: Promise<NatsConnection>;
  private readonly reconnectListeners = new Set<() => void>();

  constructor(private readonly options: BusOptions) {
    this.whenConnected = this.open();
    // Waiters see the failure (a server too old); an unawaited copy must not end the process.
    this.whenConnected.catch(() => undefined);
  }

  get connected(): boolean {
    return this.up;
  }

  /** Resolves once the first connection stands. Rejects when the server is too old, with its version by name. */
  ready(): Promise<NatsConnection> {
    return this.whenConnected;
  }

  async manager(): Promise<JetStreamManager> {
    return (await this.ready()).jetstreamManager({ checkAPI: false, timeout: MANAGE_TIMEOUT_MS });
  }

  /** Calls back after every lost and regained connection. Returns how to stop it. */
  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  /** Publishes to a stream and waits until the server has stored it. Throws BusAwayError or BusFullError; after a time-out it may be stored all the same. */
  async publish(subject: string, body: Uint8Array, options: PublishOptions = {}): Promise<Stored> {
    if (!this.up || this.jetstream === undefined) throw new BusAwayError('not connected');
    try {
      const ack = await this.jetstream.publish(subject, body, {
        timeout: this.options.publishTimeoutMs ?? 2_500,
        ...(options.messageId === undefined ? {} : { msgID: options.messageId }),
        ...(options.headers === undefined ? {} : { headers: toHeaders(options.headers) }),
        ...(options.expectedSubjectSequence === undefined ? {} : { expect: { lastSubjectSequence: options.expectedSubjectSequence } }),
      });
      return { sequence: ack.seq, duplicate: ack.duplicate };
    } catch (error) {
      throw publishFailure(error);
    }
  }

  /** A hint to whoever listens now (core NATS): may be lost, so nothing may depend on it. */
  hint(subject: string, text = ''): void {
    try {
      if (this.up) this.connection?.publish(subject, Buffer.from(text));
    } catch {
      // Closing just now.
    }
  }

  /** Asks a question of whichever replica answers first. Undefined when nobody answers in time. */
  async ask<A>(subject: string, question: unknown, timeoutMs = 1_000): Promise<A | undefined> {
    if (!this.up || this.connection === undefined) return undefined;
    try {
      const reply = await this.connection.request(subject, Buffer.from(JSON.stringify(question)), { timeout: timeoutMs });
      return JSON.parse(reply.string()) as A;
    } catch {
      return undefined;
    }
  }

  /** Sends what is still to be sent, and closes. Nothing that waits for the first connection keeps waiting. */
  async close(): Promise<void> {
    this.closed = true;
    const connection = this.connection;
    if (connection === undefined || connection.isClosed()) return;
    const drained = this.up ? connection.drain().catch(() => undefined) : Promise.resolve();
    await Promise.race([drained, new Promise((resolve) => { setTimeout(resolve, DRAIN_WITHIN_MS).unref(); })]);
    await connection.close().catch(() => undefined);
  }

  private async open(): Promise<NatsConnection> {
    const connection = await this.firstConnection();
    const version = connection.info?.version ?? '0';
    if (!isRecent(version)) {
      await connection.close();
      throw new Error(
        `this NATS server is ${version}; Signalbox needs ${OLDEST_SERVER.join('.')} or newer: older ones can lose work-queue messages at max_deliver`,
      );
    }
    this.connection = connection;
    this.jetstream = connection.jetstream();
    this.up = true;
    void this.watch(connection);
    return connection;
  }

  /** Tries until it succeeds or the bus is closed: a server that is not there, not ready or does not know us yet may be so in a second. */
  private async firstConnection(): Promise<NatsConnection> {
    for (let toldOf = ''; ; ) {
      if (this.closed) throw new BusAwayError('closed before NATS was there');
      try {
        const connection = await connect({
          servers: this.options.servers.split(','), name: this.options.name, maxReconnectAttempts: -1, ignoreAuthErrorAbort: true,
          timeout: CONNECT_TIMEOUT_MS, reconnectTimeWait: 200, reconnectJitter: 100, pingInterval: 5_000, maxPingOut: 2,
          // A stack for each publish is what costs most in it, and tells nothing: whoever publishes wraps the error.
          noAsyncTraces: true,
        });
        if (!this.closed) return connection;
        await connection.close();
      } catch (error) {
        const why = error instanceof NatsError ? error.code : String(error);
        if (why !== toldOf) this.options.log?.(`cannot connect to NATS yet (${why}); trying again`);
        toldOf = why;
        await new Promise((resolve) => { setTimeout(resolve, 200); });
      }
    }
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.up = false;
        if (!this.closed) this.options.log?.('lost the connection to NATS; trying again');
      } else if (status.type === 'reconnect') {
        this.up = true;
        this.options.log?.('connected to NATS again');
        for (const listener of [...this.reconnectListeners]) listener();
      }
    }
    this.up = false;
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor >= OLDEST_SERVER[1]);
}

function toHeaders(record: Readonly<Record<string, string>>): MsgHdrs {
  const result = newHeaders();
  for (const [name, value] of Object.entries(record)) result.set(name, value);
  return result;
}

/** A message's headers as a record (the first value of each). */
export function headersOf(message: Pick<Msg, 'headers'>): Record<string, string> {
  const record: Record<string, string> = {};
  for (const name of message.headers?.keys() ?? []) record[name] = message.headers!.get(name);
  return record;
}

const STREAM_FULL = new Set([10077, 10122, 10047, 10023]);

function publishFailure(error: unknown): Error {
  if (!(error instanceof NatsError)) return error instanceof Error ? error : new Error(String(error));
  if (error.code === ErrorCode.MaxPayloadExceeded) return new MessageTooLargeError('the message is larger than the bus takes', { cause: error });
  const api = error.api_error;
  if (api?.err_code !== undefined && STREAM_FULL.has(api.err_code)) return new BusFullError(api.description, { cause: error });
  if (api?.err_code === 10071) return new WrongSequenceError(api.description);
  return new BusAwayError(api?.description ?? error.code, { cause: error });
}

/** Somebody else has written this subject since it was read. */
export class WrongSequenceError extends Error {}
