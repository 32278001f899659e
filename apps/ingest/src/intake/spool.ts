import { bytea, type Database, type HeldLease, type PartitionLeases } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { LaneStore } from './lane.js';

/** A message for the bus. */
export interface Held {
  readonly subject: string;
  readonly messageId: string;
  readonly body: Uint8Array;
}

const LOOK_EVERY_MS = 500;
const BATCH = 200;

/**
 * The durable way round a bus that is away, full or without a leader: a table, drained in order by one replica. Every gateway spools
 * until the table is empty again, so that nothing overtakes what waits there.
 */
export class Spool implements LaneStore {
  private filling = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  size = 0;

  constructor(private readonly db: Database, private readonly bus: Bus, private readonly leases: PartitionLeases, private readonly log: Logger) {}

  get spooling(): boolean {
    return this.filling;
  }

  async publish(message: Held): Promise<void> {
    try {
      await this.bus.publish(message.subject, message.body, { messageId: message.messageId });
    } catch (error) {
      if (!this.filling) this.log.warn({ err: error }, 'the bus does not store: spooling to Postgres');
      this.filling = true;
      throw error;
    }
  }

  async spool(message: Held): Promise<void> {
    await this.db.query('insert into spool (subject, message_id, body) values ($1, $2, $3::bytea)', [message.subject, message.messageId, bytea(message.body)]);
  }

  start(): void {
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => { if (!this.stopped) this.start(); });
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    await this.leases.release().catch(() => undefined);
  }

  /** Drains what is there when it is this replica's turn, and leaves spool mode when nothing is. */
  async look(): Promise<void> {
    try {
      const rows = await this.db.query<{ n: number }>('select count(*) as n from (select 1 from spool limit 10000) s');
      this.size = rows[0]?.n ?? 0;
      if (this.size === 0) {
        if (this.filling && this.bus.connected) this.filling = false;
        return;
      }
      this.filling = true;
      if (!this.bus.connected) return;
      const [lease] = await this.leases.renew();
      if (lease !== undefined) await this.drain(lease);
    } catch (error) {
      this.log.warn({ err: error }, 'the spool cannot be looked at now');
    }
  }

  /** Oldest first, one after the other within a subject; a row is deleted after the bus has stored it. */
  private async drain(lease: HeldLease): Promise<void> {
    let drained = 0;
    for (let renewed = Date.now(); !this.stopped; ) {
      const rows = await this.db.query<{ id: number; subject: string; message_id: string; body: Buffer }>(
        'select id, subject, message_id, body from spool order by id limit $1', [BATCH]);
      if (rows.length === 0) break;
      const lanes = new Map<string, typeof rows>();
      for (const row of rows) lanes.set(row.subject, [...(lanes.get(row.subject) ?? []), row]);
      const stored = await Promise.all([...lanes.values()].map((lane) => this.forward(lane)));
      const ids = stored.flat();
      await this.db.query('delete from spool where id = any($1::bigint[])', [ids]);
      drained += ids.length;
      if (ids.length < rows.length) break;
      if (Date.now() - renewed < 1_000) continue;
      renewed = Date.now();
      if (!(await this.leases.renew()).some(({ epoch }) => epoch === lease.epoch)) break;
    }
    if (drained > 0) this.log.info({ drained }, 'forwarded from the spool to the bus');
  }

  private async forward(rows: readonly { id: number; subject: string; message_id: string; body: Buffer }[]): Promise<number[]> {
    const done: number[] = [];
    for (const row of rows) {
      try {
        await this.bus.publish(row.subject, row.body, { messageId: row.message_id });
        done.push(row.id);
      } catch {
        break;
      }
    }
    return done;
  }
}
