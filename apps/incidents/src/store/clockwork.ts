import { isDatabaseAway, type Database, type DueWork, type Transaction } from '@signalbox/database';
import { NO_PARTITION, type Applier } from './applier.js';
import { clockHappening, type OfIncident } from './happening.js';

/** One that cannot be decided is put off for so long: nobody else's waits for it. */
const PUT_OFF_SECONDS = 60;

/** Incidents whose time has come. What is due and what was done about it are one row: it fires once, whoever dies when. */
export class Clockwork implements DueWork {
  constructor(
    private readonly db: Database, private readonly applier: Applier,
    private readonly onFired: (count: number) => void = () => undefined, private readonly log: (message: string, error: unknown) => void = () => undefined,
  ) {}

  async nextDue(): Promise<Date | null> {
    const rows = await this.db.query<{ due_at: Date }>('select due_at from incidents where due_at is not null order by due_at limit 1');
    return rows[0]?.due_at ?? null;
  }

  /** Together; when that fails for a reason of theirs, one by one. */
  async fireDue(now: Date, most: number): Promise<number> {
    try {
      return await this.fire(now, most);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      return this.oneByOne(now, most);
    }
  }

  private async oneByOne(now: Date, most: number): Promise<number> {
    const due = await this.db.query<{ id: string }>('select id from incidents where due_at <= $1 order by due_at limit $2', [now, most]);
    for (const { id } of due) {
      try {
        await this.fire(now, 1, id);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        this.log(`what is due of incident ${id} cannot be done; it is tried again in ${PUT_OFF_SECONDS} seconds`, error);
        await this.db.query(
          `update incidents set due_at = $2::timestamptz + make_interval(secs => $3) where id = $1 and due_at <= $2`,
          [id, now, PUT_OFF_SECONDS],
        );
      }
    }
    return due.length;
  }

  private async fire(now: Date, most: number, only: string | null = null): Promise<number> {
    const fired = await this.db.transaction(async (tx) => {
      const due = await this.take(tx, now, most, only);
      return due.length === 0 ? null : this.applier.apply(tx, due.map((row) => clockHappening(row, now)), NO_PARTITION);
    });
    if (fired === null) return 0;
    this.applier.committed(fired);
    this.onFired(fired.applied.length);
    return fired.applied.length;
  }

  /**
   * Locks the keys of what is due, oldest first (so of a group whose head is over the oldest is the next), before anything else,
   * as events do; what somebody else has in hand is passed over. A due incident whose key has another one open has nothing due.
   */
  private take(tx: Transaction, now: Date, most: number, only: string | null): Promise<OfIncident[]> {
    return tx.query<OfIncident & Record<string, unknown>>(
      `with due as materialized (
         select id, scope_id, dedup_key, due_at from incidents
         where due_at <= $1${only === null ? '' : ' and id = $3'} order by due_at, id limit $2)
       select i.id as incident_id, i.tenant_id, i.scope_id, i.dedup_key, i.service_id, i.integration_id
       from due d join incident_keys k on k.scope_id = d.scope_id and k.dedup_key = d.dedup_key join incidents i on i.id = d.id
       order by d.due_at, d.id for update of k skip locked`, only === null ? [now, most] : [now, most, only]);
  }
}
