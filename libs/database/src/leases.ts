import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from './database.js';
import { isLockTimeout, isRefusal } from './faults.js';

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

/** A crash of Postgres took commits back that it had answered (docs/adr/0018), and the cursor with them: the reader has to go back to it. */
export class CursorTakenBackError extends Error {
  readonly cursor = 'taken-back';

  constructor(reader: string, partition: number, from: number) {
    super(`${reader}/${partition} does not stand at ${from} any more`);
  }
}

/** The last stream sequence whose effects are committed (0: none), and of which stream. */
export interface Cursor { readonly sequence: number; readonly stream: string | null }

export interface HeldLease { readonly partition: number; readonly epoch: number; readonly cursor: Cursor }

/** A step of a cursor: from where its reader knows it to be (0 in a stream that is read from its beginning) to the last entry of a batch. */
export interface CursorMove { readonly stream: string; readonly from: number; readonly to: number }

/** A replica that has not been heard of for this long is taken for dead. Replicas tell of themselves several times within it. */
const LEASE_SECONDS = 3;
const FORGET_HOLDERS_AFTER_SECONDS = 60;

type LeaseRow = Cursor & Omit<HeldLease, 'cursor'>;

interface Seen extends LeaseRow { readonly mine: boolean; readonly free: boolean; readonly holders: number }

/**
 * Divides the partitions of one reader among the replicas of a service. Every replica calls `renew` about once a second; each holds at
 * most its fair share, gives back what is over it, and takes what is free. A lease lasts for as long as its holder is heard of. An epoch rises
 * whenever a partition changes hands, and `advanceCursor` checks it, so that a replica that was asleep cannot write after its successor has
 * begun. All times are those of Postgres. Renewing never waits for one of the connections that do the work: while all of them are busy for longer than
 * a lease, it would be lost, and all that they do with it, to a replica that is no less busy.
 */
export class PartitionLeases {
  private readonly owner = randomUUID();

  constructor(private readonly db: Database, private readonly reader: string, private readonly partitions: number) {}

  /** Keeps, takes and gives back partitions; returns those held now with their epochs and cursors. In quiet times one statement that nobody waits for. */
  async renew(): Promise<HeldLease[]> {
    const seen = await this.beat();
    const mine = seen.filter((lease) => lease.mine);
    const share = Math.ceil(this.partitions / (seen[0]?.holders ?? 1));
    const settled = seen.length >= this.partitions && (mine.length === share || (mine.length < share && !seen.some((lease) => lease.free)));
    return settled ? mine.map(heldLease) : this.divide();
  }

  /** Gives everything back at once (a clean stop), so that nobody has to wait until this replica is taken for dead. */
  async release(): Promise<void> {
    await this.db.apart.query(
      `with gone as (delete from lease_holders where reader = $1 and owner = $2)
       update leases set owner = null where reader = $1 and owner = $2`, [this.reader, this.owner]);
  }

  /** Where to go on reading. */
  async cursor(partition: number): Promise<Cursor> {
    const rows = await this.db.query<Cursor & Record<string, unknown>>(
      `select sequence, stream from partition_cursors where reader = $1 and partition = $2`, [this.reader, partition]);
    return { sequence: rows[0]?.sequence ?? 0, stream: rows[0]?.stream ?? null };
  }

  /** Sets the cursor back to the beginning, unless the partition has changed hands. */
  async rewind(lease: Pick<HeldLease, 'partition' | 'epoch'>): Promise<void> {
    await this.db.query(
      `update partition_cursors set sequence = 0, moved_at = now() where reader = $1 and partition = $2
       and exists (select from leases where reader = $1 and partition = $2 and epoch = $3)`, [this.reader, lease.partition, lease.epoch]);
  }

