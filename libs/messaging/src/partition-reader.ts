import { type Contract, tenantOfSubject } from '@signalbox/contracts';
import { DeliverPolicy, type Msg } from 'nats';
import { BusAwayError, headersOf, type Bus } from './bus.js';
import { OrderedRead } from './ordered-read.js';
import { cursorSays, type Cursor, type Lease, type ReaderLeases } from './reader-leases.js';
import { streamState } from './streams.js';

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

const PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/**
 * Of what comes in one pull, and so of one transaction: after an outage envelopes are full, and 500 of
 * them would be more than memory, or a statement's time, has room for.
 */
const MOST_BYTES = 2_000_000;

interface Read<T> { readonly message: Msg; readonly sequence: number; readonly entry: Entry<T> | undefined; readonly error: unknown }

/** Reads one partition from its cursor on, for as long as its lease is ours. */
export class PartitionReader<T, Tx> {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private readonly buffer: Read<T>[] = [];
  private ended: Error | undefined;
  private wake: () => void = () => undefined;
  private endPause: () => void = () => undefined;
  /** Entries of the next transaction at most. */
  private most: number;
  private waitMs = PAUSE_MS;
  /** Where this reader knows its cursor to be. */
  private at: { readonly sequence: number; readonly stream: string } | undefined;

  constructor(private readonly options: PartitionReaderOptions<T, Tx>) {
    this.most = options.maxBatch;
  }

  start(): void {
    this.running = this.run();
  }

  /**
   * Compares where the reader stands with where its cursor stood afterwards: `const behind = reader.watch()`, read the cursor, `behind(cursor)`.
   * A cursor that is behind was taken back by a crash of Postgres, which forgets its last commits (docs/adr/0018): the reader goes back to it, although
   * nothing new may come to tell it so.
   */
  watch(): (cursor: Cursor) => void {
    const { at } = this;
    return ({ sequence, stream }) => {
      if (at === undefined || at.sequence === 0 || (at.sequence <= sequence && at.stream === (stream ?? at.stream))) return;
      this.ended ??= new Error(`the database has gone back from ${at.sequence} to ${sequence}`);
      this.wake();
    };
  }

  /** Finishes the batch in hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.endPause();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (this.options.bus.connected) await this.readFromCursor();
      } catch (error) {
        if (!this.stopped && !(error instanceof BusAwayError)) this.options.log?.(`reading ${this.options.filter} again from its cursor`, error);
      }
      await this.pause(PAUSE_MS);
    }
  }

  /** Returns when the reader is stopped; throws when the reading has to begin anew. */
  private async readFromCursor(): Promise<void> {
    const { bus, contract, filter, maxBatch } = this.options;
    const { identity, sequence } = await this.place();
    this.at = { sequence, stream: identity };
    this.buffer.length = 0;
    this.ended = undefined;
    const read = await OrderedRead.open({
      bus, stream: contract.stream,
      from: { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence + 1, filter_subject: filter },
      take: (message, { sequence }) => { this.buffer.push(this.decode(message, sequence)); this.wake(); },
      full: () => this.wake(),
      ended: (why) => { this.ended = why; this.wake(); },
    });
    try {
      while (!this.stopped) {
        const batch = this.buffer.splice(0, this.most);
        // While one batch is processed the next one comes: hardly ever are more than two in memory.
        if (this.buffer.length === 0) read.want(maxBatch, MOST_BYTES);
        if (batch.length > 0) await this.take(batch);
        else if (this.ended !== undefined) throw this.ended;
        else await new Promise<void>((resolve) => { this.wake = resolve; });
      }
    } finally {
      await read.close();
    }
  }

  /** The stream that there is now, and the last of its messages that was read. */
  private async place(): Promise<{ identity: string; sequence: number }> {
    const { bus, contract: { stream }, leases, lease, log } = this.options;
    const cursor = await leases.cursor(lease.partition);
    const { identity, lastSequence } = await streamState(bus, stream);
    if (cursor.stream !== null && cursor.stream !== identity) {
      log?.(`stream ${stream} was made anew: reading it from its beginning`);
      return { identity, sequence: 0 };
    }
    if (cursor.sequence <= lastSequence) return { identity, sequence: cursor.sequence };
    // A power cut took what the server had not yet on disk, and gives its numbers again, to messages that nobody has read: which, cannot be told.
    log?.(`stream ${stream} ends at ${lastSequence}, and has been read up to ${cursor.sequence}: its server lost its end; reading it from its beginning`);
    await leases.rewind(lease);
    return { identity, sequence: 0 };
  }

