import { newId } from '@signalbox/contracts';
import { encodeRows, recordset, type Database, type Queryable, type Transaction } from '@signalbox/database';
import type { MonitorKind } from './monitor.entity.js';

/** A monitor as the clockwork reads it. */
export interface DueMonitor {
  readonly id: string;
  readonly tenantId: string;
  readonly kind: MonitorKind;
  readonly name: string;
  readonly serviceId: string | null;
  readonly config: object;
  readonly state: object;
  readonly lastBeatAt: Date | null;
}

/** One that this process may check, while the claim stands. */
export interface ClaimedMonitor extends DueMonitor { readonly claim: string }

export interface Settled { readonly id: string; readonly state: object; readonly dueAt: Date | null }

const READ = `id, tenant_id as "tenantId", kind, name, service_id as "serviceId", config, state, last_beat_at as "lastBeatAt"`;
const OF_M = READ.replace(/(^|, )(\w)/g, '$1m.$2');
/** From the row alone, or from what a look at the far side finds. */
export type DecidedBy = 'by-clock' | 'by-check';
/** As the two indexes have it: neither sort is passed over to find the next of the other. */
const OF: Readonly<Record<DecidedBy, string>> = { 'by-clock': `due_at is not null and kind <> 'tls'`, 'by-check': `due_at is not null and kind = 'tls'` };
const SETTLED = { id: 'uuid', state: 'jsonb', due_at: 'timestamptz' };

/** The `monitors` table by its clock. All times are the caller's. */
export class DueTable {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }

  /** Locks what is due, oldest first; what another replica has in hand is passed over. */
  take(tx: Queryable, by: DecidedBy, now: Date, most: number): Promise<DueMonitor[]> {
    return tx.query<DueMonitor & Record<string, unknown>>(
      `select ${READ} from monitors where ${OF[by]} and due_at <= $1 order by due_at limit $2 for update skip locked`, [now, most]);
  }

  /** Stores what was decided, in the transaction that took the rows. */
  async settle(tx: Queryable, settled: readonly Settled[]): Promise<void> {
    if (settled.length === 0) return;
    await tx.query(
      `update monitors m set state = s.state, due_at = s.due_at, claim = null from (${recordset(SETTLED)}) s where m.id = s.id`,
      [encodeRows(settled.map(({ id, state, dueAt }) => ({ id, state, due_at: dueAt })))]);
  }

  /** Claims what is due and takes time to check; a claim that is not settled by `until` is anybody's again. */
  async claim(by: DecidedBy, now: Date, until: Date, most: number): Promise<ClaimedMonitor[]> {
    return this.db.query<ClaimedMonitor & Record<string, unknown>>(
      `with d as (select id from monitors where ${OF[by]} and due_at <= $1 order by due_at limit $3 for update skip locked)
       update monitors m set claim = gen_random_uuid(), due_at = $2 from d where m.id = d.id returning ${OF_M}, m.claim`, [now, until, most]);
  }

  /** Claims one that somebody wants checked now, whether due or not and whoever has it in hand; nothing when it is paused or not this tenant's. */
  async claimOne(tenantId: string, id: string, until: Date): Promise<ClaimedMonitor | undefined> {
    const rows = await this.db.query<ClaimedMonitor & Record<string, unknown>>(
      `update monitors m set claim = $3, due_at = $4
       where m.tenant_id = $1 and m.id = $2 and m.enabled returning ${OF_M}, m.claim`, [tenantId, id, newId(), until]);
    return rows[0];
  }

  /** The claimed row, locked, as it is now; nothing when the claim has gone (the monitor was changed, or somebody else checks it). */
  async stillClaimed(tx: Queryable, { id, claim }: ClaimedMonitor): Promise<DueMonitor | undefined> {
    const rows = await tx.query<DueMonitor & Record<string, unknown>>(`select ${READ} from monitors where id = $1 and claim = $2 for update`, [id, claim]);
    return rows[0];
  }

  /** When the next of them is due; null when none is. */
  async nextDue(by: DecidedBy): Promise<Date | null> {
    const rows = await this.db.query<{ due_at: Date }>(`select due_at from monitors where ${OF[by]} order by due_at limit 1`);
    return rows[0]?.due_at ?? null;
  }
}