  /**
   * Moves the cursor in the transaction of the effects. Throws LeaseLostError when the partition has changed hands since,
   * CursorMovedError when the cursor has already been moved so far: a commit whose answer was lost is not done twice; and CursorTakenBackError
   * when it is not where its reader left it: moving it would pass over what was taken back. All are refused by Postgres itself, so that the
   * commit may be sent together with this (`Transaction.commit`).
   */
  async advanceCursor(tx: Transaction, lease: Pick<HeldLease, 'partition' | 'epoch'>, { stream, from, to }: CursorMove): Promise<void> {
    try {
      await tx.query(
        `with held as (select 1 from leases where reader = $1 and partition = $2 and epoch = $4 for share),
              moved as (
                insert into partition_cursors as c (reader, partition, sequence, stream, moved_at) select $1, $2, $3, $5, now() from held
                where $6::bigint = 0 or exists (select from partition_cursors where reader = $1 and partition = $2)
                on conflict (reader, partition) do update set sequence = excluded.sequence, stream = excluded.stream, moved_at = now()
                where $6 = case when coalesce(c.stream, $5) = $5 then c.sequence else 0 end
                returning 1)
         select case when not exists (select from held) then refuse('lease-lost') when not exists (select from moved) then refuse(
           case when exists (
             select from partition_cursors where reader = $1 and partition = $2 and coalesce(stream, $5) = $5 and sequence >= $3
           ) then 'already-moved' else 'taken-back' end) end`,
        [this.reader, lease.partition, to, lease.epoch, stream, from]);
    } catch (error) {
      // A refusal of something that was sent ahead of this is not about the cursor.
      if (!isRefusal(error)) throw error;
      if (error.message === 'lease-lost') throw new LeaseLostError(this.reader, lease.partition);
      if (error.message === 'already-moved') throw new CursorMovedError(this.reader, lease.partition, to);
      if (error.message === 'taken-back') throw new CursorTakenBackError(this.reader, lease.partition, from);
      throw error;
    }
  }

  /** Says that this replica is alive, and looks at how things stand. */
  private beat(): Promise<Seen[]> {
    return this.db.apart.prepared<Seen & Record<string, unknown>>(
      `with me as (
         insert into lease_holders (reader, owner, seen_at) values ($1, $2, clock_timestamp())
         on conflict (reader, owner) do update set seen_at = excluded.seen_at returning owner),
       alive as (
         select owner from lease_holders where reader = $1 and seen_at > clock_timestamp() - make_interval(secs => $3) union select owner from me)
       select partition, epoch, owner is not distinct from $2 as mine, owner is null or owner not in (select owner from alive) as free,
              (select count(*) from alive) as holders, ${CURSOR}
       from leases left join partition_cursors c using (reader, partition) where reader = $1 order by partition`, [this.reader, this.owner, LEASE_SECONDS]);
  }

  /** Brings the division up to date. What a transaction still works on waits for the next time: nobody is held up. */
  private async divide(): Promise<HeldLease[]> {
    try {
      return await this.db.apart.transaction(async (tx) => {
        const { reader, owner, partitions } = this;
        await tx.query(`set local lock_timeout = '500ms'`);
        await tx.query(
          `insert into leases (reader, partition) select $1, p from generate_series(0, $2::int - 1) p on conflict do nothing`,
          [reader, partitions],
        );
        await tx.query(
          `update leases set owner = null where reader = $1 and partition in (
             select partition from leases where reader = $1 and owner = $2 order by partition offset ${SHARE})`, [reader, owner, partitions, LEASE_SECONDS]);
        await tx.query(
          `update leases l set owner = $2, epoch = l.epoch + 1 from (
             select partition from leases where reader = $1 and (owner is null or owner not in (${ALIVE}))
             order by partition limit greatest(${SHARE} - (select count(*) from leases where reader = $1 and owner = $2), 0)
             for update skip locked) free
           where l.reader = $1 and l.partition = free.partition`, [reader, owner, partitions, LEASE_SECONDS]);
        await tx.query(
          `delete from lease_holders where reader = $1 and seen_at < clock_timestamp() - make_interval(secs => $2)`,
          [reader, FORGET_HOLDERS_AFTER_SECONDS],
        );
        const rows = await tx.query<LeaseRow & Record<string, unknown>>(
          `select partition, epoch, ${CURSOR} from leases left join partition_cursors c using (reader, partition)
           where reader = $1 and owner = $2 order by partition`, [reader, owner]);
        return rows.map(heldLease);
      });
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      return (await this.beat()).filter((lease) => lease.mine).map(heldLease);
    }
  }
}

function heldLease({ partition, epoch, sequence, stream }: LeaseRow): HeldLease {
  return { partition, epoch, cursor: { sequence, stream } };
}

const CURSOR = 'coalesce(c.sequence, 0) as sequence, c.stream';
const ALIVE = `select owner from lease_holders where reader = $1 and seen_at > clock_timestamp() - make_interval(secs => $4)`;
const SHARE = `(select ceil($3::numeric / greatest(count(*), 1))::int from (${ALIVE}) alive)`;
