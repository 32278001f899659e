import { type Contract, tenantOfSubject } from '@signalbox/contracts';
import { AckPolicy, DeliverPolicy, nanos, type Consumer, type JsMsg } from 'nats';
import { BusAwayError, headersOf, type Bus } from './bus.js';
import { streamIdentity } from './streams.js';

/** A partition that this replica may read now, and the fencing number under which its cursor moves. */
export interface Lease { readonly partition: number; readonly epoch: number }

/** Who may read what, and how far it has been read: kept in Postgres (PartitionLeases of @signalbox/database). */
export interface ReaderLeases<Tx> {
  renew(): Promise<Lease[]>;
  release(): Promise<void>;
  cursor(partition: number): Promise<{ sequence: number; stream: string | null }>;
  advanceCursor(tx: Tx, lease: Lease, sequence: number, stream: string): Promise<void>;
}

/** One message of a log, decoded. */
export interface Entry<T> {
  readonly sequence: number;
  readonly subject: string;
  readonly tenantId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: T;
}

/** A message that could not be taken in: undecodable (`value` missing), or its handler failed on it alone. */
export interface PoisonedEntry<T> extends Omit<Entry<T>, 'value'> {
  readonly value?: T;
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

/** Entries in order. `advance` moves the cursor behind them: call it last, in the transaction of their effects. */
export interface Batch<T, Tx> {
  readonly entries: readonly Entry<T>[];
  readonly partition: number;
  advance(tx: Tx): Promise<void>;
}

export interface LogHandler<T, Tx> {
  /** Commits the effects of all entries and the cursor in one transaction, or throws and has changed nothing. */
  handle(batch: Batch<T, Tx>): Promise<void>;
  /** Commits the dead letter of a poisoned entry (or of the parts of it that are poisoned) and the cursor in one transaction. */
  bury(entry: PoisonedEntry<T>, batch: Batch<T, Tx>): Promise<void>;
  /** Whether an error is nobody's fault but the database's (away, deadlock): the same batch is tried again, for ever. */
  isTransient(error: unknown): boolean;
}

export interface PartitionReaderOptions<T, Tx> {
  readonly bus: Bus;
  readonly contract: Contract<T>;
  readonly leases: ReaderLeases<Tx>;
  readonly handler: LogHandler<T, Tx>;
  readonly lease: Lease;
  readonly maxBatch: number;
  readonly filter: string;
  readonly log?: (message: string, error?: unknown) => void;
}

const FETCH_EXPIRES_MS = 5_000;
const PAUSE_MS = 250;

interface Read<T> { readonly message: JsMsg; readonly entry: Entry<T> | undefined; readonly error: unknown }

/** Reads one partition from its cursor on, for as long as its lease is ours. */
export class PartitionReader<T, Tx> {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private readonly buffer: Read<T>[] = [];
  private wake: () => void = () => undefined;
  private stopFetch: () => void = () => undefined;
  private broken = false;

