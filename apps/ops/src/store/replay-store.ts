import { auditMessage, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { enqueue, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { afterAction, type ItemState, type JobAction, type JobState } from '../domain/replay-job.js';
import { conditionOf, type Selection } from './letter-filter.js';
import { JOB_COLUMNS, jobOf, type JobRow, type ReplayJob, type ShownSelection } from './replay-job-row.js';

const LONG_STATEMENT_MS = 600_000;

export interface ReplayOrder {
  readonly selection: Selection;
  readonly ratePerSecond?: number;
  /** For a single letter: what goes out instead of its own payload; `undefined` leaves it. */
  readonly payload?: unknown;
  readonly routeId?: string;
}

/** One letter of a job. */
export interface ReplayItem {
  readonly letterId: string;
  readonly position: number;
  readonly state: ItemState;
  readonly reason: string | null;
  readonly sentAt: string | null;
  readonly settledAt: string | null;
}

/** Replay jobs as operators see them: ordered, looked at, paused, resumed, cancelled. What a job does is the runner's. */
export class ReplayStore {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  /**
   * Orders a job: its letters are fixed now, oldest death first. Only dead letters go out; of letters given by their ids, the others
   * are skipped and say why. Undefined when none of the ids is the tenant's.
   */
  async order(identity: Identity, order: ReplayOrder): Promise<ReplayJob | undefined> {
    const { selection, ratePerSecond, payload, routeId } = order;
    const id = newId();
    const shown: ShownSelection = selection.ids === undefined ? { filter: selection.filter ?? {} } : { ids: selection.ids.length };
    const { job, outbox } = await this.db.transaction(async (tx) => {
      const { type, id: by, name } = identity.subject;
      await tx.query(
        `insert into replay_jobs (id, tenant_id, state, selection, total, rate_per_second, edited, payload, route_id, started_by, started_at)
         values ($1, $2, 'running', $3, 0, $4, $5, $6, $7, $8, date_trunc('milliseconds', now()))`,
        [
          id, identity.tenantId, JSON.stringify(shown), ratePerSecond ?? null, payload !== undefined,
          payload === undefined ? null : JSON.stringify(payload), routeId ?? null, JSON.stringify({ type, id: by, name }),
        ]);
      const total = await snapshot(tx, id, identity.tenantId, selection);
      const [row] = await tx.query<JobRow>(
        `update replay_jobs set total = $2, state = case when $2 = 0 then 'done' else state end, finished_at = case when $2 = 0 then now() end
         where id = $1 returning ${JOB_COLUMNS}`, [id, total]);
      if (total === 0 && selection.ids !== undefined) {
        await tx.query('delete from replay_jobs where id = $1', [id]);
        return { job: undefined, outbox: [] };
      }
      const made = jobOf(row!);
      const after = { ...shown, total, ...(routeId === undefined ? {} : { routeId }), edited: made.edited, ratePerSecond: made.ratePerSecond };
      const audit = auditMessage(identity, {
        action: 'replay', resource: 'dead-letter',
        resourceId: selection.ids?.length === 1 ? selection.ids[0]! : id,
        after: { ...after, replayJobId: id },
      });
      return { job: made, outbox: await enqueue(tx, [audit]) };
    }, { statementTimeoutMs: LONG_STATEMENT_MS });
    this.relay.offer(outbox);
    return job;
  }

  /** Up to `limit + 1` jobs, newest first. */
  async list(tenantId: string, states: readonly JobState[] | undefined, limit: number, after?: { at: Date; id: string }): Promise<ReplayJob[]> {
    const rows = await this.db.query<JobRow>(
      `select ${JOB_COLUMNS} from replay_jobs where tenant_id = $1 and ($2::text[] is null or state = any($2::text[]))
         and ($3::timestamptz is null or (started_at, id) < ($3::timestamptz, $4::uuid))
       order by started_at desc, id desc limit $5`, [tenantId, states ?? null, after?.at ?? null, after?.id ?? null, limit + 1]);
    return rows.map((row) => jobOf(row));
  }

  async find(tenantId: string, id: string): Promise<ReplayJob | undefined> {
    const rows = await this.db.query<JobRow>(`select ${JOB_COLUMNS} from replay_jobs where tenant_id = $1 and id = $2`, [tenantId, id]);
    return rows[0] === undefined ? undefined : jobOf(rows[0]);
  }

  /** Up to `limit + 1` letters of a job behind a position, in the order in which they go out. */
  async items(jobId: string, states: readonly string[] | undefined, limit: number, afterPosition = -1): Promise<ReplayItem[]> {
    const rows = await this.db.query<{
      letter_id: string; position: number; state: ItemState;
      reason: string | null; sent_at: Date | null; settled_at: Date | null;
    }>(
      `select letter_id, position, state, reason, sent_at, settled_at from replay_items
       where job_id = $1 and position > $2 and ($3::text[] is null or state = any($3::text[]))
       order by position limit $4`, [jobId, afterPosition, states ?? null, limit + 1]);
    return rows.map((row) => ({
      letterId: row.letter_id, position: row.position, state: row.state, reason: row.reason,
      sentAt: row.sent_at?.toISOString() ?? null, settledAt: row.settled_at?.toISOString() ?? null,
    }));
  }

  /** Pauses, resumes or cancels. `undefined`: no such job; `conflict`: it is over. */
  async act(identity: Identity, id: string, action: JobAction): Promise<ReplayJob | 'conflict' | undefined> {
    const { result, outbox } = await this.db.transaction(async (tx) => {
      const [row] = await tx.query<JobRow>(`select ${JOB_COLUMNS} from replay_jobs where tenant_id = $1 and id = $2 for update`, [identity.tenantId, id]);
      if (row === undefined) return { result: undefined, outbox: [] as never[] };
      const next = afterAction(row.state, action);
      if (next === undefined) return { result: 'conflict' as const, outbox: [] as never[] };
      if (next === row.state) return { result: jobOf(row), outbox: [] as never[] };
      const [changed] = await tx.query<JobRow>(
        `update replay_jobs set state = $2, paused_at = case when $2 = 'paused' then now() end,
           paused_seconds = paused_seconds + coalesce(extract(epoch from now() - paused_at), 0), updated_at = now()
         where id = $1 returning ${JOB_COLUMNS}`, [id, next]);
      const told: OutboxMessage = auditMessage(identity, {
        action, resource: 'replay-job', resourceId: id, before: { state: row.state }, after: { state: next },
      });
      return { result: jobOf(changed!), outbox: await enqueue(tx, [told]) };
    });
    this.relay.offer(outbox);
    return result;
  }
}

/** Writes a job's letters in one statement; returns how many. */
async function snapshot(tx: Transaction, jobId: string, tenantId: string, selection: Selection): Promise<number> {
  const { sql, values } = conditionOf(tenantId, selection);
  if (selection.ids === undefined) {
    return tx.affected(
      `insert into replay_items (job_id, letter_id, position)
       select $${values.length + 1}::uuid, d.id, row_number() over (order by d.died_at, d.id)
       from dead_letter_messages d where ${sql} and d.state = 'dead'`, [...values, jobId]);
  }
  const known = await tx.query(`select 1 from dead_letter_messages d where ${sql} limit 1`, values);
  if (known.length === 0) return 0;
  return tx.affected(
    `insert into replay_items (job_id, letter_id, position)
     select $1, i.id, row_number() over (order by d.died_at, i.id) from (select distinct unnest($3::uuid[]) as id) i
     left join dead_letter_messages d on d.tenant_id = $2 and d.id = i.id`, [jobId, tenantId, selection.ids]);
}
