import type { Queryable } from './database.js';
import { insertTogether, type Write } from './rows.js';

/** One step of the book-keeping: so many of a ledger came in, or ended in a certain way, in a tenant. */
export interface LedgerEntry {
  readonly ledger: 'events' | 'changes' | 'messages' | 'deliveries' | 'notifications';
  readonly tenantId: string;
  /** `in`, or how it left: incident, ignored, matched, no_route, delivered, suppressed, dead, discarded … */
  readonly entry: string;
  readonly count: number;
}

const COLUMNS = { ledger: 'text', tenant_id: 'uuid', entry: 'text', minute: 'timestamptz', shard: 'int', count: 'bigint' };

/**
 * Books counts by minute, in the transaction of the outcome they tell of. `shard` keeps writers that work side by side (partitions)
 * off each other's rows: a shared row would let only one of them commit at a time.
 */
export async function book(tx: Queryable, entries: readonly LedgerEntry[], now: Date, shard: number): Promise<void> {
  await insertTogether(tx, [booking(entries, now, shard)]);
}

/** What `book` writes, to be written together with other rows. */
export function booking(entries: readonly LedgerEntry[], now: Date, shard: number): Write {
  const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
  const sums = new Map<string, LedgerEntry & { count: number }>();
  for (const e of entries) {
    if (e.count === 0) continue;
    const key = `${e.ledger} ${e.tenantId} ${e.entry}`;
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? { ...e } : { ...sum, count: sum.count + e.count });
  }
  const rows = [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => ({
    ledger: e.ledger, tenant_id: e.tenantId, entry: e.entry, minute, shard, count: e.count,
  }));
  return {
    table: 'ledger', columns: COLUMNS, rows,
    conflict: 'on conflict (tenant_id, ledger, minute, entry, shard) do update set count = ledger.count + excluded.count',
  };
}
