import { auditMessage, type Identity } from '@signalbox/access';
import type { TraceEntry } from '@signalbox/contracts';
import { enqueue, type Database, type Queryable } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { conditionOf, type LetterFilter, type Selection } from './letter-filter.js';
import { letterOf, type Letter, type LetterRow } from './letter-row.js';

/** What letters can be grouped by, and the column of each. */
export const GROUPINGS = {
  kind: 'kind', reason: 'reason', state: 'state', owner: 'owner', routeId: 'route_id',
  channelId: 'channel_id', integrationId: 'integration_id', destinationHost: 'destination_host',
} as const;
export type Grouping = keyof typeof GROUPINGS;
export const BUCKETS = ['minute', 'hour', 'day'] as const;
export type Bucket = (typeof BUCKETS)[number];

/** One group of a summary: its count, the fields it is grouped by, and the start of its time bucket. */
export type Group = { count: number; bucket?: string } & Partial<Record<Grouping, string | null>>;

/** In a list, a payload over this many bytes is left out: read the letter itself for it. */
const SHOWN_BYTES = 16_384;
const MOST_GROUPS = 1_000;
const LONG_STATEMENT_MS = 600_000;

const HEAD = `id, kind, owner, reason, detail, state, subject, headers, attempts, trace_id, route_id, channel_id, integration_id, delivery_id, notification_id,
  destination_host, size_bytes, replay_job_id, died_at, updated_at`;
const WHOLE = `${HEAD}, payload, raw`;
const SHORTENED = `${HEAD}, size_bytes > ${SHOWN_BYTES} as shortened,
  case when size_bytes <= ${SHOWN_BYTES} then payload end as payload,
  case when size_bytes <= ${SHOWN_BYTES} then raw end as raw`;

/** Letters of an export that are in memory at a time: so many, and bytes of payloads (the last may exceed them). */
const EXPORTED_AT_ONCE = 200;
const EXPORTED_BYTES = 4_000_000;

/** Behind which letter a page begins. */
interface Place { readonly at: Date; readonly id: string }

export type Deleted = 'deleted' | 'replaying' | 'unknown';

/** Reading dead letters, and letting go of them. */
export class LetterStore {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  /** Up to `limit + 1` letters, the newest death first. */
  async list(tenantId: string, filter: LetterFilter, limit: number, after?: Place): Promise<Letter[]> {
    const { sql, values } = page(tenantId, filter, SHORTENED, limit + 1, after);
    return (await this.db.query<LetterRow>(sql, values)).map(letterOf);
  }

  /** The next letters of an export, whole, the newest death first: up to 200, fewer where they are large, and at least one while there is any. */
  async exported(tenantId: string, filter: LetterFilter, after?: Place): Promise<Letter[]> {
    const { sql, values } = page(tenantId, filter, WHOLE, EXPORTED_AT_ONCE, after);
    const rows = await this.db.query<LetterRow>(
      `select * from (select *, sum(size_bytes) over (order by died_at desc, id desc) - size_bytes as bytes_before from (${sql}) p) p
       where bytes_before < ${EXPORTED_BYTES} order by died_at desc, id desc`, values);
    return rows.map(letterOf);
  }

  async find(tenantId: string, id: string): Promise<Letter | undefined> {
    const rows = await this.db.query<LetterRow>(`select ${WHOLE} from dead_letter_messages where tenant_id = $1 and id = $2`, [tenantId, id]);
    return rows[0] === undefined ? undefined : letterOf(rows[0]);
  }

  async count(tenantId: string, selection: Selection): Promise<number> {
    const { sql, values } = conditionOf(tenantId, selection);
    return countOf(this.db, `select 1 from dead_letter_messages d where ${sql}`, values);
  }

  /** Counts by group, the largest first, or by time when a bucket is given. */
  async summary(tenantId: string, filter: LetterFilter, by: readonly Grouping[], bucket?: Bucket): Promise<{ groups: Group[]; truncated: boolean }> {
    const { sql, values } = conditionOf(tenantId, { filter });
    const columns = by.map((name) => `d.${GROUPINGS[name]} as "${name}"`);
    if (bucket !== undefined) columns.push(`date_trunc('${bucket}', d.died_at, 'UTC') as bucket`);
    const places = columns.map((_, index) => index + 2);
    const grouped = places.length === 0 ? '' : `group by ${places.join(', ')}`;
    const order = bucket === undefined ? 'count desc' : 'bucket, count desc';
    const rows = await this.db.query<Omit<Group, 'bucket'> & { bucket?: Date }>(
      `select ${['count(*) as count', ...columns].join(', ')} from dead_letter_messages d where ${sql}
       ${grouped} order by ${order} limit ${MOST_GROUPS + 1}`, values);
    const groups = rows.slice(0, MOST_GROUPS).map(({ bucket: start, ...group }) => ({
      ...group, ...(start === undefined ? {} : { bucket: start.toISOString() }),
    }));
    return { groups, truncated: rows.length > MOST_GROUPS };
  }

