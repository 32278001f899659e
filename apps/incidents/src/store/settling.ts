import { isDatabaseAway, type Database, type DueWork, type Queryable, type Transaction } from '@signalbox/database';
import { beginsNext, concerns } from '../domain/concern.js';
import type { AppliedBatch } from './event-store.js';
import { NO_PARTITION, type Applier } from './applier.js';
import { clockHappening } from './happening.js';
import { stateOf, type IncidentRow } from './incident-row.js';
import type { Rulebook } from './rulebook.js';

/** How many open incidents are looked at in one transaction, unless that takes too long. */
export const SLICE = 500;
/** A replica that had not heard of the change yet may have decided by the rules before it: so the open incidents are gone through once more. */
const AGAIN_SECONDS = 15;
/** What cannot be done is put off by so much: others' changes do not wait for it. */
const PUT_OFF_SECONDS = 30;

/** Of all UUIDs. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

interface ChangeRow { tenant_id: string; rule_id: string; looks: number; after_at: Date | null; after_id: string | null }

/**
 * Holds the open incidents of a tenant against a rule that changed, or that begins: what a deleted silence kept quiet is told,
 * what a new one matches is quiet. The work was noted with the change (by a trigger), and goes on where it was left, slice by
 * slice, whichever replica dies. The rules are read after the change was: a replica that has not heard of it yet cannot spoil it.
 */
export class Settling implements DueWork {
  constructor(private readonly db: Database, private readonly applier: Applier, private readonly rules: Pick<Rulebook, 'of' | 'refresh'>) {}

  async nextDue(): Promise<Date | null> {
    const rows = await this.db.query<{ due_at: Date }>('select due_at from rule_changes order by due_at limit 1');
    return rows[0]?.due_at ?? null;
  }

  /** One slice of one change, of so many open incidents at most: changes take turns. Says that it took as many, so that the next one follows at once. */
  async fireDue(now: Date, most: number): Promise<number> {
    let change: ChangeRow | undefined;
    const work = this.db.transaction(async (tx) => {
      [change] = await tx.query<ChangeRow & Record<string, unknown>>(
        'select tenant_id, rule_id, looks, after_at, after_id from rule_changes where due_at <= $1 order by due_at limit 1 for update skip locked', [now]);
      return change === undefined ? null : this.slice(tx, change, now, most);
    });
    const done = await work.catch(async (error: unknown) => {
      if (change !== undefined && !isDatabaseAway(error)) await dueIn(this.db, change, now, PUT_OFF_SECONDS);
      throw error;
    });
    if (done === null) return 0;
    if (done.batch !== null) this.applier.committed(done.batch);
    return most;
  }

  private async slice(tx: Transaction, change: ChangeRow, now: Date, most: number): Promise<{ batch: AppliedBatch | null }> {
    const { tenant_id: tenantId, rule_id: ruleId } = change;
    await this.rules.refresh([tenantId]);
    const rules = this.rules.of(tenantId);
    const rows = await openIncidents(tx, change, most);
    const concerned = rows.filter((row) => concerns(ruleId, stateOf(row), rules, now.toISOString()));
    const looked = concerned.map((row) => clockHappening({ ...row, incident_id: row.id }, now));
    const batch = looked.length === 0 ? null : await this.applier.apply(tx, looked, NO_PARTITION);
    await goOn(tx, change, rows.length === most ? rows.at(-1)! : null, now, beginsNext(ruleId, rules, now.toISOString()));
    return { batch };
  }
}

function openIncidents(tx: Transaction, { tenant_id: tenantId, after_at: at, after_id: id }: ChangeRow, most: number): Promise<IncidentRow[]> {
  return tx.query<IncidentRow & Record<string, unknown>>(
    `select * from incidents where tenant_id = $1 and status <> 'RESOLVED' and status in ('OPEN', 'ACKNOWLEDGED', 'SUPPRESSED')
       and opened_at <= $2 and (opened_at, id) < ($2, $3::uuid)
     order by opened_at desc, id desc limit $4`, [tenantId, at ?? 'infinity', id ?? LAST_ID, most]);
}

function dueIn(db: Queryable, { tenant_id: tenantId, rule_id: ruleId }: ChangeRow, now: Date, seconds: number): Promise<unknown> {
  return db.query('update rule_changes set due_at = $3 where tenant_id = $1 and rule_id = $2', [tenantId, ruleId, new Date(now.getTime() + seconds * 1_000)]);
}

/** Where the look goes on; at its end the next one, one when the rule begins (again), or nothing more. */
async function goOn(
  tx: Transaction,
  { tenant_id: tenantId, rule_id: ruleId, looks }: ChangeRow,
  last: IncidentRow | null,
  now: Date,
  begins: string | null,
): Promise<void> {
  const key = [tenantId, ruleId];
  const at = 'where tenant_id = $1 and rule_id = $2';
  if (last !== null) {
    await tx.query(`update rule_changes set due_at = $3, after_at = $4, after_id = $5 ${at}`, [...key, now, last.opened_at, last.id]);
  } else if (looks > 1) {
    const again = new Date(now.getTime() + AGAIN_SECONDS * 1_000);
    await tx.query(`update rule_changes set due_at = $3, looks = $4, after_at = null, after_id = null ${at}`, [...key, again, looks - 1]);
  } else if (begins !== null) {
    await tx.query(`update rule_changes set due_at = $3, after_at = null, after_id = null ${at}`, [...key, begins]);
  } else {
    await tx.query(`delete from rule_changes ${at}`, key);
  }
}
