import { randomUUID } from 'node:crypto';
import { type Database, type Transaction, isLockTimeout, isRefusal } from './database.js';

/** This process lost a partition to another replica while it worked: its transaction must not commit. */
export class LeaseLostError extends Error {
  readonly cursor = 'lease-lost';

  constructor(reader: string, partition: number) {
    super(`${reader}/${partition} is now read by another replica`);
  }
}

/** The cursor stands there already: this very batch was committed, and only the word of it was lost. It must not take effect again. */
export class CursorMovedError extends Error {
  readonly cursor = 'already-moved';

  constructor(reader: string, partition: number, sequence: number) {
    super(`${reader}/${partition} has already been read up to ${sequence}`);
  }
}

export interface HeldLease { readonly partition: number; readonly epoch: number }

/** A replica that has not been heard of for this long is taken for dead. Replicas tell of themselves several times within it. */
const LEASE_SECONDS = 3;
const FORGET_HOLDERS_AFTER_SECONDS = 60;

interface Seen extends HeldLease { readonly mine: boolean; readonly free: boolean; readonly holders: number }

/**
 * Divides the partitions of one reader among the replicas of a service. Every replica calls `renew` about once a second; each holds at
 * most its fair share, gives back what is over it, and takes what is free. A lease lasts for as long as its holder is heard of. An epoch rises
 * whenever a partition changes hands, and `advanceCursor` checks it, so that a replica that was asleep cannot write after its successor has
 * begun. All times are those of Postgres.
 */
export class PartitionLeases {
  private readonly owner = randomUUID();

  constructor(private readonly db: Database, private readonly reader: string, private readonly partitions: number) {}

  /** Keeps, takes and gives back partitions; returns those held now with their epochs. In quiet times one statement that nobody waits for. */
  async renew(): Promise<HeldLease[]> {
    const seen = await this.beat();
    const mine = seen.filter((lease) => lease.mine);
    const share = Math.ceil(this.partitions / (seen[0]?.holders ?? 1));
    const settled = seen.length >= this.partitions && (mine.length === share || (mine.length < share && !seen.some((lease) => lease.free)));
    return settled ? mine.map(({ partition, epoch }) => ({ partition, epoch })) : this.divide();
  }

  /** Gives everything back at once (a clean stop), so that nobody has to wait until this replica is taken for dead. */
  async release(): Promise<void> {
    await this.db.query(
      `with gone as (delete from lease_holders where reader = $1 and owner = $2)
       update leases set owner = null where reader = $1 and owner = $2`, [this.reader, this.owner]);
  }

  /** Where to go on reading: the last stream sequence whose effects are committed, and of which stream. */
  async cursor(partition: number): Promise<{ sequence: number; stream: string | null }> {
    const rows = await this.db.query<{ sequence: number; stream: string | null }>(
      `select sequence, stream from partition_cursors where reader = $1 and partition = $2`, [this.reader, partition]);
    return { sequence: rows[0]?.sequence ?? 0, stream: rows[0]?.stream ?? null };
  }

  /** Sets the cursor back to the beginning, unless the partition has changed hands. */
  async rewind(lease: HeldLease): Promise<void> {
    await this.db.query(
      `update partition_cursors set sequence = 0, moved_at = now() where reader = $1 and partition = $2
       and exists (select from leases where reader = $1 and partition = $2 and epoch = $3)`, [this.reader, lease.partition, lease.epoch]);
  }

  /**
   * Moves the cursor in the transaction of the effects. Throws LeaseLostError when the partition has changed hands since, and
   * CursorMovedError when the cursor has already been moved so far: a commit whose answer was lost is not done twice. Both are refused by
   * Postgres itself, so that the commit may be sent together with this (`Transaction.commit`).
   */
  async advanceCursor(tx: Transaction, lease: HeldLease, sequence: number, stream: string): Promise<void> {
    try {
      await tx.query(
        `with held as (select 1 from leases where reader = $1 and partition = $2 and epoch = $4 for share),
              moved as (
                insert into partition_cursors as c (reader, partition, sequence, stream, moved_at) select $1, $2, $3, $5, now() from held
                on conflict (reader, partition) do update set sequence = excluded.sequence, stream = excluded.stream, moved_at = now()
                where c.sequence < excluded.sequence or c.stream is distinct from excluded.stream
                returning 1)
         select case when not exists (select from held) then refuse('lease-lost') when not exists (select from moved) then refuse('already-moved') end`,
        [this.reader, lease.partition, sequence, lease.epoch, stream]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw error.message === 'lease-lost' ? new LeaseLostError(this.reader, lease.partition) : new CursorMovedError(this.reader, lease.partition, sequence);
    }
  }

  /** Says that this replica is alive, and looks at how things stand. */
  private beat(): Promise<Seen[]> {
    return this.db.prepared<Seen & Record<string, unknown>>(
      `with me as (
         insert into lease_holders (reader, owner, seen_at) values ($1, $2, clock_timestamp())
         on conflict (reader, owner) do update set seen_at = excluded.seen_at returning owner),
       alive as (
         select owner from lease_holders where reader = $1 and seen_at > clock_timestamp() - make_interval(secs => $3) union select owner from me)
       select partition, epoch, owner is not distinct from $2 as mine, owner is null or owner not in (select owner from alive) as free,
              (select count(*) from alive) as holders
       from leases where reader = $1 order by partition`, [this.reader, this.owner, LEASE_SECONDS]);
  }

  /** Brings the division up to date. What a transaction still works on waits for the next time: nobody is held up. */
  private async divide(): Promise<HeldLease[]> {
    try {
      return await this.db.transaction(async (tx) => {
        const { reader, owner, partitions } = this;
        await tx.query(`set local lock_timeout = '500ms'`);
        await tx.query(`insert into leases (reader, partition) select $1, p from generate_series(0, $2::int - 1) p on conflict do nothing`, [reader, partitions]);
        await tx.query(
          `update leases set owner = null where reader = $1 and partition in (
             select partition from leases where reader = $1 and owner = $2 order by partition offset ${SHARE})`, [reader, owner, partitions, LEASE_SECONDS]);
        await tx.query(
          `update leases l set owner = $2, epoch = l.epoch + 1 from (
             select partition from leases where reader = $1 and (owner is null or owner not in (${ALIVE}))
             order by partition limit greatest(${SHARE} - (select count(*) from leases where reader = $1 and owner = $2), 0)
             for update skip locked) free
           where l.reader = $1 and l.partition = free.partition`, [reader, owner, partitions, LEASE_SECONDS]);
        await tx.query(`delete from lease_holders where reader = $1 and seen_at < clock_timestamp() - make_interval(secs => $2)`, [reader, FORGET_HOLDERS_AFTER_SECONDS]);
        return tx.query<{ partition: number; epoch: number }>(`select partition, epoch from leases where reader = $1 and owner = $2 order by partition`, [reader, owner]);
      });
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      return (await this.beat()).filter((lease) => lease.mine).map(({ partition, epoch }) => ({ partition, epoch }));
    }
  }
}

const ALIVE = `select owner from lease_holders where reader = $1 and seen_at > clock_timestamp() - make_interval(secs => $4)`;
const SHARE = `(select ceil($3::numeric / greatest(count(*), 1))::int from (${ALIVE}) alive)`;
