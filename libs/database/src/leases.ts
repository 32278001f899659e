import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from './database.js';

/** This process lost a partition to another replica while it worked: its transaction must not commit. */
export class LeaseLostError extends Error {
  constructor(reader: string, partition: number) {
    super(`${reader}/${partition} is now read by another replica`);
  }
}

export interface HeldLease { readonly partition: number; readonly epoch: number }

/** How long a dead replica's partitions stay unread, at most. A replica renews three times within it. */
const LEASE_SECONDS = 3;

/**
 * Divides the partitions of one reader among the replicas of a service. Every replica calls `renew` about once a second; each holds at
 * most its fair share, gives back what is over it, and takes what is free. An epoch rises whenever a partition changes hands, and
 * `advanceCursor` checks it, so that a replica that was asleep cannot write after its successor has begun.
 */
export class PartitionLeases {
  private readonly owner = randomUUID();

  constructor(private readonly db: Database, private readonly reader: string, private readonly partitions: number) {}

  /** Keeps, takes and gives back partitions; returns those held now with their epochs. */
  async renew(): Promise<HeldLease[]> {
    return this.db.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtext($1))`, [`${this.db.schema}.${this.reader}`]);
      await tx.query(
        `insert into lease_holders (reader, owner, seen_at) values ($1, $2, now())
         on conflict (reader, owner) do update set seen_at = now()`, [this.reader, this.owner]);
      await tx.query(`delete from lease_holders where reader = $1 and seen_at < now() - make_interval(secs => $2)`, [this.reader, LEASE_SECONDS]);
      await tx.query(
        `insert into leases (reader, partition, owner, epoch, expires_at)
         select $1, p, null, 0, now() from generate_series(0, $2::int - 1) p on conflict do nothing`, [this.reader, this.partitions]);
      await tx.query(
        `with share as (select ceil($3::numeric / greatest(count(*), 1)) as n from lease_holders where reader = $1),
              mine as (select partition, row_number() over (order by partition) as rank from leases where reader = $1 and owner = $2 and expires_at > now())
         update leases l set owner = null, expires_at = now() from mine, share
         where l.reader = $1 and l.partition = mine.partition and mine.rank > share.n`, [this.reader, this.owner, this.partitions]);
      await tx.query(
        `update leases set expires_at = now() + make_interval(secs => $3) where reader = $1 and owner = $2 and expires_at > now()`,
        [this.reader, this.owner, LEASE_SECONDS]);
      await tx.query(
        `with share as (select ceil($3::numeric / greatest(count(*), 1)) as n from lease_holders where reader = $1),
              held as (select count(*) as n from leases where reader = $1 and owner = $2 and expires_at > now()),
              free as (select partition from leases where reader = $1 and (owner is null or expires_at <= now())
                       order by partition limit (select greatest(share.n - held.n, 0) from share, held))
         update leases l set owner = $2, epoch = l.epoch + 1, expires_at = now() + make_interval(secs => $4)
         from free where l.reader = $1 and l.partition = free.partition`, [this.reader, this.owner, this.partitions, LEASE_SECONDS]);
      const held = await tx.query<{ partition: number; epoch: number }>(
        `select partition, epoch from leases where reader = $1 and owner = $2 and expires_at > now() order by partition`, [this.reader, this.owner]);
      return held;
    });
  }

  /** Gives everything back at once (a clean stop), so that nobody has to wait for the leases to run out. */
  async release(): Promise<void> {
    await this.db.query(`update leases set owner = null, expires_at = now() where reader = $1 and owner = $2`, [this.reader, this.owner]);
    await this.db.query(`delete from lease_holders where reader = $1 and owner = $2`, [this.reader, this.owner]);
  }

  /** Where to go on reading: the last stream sequence whose effects are committed, and of which stream. */
  async cursor(partition: number): Promise<{ sequence: number; stream: string | null }> {
    const rows = await this.db.query<{ sequence: number; stream: string | null }>(
      `select sequence, stream from partition_cursors where reader = $1 and partition = $2`, [this.reader, partition]);
    return { sequence: rows[0]?.sequence ?? 0, stream: rows[0]?.stream ?? null };
  }

  /** Moves the cursor in the transaction of the effects. Throws LeaseLostError when the partition has changed hands since. */
  async advanceCursor(tx: Transaction, lease: HeldLease, sequence: number, stream: string): Promise<void> {
    const moved = await tx.affected(
      `insert into partition_cursors (reader, partition, sequence, stream, moved_at)
       select $1, $2, $3, $5, now() from leases where reader = $1 and partition = $2 and epoch = $4 for share
       on conflict (reader, partition) do update set sequence = excluded.sequence, stream = excluded.stream, moved_at = now()`,
      [this.reader, lease.partition, sequence, lease.epoch, stream]);
    if (moved === 0) throw new LeaseLostError(this.reader, lease.partition);
  }
}