  constructor(private readonly options: PartitionReaderOptions<T, Tx>) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.stopFetch();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.readFromCursor();
      } catch (error) {
        if (this.stopped) return;
        if (!(error instanceof BusAwayError)) this.options.log?.(`reading ${this.options.filter} again from its cursor`, error);
        await this.pause();
      }
    }
  }

  private async readFromCursor(): Promise<void> {
    const { bus, contract, leases, lease } = this.options;
    const identity = await streamIdentity(bus, contract.stream);
    const cursor = await leases.cursor(lease.partition);
    const renewed = cursor.stream !== null && cursor.stream !== identity;
    if (renewed) this.options.log?.(`stream ${contract.stream} was made anew: reading it from its beginning`);
    const consumer = await this.consumerFrom(renewed ? 1 : cursor.sequence + 1);
    this.buffer.length = 0;
    this.broken = false;
    const pumping = this.pump(consumer);
    try {
      while (!this.stopped && !(this.broken && this.buffer.length === 0)) {
        if (this.buffer.length === 0) {
          await new Promise<void>((resolve) => { this.wake = resolve; });
          continue;
        }
        await this.process(this.buffer.splice(0, this.options.maxBatch), identity);
      }
    } finally {
      this.broken = true;
      this.stopFetch();
      await pumping;
      await consumer.delete().catch(() => false);
    }
  }

  /** A throw-away consumer at a sequence: it holds no state worth keeping, the cursor does. */
  private async consumerFrom(sequence: number): Promise<Consumer> {
    const { bus, contract, filter } = this.options;
    const manager = await bus.manager();
    const info = await manager.consumers.add(contract.stream, {
      ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence, filter_subject: filter,
      inactive_threshold: nanos(30_000), mem_storage: true, num_replicas: 1,
    });
    return (await bus.ready()).jetstream().consumers.get(contract.stream, info.name);
  }

  /** Keeps the buffer filled, never above two batches, until something breaks. A gap in the consumer's own count means that messages went to a dead connection. */
  private async pump(consumer: Consumer): Promise<void> {
    let expected = 1;
    try {
      while (!this.stopped && !this.broken) {
        if (this.buffer.length >= this.options.maxBatch) {
          await this.pauseFor(2);
          continue;
        }
        const messages = await consumer.fetch({ max_messages: this.options.maxBatch, expires: FETCH_EXPIRES_MS, idle_heartbeat: 1_000 });
        this.stopFetch = () => void messages.close();
        if (this.stopped || this.broken) return;
        for await (const message of messages) {
          if (message.info.deliverySequence !== expected) throw new BusAwayError('a gap in the delivered sequence');
          expected += 1;
          this.buffer.push(this.decode(message));
          this.wake();
          if (this.broken) break;
        }
      }
    } catch (error) {
      if (!this.stopped && !this.broken) this.options.log?.(`the pull on ${this.options.filter} ended`, error);
    } finally {
      this.broken = true;
      this.wake();
    }
  }

  private decode(message: JsMsg): Read<T> {
    try {
      return { message, error: undefined, entry: { ...place(message), value: this.options.contract.decode(message.data) } };
    } catch (error) {
      return { message, error, entry: undefined };
    }
  }

  /** Handles what was read: whole, and when that fails in halves, until the one entry that cannot be taken in is alone and buried. */
  private async process(reads: readonly Read<T>[], identity: string): Promise<void> {
    const poisoned = reads.findIndex((read) => read.entry === undefined);
    if (poisoned >= 0 && reads.length > 1) {
      if (poisoned > 0) await this.process(reads.slice(0, poisoned), identity);
      await this.process(reads.slice(poisoned, poisoned + 1), identity);
      if (poisoned + 1 < reads.length) await this.process(reads.slice(poisoned + 1), identity);
      return;
    }
    const only = reads[0]!;
    const failure = only.entry === undefined ? only.error : await this.attempt(() => this.options.handler.handle(this.batch(reads, identity)));
    if (failure === undefined) return;
    if (reads.length > 1) {
      const half = Math.ceil(reads.length / 2);
      await this.process(reads.slice(0, half), identity);
      await this.process(reads.slice(half), identity);
      return;
    }
    this.options.log?.(`burying message ${only.message.seq} of ${this.options.contract.stream}`, failure);
    const entry: PoisonedEntry<T> = { ...place(only.message), ...(only.entry ?? {}), bytes: only.message.data, error: failure };
    const unburied = await this.attempt(() => this.options.handler.bury(entry, this.batch(reads, identity)));
    if (unburied !== undefined) throw unburied;
  }

  /** Runs until it succeeds or fails for a reason of its own; waits out a database that is away. Throws when the lease went or we stop. */
  private async attempt(work: () => Promise<void>): Promise<unknown> {
    for (let wait = PAUSE_MS; ; wait = Math.min(wait * 2, 2_000)) {
      try {
        await work();
        return undefined;
      } catch (error) {
        if (error instanceof Error && error.constructor.name === 'LeaseLostError') throw error;
        if (!this.options.handler.isTransient(error)) return error ?? new Error('failed without saying why');
        this.options.log?.(`waiting for the database to take ${this.options.filter}`, error);
        if (this.stopped) throw error;
        await this.pauseFor(wait);
      }
    }
  }

  private batch(reads: readonly Read<T>[], identity: string): Batch<T, Tx> {
    const { leases, lease } = this.options;
    const last = reads[reads.length - 1]!.message.seq;
    return {
      entries: reads.flatMap((read) => (read.entry === undefined ? [] : [read.entry])),
      partition: lease.partition,
      advance: (tx) => leases.advanceCursor(tx, lease, last, identity),
    };
  }

  private pause(): Promise<void> {
    return this.pauseFor(PAUSE_MS);
  }

  private pauseFor(ms: number): Promise<void> {
    return new Promise((resolve) => { setTimeout(resolve, ms); });
  }
}

function place(message: JsMsg): Omit<Entry<never>, 'value'> {
  return { sequence: message.seq, subject: message.subject, tenantId: tenantOfSubject(message.subject), headers: headersOf(message) };
}
