import { bytea, type Database, type PartitionLeases } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import { setTimeout as sleep } from 'node:timers/promises';
import { Repeating } from './repeating.js';

/** A message for the bus. */
export interface Held {
  readonly subject: string;
  readonly messageId: string;
  readonly body: Uint8Array;
}

/** Neither the bus nor the spool could take it: the sender must come again. */
export class NowhereToStoreError extends Error {}

const LOOK_EVERY_MS = 500;
/** While it fills and the bus is there: the sooner it is empty the better. */
const LOOK_AGAIN_MS = 50;
/**
 * While the table is drained, a new message waits so long: what comes in meanwhile gathers in its
 * lane and shares its row, so that the table empties faster than it fills.
 */
const BRAKE_MS = 100;
/** New messages wait for at most so long while the spool is handed over; twice as long whenever that was too short, on a disk that is slow. */
const HANDOVER_MS = 300;
const LONGEST_HANDOVER_MS = 5_000;
const BATCH = 200;
/** Rows are counted up to so many. */
const MOST_COUNTED = 10_000;

export interface StreamSpoolOptions {
  /** As its subjects begin. */
  readonly stream: string;
  readonly db: Database;
  readonly bus: Bus;
  readonly leases: PartitionLeases;
  readonly log: Logger;
}

/**
 * The durable way round a stream that is away, full or without a leader: a table, drained in order by one replica. Every gateway spools
 * until nothing for that stream is left in it, so that nothing overtakes what waits there.
 */
export class StreamSpool {
  /** Whether new messages go to the table. So it begins: what a predecessor left there goes first. */
  private filling = true;
  /** Messages that are being published or spooled just now. */
  private inHand = 0;
  /** The table is drained, by this gateway or another one. */
  private draining = false;
  private handover: Promise<void> | undefined;
  private patienceMs = HANDOVER_MS;
  private readonly looking = new Repeating(async () => (await this.look() ? LOOK_AGAIN_MS : LOOK_EVERY_MS));
  size = 0;

  constructor(private readonly options: StreamSpoolOptions) {}

  get spooling(): boolean {
    return this.filling;
  }

  /** On the bus, or else in the table. A publish that timed out may have been stored all the same: ids make the second copy a no-op. */
  async put(message: Held): Promise<void> {
    if (this.draining) await sleep(BRAKE_MS);
    while (this.handover !== undefined) await this.handover;
    this.inHand += 1;
    try {
      if (this.filling || !(await this.publish(message))) await this.insert(message);
    } finally {
      this.inHand -= 1;
    }
  }

  start(): void {
    this.looking.start();
  }

  stop(): Promise<void> {
    return this.looking.stop();
  }

  private async publish(message: Held): Promise<boolean> {
    try {
      await this.options.bus.publish(message.subject, message.body, { messageId: message.messageId });
      return true;
    } catch (error) {
      if (!this.filling) this.options.log.warn({ err: error }, 'the bus does not store: spooling to Postgres');
      this.filling = true;
      return false;
    }
  }

  private async insert(message: Held): Promise<void> {
    try {
      await this.options.db.query('insert into spool (subject, message_id, body) values ($1, $2, $3::bytea)', [message.subject, message.messageId, bytea(message.body)]);
    } catch (error) {
      throw new NowhereToStoreError('neither the bus nor the spool takes it', { cause: error });
    }
  }

  /** Drains the table when it is this replica's turn, and goes back to the bus once it is empty. True while there is something to be done soon. */
  private async look(): Promise<boolean> {
    try {
      this.size = await this.count(MOST_COUNTED);
      if (this.size === 0 && !this.filling) return false;
      this.filling = true;
      this.draining = this.options.bus.connected;
      if (this.draining) this.draining = await this.drain(BATCH - 1);
      if (!this.draining) return false;
      // Else another one drains it, and is not nearly done: nobody here is to wait for that.
      if (await this.count(BATCH) < BATCH) await this.handOver();
      this.draining = this.filling;
      return this.filling;
    } catch (error) {
      this.draining = false;
      this.options.log.warn({ err: error }, 'the spool cannot be looked at now');
      return false;
    }
  }

  private async count(most: number): Promise<number> {
    const rows = await this.options.db.query<{ n: number }>(
      `select count(*) as n from (select 1 from spool where ${OF_STREAM} limit $2) s`, [this.options.stream, most]);
    return rows[0]?.n ?? 0;
  }

  /**
   * Back to the bus without anything overtaking: new messages wait while those in hand come to their end and the rest of the table is
   * drained. What does not end soon ends the attempt instead, and the next look begins another.
   */
  private async handOver(): Promise<void> {
    let open = (): void => undefined;
    this.handover = new Promise((resolve) => { open = resolve; });
    try {
      const deadline = Date.now() + this.patienceMs;
      while (this.inHand > 0 && Date.now() < deadline) await sleep(1);
      while (this.inHand === 0 && Date.now() < deadline) {
        if (!this.options.bus.connected || !await this.drain(0)) return;
        if (await this.count(1) === 0) {
          this.filling = false;
          this.size = 0;
          this.patienceMs = HANDOVER_MS;
          return;
        }
        await sleep(5);
      }
      this.patienceMs = Math.min(2 * this.patienceMs, LONGEST_HANDOVER_MS);
    } finally {
      this.handover = undefined;
      open();
    }
  }

  /**
   * Oldest first, one after the other within a subject; a row is deleted after the bus has stored it. Until it meets at most `few` rows, which go, too: under
   * steady load there is hardly a moment without any. False when something is left that cannot go now.
   */
  private async drain(few: number): Promise<boolean> {
    let drained = 0;
    let rest = true;
    while (rest && !this.looking.stopped) {
      const [lease] = await this.options.leases.renew();
      if (lease === undefined) return true; // another replica drains it
      const rows = await this.options.db.query<Row>(
        `select id, subject, message_id, body from spool where ${OF_STREAM} order by id limit $2`, [this.options.stream, BATCH]);
      const stored = await this.forward(rows);
      await this.options.db.query('delete from spool where id = any($1::bigint[])', [stored]);
      drained += stored.length;
      if (stored.length < rows.length) return false;
      rest = rows.length > few;
    }
    if (drained > 0) this.options.log.info({ drained, stream: this.options.stream }, 'forwarded from the spool to the bus');
    return !this.looking.stopped;
  }

  private async forward(rows: readonly Row[]): Promise<number[]> {
    const lanes = new Map<string, Row[]>();
    for (const row of rows) lanes.set(row.subject, [...(lanes.get(row.subject) ?? []), row]);
    const stored = await Promise.all([...lanes.values()].map((lane) => this.forwardInOrder(lane)));
    return stored.flat();
  }

  private async forwardInOrder(rows: readonly Row[]): Promise<number[]> {
    const done: number[] = [];
    for (const row of rows) {
      try {
        await this.options.bus.publish(row.subject, row.body, { messageId: row.message_id });
        done.push(row.id);
      } catch {
        break;
      }
    }
    return done;
  }
}

/** By the index `spool_by_stream`. */
const OF_STREAM = `split_part(subject, '.', 1) = $1`;

type Row = { id: number; subject: string; message_id: string; body: Buffer };
