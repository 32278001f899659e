import { newId } from '@signalbox/contracts';
import type { Database, DueWork, Transaction } from '@signalbox/database';
import type { Applier } from './applier.js';
import type { Happening } from './happening.js';

interface DueRow {
  incident_id: string; tenant_id: string; scope_id: string; dedup_key: string; service_id: string; integration_id: string | null; group_key: string | null; muted_by: string | null;
}

/** Incidents whose time has come. What is due and what was done about it are one row: it fires once, whoever dies when. */
export class Clockwork implements DueWork {
  constructor(private readonly db: Database, private readonly applier: Applier, private readonly onFired: (count: number) => void = () => undefined) {}

  async nextDue(): Promise<Date | null> {
    const rows = await this.db.query<{ due_at: Date }>('select due_at from incidents where due_at is not null order by due_at limit 1');
    return rows[0]?.due_at ?? null;
  }

  async fireDue(now: Date, most: number): Promise<number> {
    const fired = await this.db.transaction(async (tx) => {
      const due = await this.take(tx, now, most);
      return due.length === 0 ? null : this.applier.apply(tx, due.map((row) => happeningOf(row, now)), 0);
    });
    if (fired === null) return 0;
    this.applier.committed(fired);
    this.onFired(fired.applied.length);
    return fired.applied.length;
  }

  /** Locks the keys of what is due, oldest first, before anything else, as events do; what somebody else has in hand is passed over. A due incident whose key has another one open has nothing due. */
  private take(tx: Transaction, now: Date, most: number): Promise<DueRow[]> {
    return tx.query<DueRow & Record<string, unknown>>(
      `with due as materialized (select id, scope_id, dedup_key from incidents where due_at <= $1 order by due_at limit $2)
       select i.id as incident_id, i.tenant_id, i.scope_id, i.dedup_key, i.service_id, i.integration_id, i.plan->>'groupKey' as group_key, i.muted_by
       from due d join incident_keys k on k.scope_id = d.scope_id and k.dedup_key = d.dedup_key join incidents i on i.id = d.id
       for update of k skip locked`, [now, most]);
  }
}

function happeningOf(row: DueRow, now: Date): Happening {
  return {
    id: newId(), traceId: newId(), tenantId: row.tenant_id, scopeId: row.scope_id, dedupKey: row.dedup_key, serviceId: row.service_id, integrationId: row.integration_id,
    at: now.toISOString(), actor: null, what: { clock: true, incidentId: row.incident_id }, groupKey: row.group_key, mutedBy: row.muted_by,
  };
}
