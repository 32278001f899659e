import { type Contract, tenantOfSubject } from '@signalbox/contracts';
import { DeliverPolicy, type Msg } from 'nats';
import { BusAwayError, headersOf, type Bus } from './bus.js';
import { OrderedRead } from './ordered-read.js';
import { streamState } from './streams.js';

/** A partition that this replica may read now, and the fencing number under which its cursor moves. */
export interface Lease { readonly partition: number; readonly epoch: number; readonly cursor: Cursor }

/** The last sequence of a stream whose effects are committed; 0: none yet. */
export interface Cursor { readonly sequence: number; readonly stream: string | null }

/** A step of a cursor: from where its reader knows it to be (0 in a stream that is read from its beginning) to the last entry of a batch. */
export interface CursorMove { readonly stream: string; readonly from: number; readonly to: number }

/**
 * The error by which `advanceCursor` keeps a transaction from committing: the partition is read by another replica now; or the cursor
 * stands there already, because this very batch was committed and only the word of it was lost; or the database has gone back to an earlier one.
 */
export interface CursorRefusal extends Error { readonly cursor: 'lease-lost' | 'already-moved' | 'taken-back' }

/** Who may read what, and how far it has been read: kept in Postgres (PartitionLeases of @signalbox/database). */
export interface ReaderLeases<Tx> {
  renew(): Promise<Lease[]>;
  release(): Promise<void>;
  cursor(partition: number): Promise<Cursor>;
  /** Sets a cursor back to the beginning. */
  rewind(lease: Lease): Promise<void>;
  /** Throws a CursorRefusal when the transaction must not commit. */
  advanceCursor(tx: Tx, lease: Lease, move: CursorMove): Promise<void>;
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

const PAUSE_MS = 250;

interface Read<T> { readonly message: Msg; readonly sequence: number; readonly entry: Entry<T> | undefined; readonly error: unknown }

/** Reads one partition from its cursor on, for as long as its lease is ours. */
export class PartitionReader<T, Tx> {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private readonly buffer: Read<T>[] = [];
  private ended: Error | undefined;
  private wake: () => void = () => undefined;
  private endPause: () => void = () => undefined;
  /** Where this reader knows its cursor to be. */
  private at: { readonly sequence: number; readonly stream: string } | undefined;

  constructor(private readonly options: PartitionReaderOptions<T, Tx>) {}

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
      ended: (why) => { this.ended = why; this.wake(); },
    });
    try {
      while (!this.stopped) {
        const batch = this.buffer.splice(0, maxBatch);
        // While one batch is processed the next one comes: never more than two are in memory.
        if (this.buffer.length < maxBatch) read.want(maxBatch);
        if (batch.length > 0) await this.process(batch);
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
   * Runs until it succeeds (undefined) or fails for a reason of its own; waits out a database that is
   * away. Throws when the lease went, the cursor was taken back, or we stop.
   */
  private async attempt(work: () => Promise<void>): Promise<unknown> {
    for (let wait = PAUSE_MS; ; wait = Math.min(wait * 2, 2_000)) {
      try {
        await work();
        return undefined;
      } catch (error) {
        const told = cursorSays(error);
        if (told === 'already-moved') return undefined;
        if (told !== undefined) throw error;
        if (!this.options.handler.isTransient(error)) return error ?? new Error('failed without saying why');
        this.options.log?.(`waiting for the database to take ${this.options.filter}`, error);
        if (this.stopped) throw error;
        await this.pause(wait);
      }
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

/** What an error of `advanceCursor` says of the cursor; undefined for every other error. */
function cursorSays(error: unknown): CursorRefusal['cursor'] | undefined {
  return error instanceof Error && 'cursor' in error ? (error as CursorRefusal).cursor : undefined;
}

function place(message: Msg, sequence: number): Omit<Entry<never>, 'value'> {
  return { sequence, subject: message.subject, tenantId: tenantOfSubject(message.subject), headers: headersOf(message) };
}