  /** Deletes one letter, unless it is on its way to its owner just now. */
  async remove(identity: Identity, id: string, check: (letter: Letter) => void): Promise<Deleted> {
    const { result, outbox } = await this.db.transaction(async (tx) => {
      const [letter] = await tx.query<LetterRow>(
        `select ${WHOLE} from dead_letter_messages where tenant_id = $1 and id = $2 for update`,
        [identity.tenantId, id],
      );
      if (letter === undefined) return { result: 'unknown' as const, outbox: [] };
      check(letterOf(letter));
      if (letter.state === 'replaying') return { result: 'replaying' as const, outbox: [] };
      await tx.query('delete from dead_letter_messages where tenant_id = $1 and id = $2', [identity.tenantId, id]);
      const { kind, reason, detail, state, traceId, diedAt } = letterOf(letter);
      const audit = auditMessage(identity, {
        action: 'delete', resource: 'dead-letter', resourceId: id,
        before: { kind, reason, detail, state, traceId, diedAt },
      });
      return { result: 'deleted' as const, outbox: await enqueue(tx, [audit]) };
    });
    this.relay.offer(outbox);
    return result;
  }

  /** How many letters a purge would take: those on their way to their owner stay. */
  async purgeable(tenantId: string, selection: Selection): Promise<number> {
    const { sql, values } = conditionOf(tenantId, selection);
    return countOf(this.db, `select 1 from dead_letter_messages d where ${sql} and d.state <> 'replaying'`, values);
  }

  /** Deletes what is selected, if it is exactly so many; otherwise nothing. Returns how many it is. */
  async purge(identity: Identity, selection: Selection, expected: number, told: object): Promise<number> {
    const { sql, values } = conditionOf(identity.tenantId, selection);
    try {
      const rows = await this.db.transaction(async (tx) => {
        const count = await countOf(tx, `delete from dead_letter_messages d where ${sql} and d.state <> 'replaying' returning 1`, values);
        if (count !== expected) throw new OtherCount(count);
        return enqueue(tx, [auditMessage(identity, { action: 'purge', resource: 'dead-letter', resourceId: identity.tenantId, after: { ...told, count } })]);
      }, { statementTimeoutMs: LONG_STATEMENT_MS });
      this.relay.offer(rows);
      return expected;
    } catch (error) {
      if (error instanceof OtherCount) return error.count;
      throw error;
    }
  }

  /** What died of a trace, and what became of it. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<LetterRow>(
      `select ${HEAD} from dead_letter_messages where tenant_id = $1 and trace_id = $2 order by died_at limit 1000`, [tenantId, traceId]);
    return rows.map((row) => ({
      at: row.died_at.toISOString(), service: 'ops', kind: `dead-letter.${row.state}`, id: row.id, summary: `${row.kind}: ${row.reason}`,
      data: {
        reason: row.reason, detail: row.detail, attempts: row.attempts.length,
        ...(row.replay_job_id === null ? {} : { replayJobId: row.replay_job_id }),
      },
    }));
  }
}

function page(tenantId: string, filter: LetterFilter, columns: string, limit: number, after: Place | undefined): { sql: string; values: readonly unknown[] } {
  const { sql, values } = conditionOf(tenantId, { filter });
  const place = after === undefined ? '' : `and (d.died_at, d.id) < ($${values.length + 1}::timestamptz, $${values.length + 2}::uuid)`;
  return {
    sql: `select ${columns} from dead_letter_messages d where ${sql} ${place} order by d.died_at desc, d.id desc limit ${limit}`,
    values: after === undefined ? values : [...values, after.at, after.id],
  };
}

/** The purge met another number than was asked for: rolls it back. */
class OtherCount extends Error {
  constructor(readonly count: number) {
    super(`${count} letters`);
  }
}

async function countOf(db: Queryable, statement: string, values: readonly unknown[]): Promise<number> {
  const rows = await db.query<{ n: number }>(`with counted as (${statement}) select count(*) as n from counted`, values);
  return rows[0]?.n ?? 0;
}
