import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Subscription } from 'nats';
import type { Bus } from './bus.js';
import { ensureStreams, type StreamSettings } from './streams.js';

/** Anything that reads from the bus for as long as the service runs. */
export interface BusConsumer {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers one kind of question from other services. Undefined is sent as null. */
export interface Answer {
  readonly subject: string;
  answer(question: unknown): Promise<unknown>;
}

export interface StreamTransportOptions {
  readonly bus: Bus;
  readonly streams: StreamSettings;
  /** Everything that this service reads, listed in one place. */
  readonly consumers: readonly BusConsumer[];
  readonly answers: readonly Answer[];
  readonly log?: (message: string, error?: unknown) => void;
}

/** JetStream as a Nest microservice transport: an explicit list of readers and answers, started and stopped with the application. */
export class StreamTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('jetstream');

  private closed = false;
  private closing: Promise<void> | undefined;
  private readonly subscriptions: Subscription[] = [];
  private forgetBus: () => void = () => undefined;

  constructor(private readonly options: StreamTransportOptions) {
    super();
  }

  /** Waits for NATS, brings the streams up to date and begins to read. */
  listen(callback: (error?: unknown) => void): void {
    this.open().then(() => callback(), (error: unknown) => callback(error));
  }

  close(): Promise<void> {
    this.closed = true;
    this.closing ??= this.stopAll();
    return this.closing;
  }

  private async stopAll(): Promise<void> {
    this.forgetBus();
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    await Promise.all(this.options.consumers.map((consumer) => consumer.stop()));
  }

  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  override on(): never {
    throw new Error('the stream transport has no events of its own: use the list of consumers');
  }

  /** Tries for ever: NATS may be without a leader or without room just now. */
  private async untilDone(work: () => Promise<void>): Promise<void> {
    while (!this.closed) {
      try {
        return await work();
      } catch (error) {
        this.options.log?.('the streams cannot be brought up to date yet', error);
        await new Promise((resolve) => { setTimeout(resolve, 1_000); });
      }
    }
  }

  private async open(): Promise<void> {
    const { bus, streams } = this.options;
    const connection = await bus.ready();
    await this.untilDone(() => ensureStreams(bus, streams));
    if (this.closed) return;
    // A server that came back may have lost its disk: then nothing could be stored until somebody makes the streams again.
    this.forgetBus = bus.onReconnect(() => void this.untilDone(() => ensureStreams(bus, streams)));
    for (const { subject, answer } of this.options.answers) {
      this.subscriptions.push(connection.subscribe(subject, {
        queue: subject,
        callback: (_error, message) => {
          Promise.resolve()
            .then(() => answer(JSON.parse(message.string())))
            .then((value) => message.respond(Buffer.from(JSON.stringify(value ?? null))))
            .catch((error: unknown) => this.options.log?.(`could not answer ${subject}`, error));
        },
      }));
    }
    for (const consumer of this.options.consumers) if (!this.closed) await consumer.start();
  }
}
