import type { Transaction } from '@signalbox/database';

/** Merges of a tenant come one after the other: two at once could make each of two incidents quiet for the other, and nobody would be paged for either. */
export async function lockMerges(tx: Transaction, tenantId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('merges ' || $1, 0))`, [tenantId]);
}

/** Locks the keys of a tenant's incidents, in the order in which everybody locks keys. Gives the incidents that are open under them. */
export async function lockKeysOf(tx: Transaction, tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string | null>> {
  const rows = await tx.query<{ open_incident_id: string | null }>(
    `select open_incident_id from incident_keys where (scope_id, dedup_key) in (
       select scope_id, dedup_key from incidents where tenant_id = $1 and id = any($2::uuid[]))
     order by scope_id, dedup_key for update`, [tenantId, ids]);
  return new Set(rows.map((row) => row.open_incident_id));
}

/** The incident itself, then the one that it is quiet for, then the one that that is quiet for, and so on. */
export function chainOf(tx: Transaction, tenantId: string, id: string): Promise<{ id: string; status: string }[]> {
  return tx.query<{ id: string; status: string }>(
    `with recursive chain as (
       select id, muted_by, status, array[id] as seen from incidents where tenant_id = $1 and id = $2
       union all select i.id, i.muted_by, i.status, c.seen || i.id from chain c join incidents i on i.id = c.muted_by where not i.id = any(c.seen))
     select id, status from chain order by cardinality(seen)`, [tenantId, id]);
}