  private decode(message: Msg, sequence: number): Read<T> {
    try {
      return { message, sequence, entry: { ...place(message, sequence), value: this.options.contract.decode(message.data) }, error: undefined };
    } catch (error) {
      return { message, sequence, entry: undefined, error };
    }
  }

  /**
   * Takes a batch in. What the database cannot take now is tried again, for ever, each time half as much at once: it may be that all of it takes longer than a
   * statement may, and would then never be taken. After each batch that went in, twice as much.
   */
  private async take(batch: readonly Read<T>[]): Promise<void> {
    const { maxBatch, filter, log } = this.options;
    try {
      await this.process(batch);
      this.most = Math.min(2 * this.most, maxBatch);
      this.waitMs = PAUSE_MS;
    } catch (error) {
      if (!(error instanceof NotNow)) throw error;
      log?.(`waiting for the database to take ${filter}`, error.cause);
      const left = batch.filter(({ sequence }) => sequence > this.at!.sequence);
      this.buffer.unshift(...left);
      this.most = Math.ceil(left.length / 2);
      await this.pause(this.waitMs);
      this.waitMs = Math.min(2 * this.waitMs, LONGEST_PAUSE_MS);
    }
  }

  /** Handles what was read: whole, and when that fails in halves, until the one entry that cannot be taken in is alone and buried. */
  private async process(reads: readonly Read<T>[]): Promise<void> {
    const poisoned = reads.findIndex((read) => read.entry === undefined);
    if (poisoned >= 0 && reads.length > 1) {
      if (poisoned > 0) await this.process(reads.slice(0, poisoned));
      await this.process(reads.slice(poisoned, poisoned + 1));
      if (poisoned + 1 < reads.length) await this.process(reads.slice(poisoned + 1));
      return;
    }
    const only = reads[0]!;
    const failure = only.entry === undefined ? only.error : await this.attempt(() => this.options.handler.handle(this.batch(reads)));
    if (failure === undefined) return this.moved(reads);
    if (reads.length > 1) {
      const half = Math.ceil(reads.length / 2);
      await this.process(reads.slice(0, half));
      await this.process(reads.slice(half));
      return;
    }
    this.options.log?.(`burying message ${only.sequence} of ${this.options.contract.stream}`, failure);
    const entry: PoisonedEntry<T> = { ...place(only.message, only.sequence), ...(only.entry ?? {}), bytes: only.message.data, error: failure };
    const unburied = await this.attempt(() => this.options.handler.bury(entry, this.batch(reads)));
    if (unburied !== undefined) throw unburied;
    this.moved(reads);
  }

  private moved(reads: readonly Read<T>[]): void {
    this.at = { ...this.at!, sequence: reads[reads.length - 1]!.sequence };
  }

  /**
   * Gives why it failed, for a reason of its own; undefined when it succeeded. Throws NotNow
   * when the database is away, and when the lease went or the cursor was taken back.
   */
  private async attempt(work: () => Promise<void>): Promise<unknown> {
    try {
      await work();
      return undefined;
    } catch (error) {
      const told = cursorSays(error);
      if (told === 'already-moved') return undefined;
      if (told !== undefined) throw error;
      if (this.options.handler.isTransient(error)) throw new NotNow('', { cause: error });
      return error ?? new Error('failed without saying why');
    }
  }

  private batch(reads: readonly Read<T>[]): Batch<T, Tx> {
    const { leases, lease } = this.options;
    const { stream, sequence: from } = this.at!;
    const to = reads[reads.length - 1]!.sequence;
    return {
      entries: reads.flatMap((read) => (read.entry === undefined ? [] : [read.entry])),
      partition: lease.partition,
      advance: (tx) => leases.advanceCursor(tx, lease, { stream, from, to }),
    };
  }

  private async pause(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endPause = () => { clearTimeout(timer); resolve(); };
    });
  }
}

/** The database cannot take a batch now; `cause` says why. */
class NotNow extends Error {}

function place(message: Msg, sequence: number): Omit<Entry<never>, 'value'> {
  return { sequence, subject: message.subject, tenantId: tenantOfSubject(message.subject), headers: headersOf(message) };
}
