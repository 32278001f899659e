import type { ReplayRequest, ReplayResult, ServiceName } from '@signalbox/contracts';
import { encodeRows, recordset, type Queryable, type Transaction } from '@signalbox/database';
import { fitting, whySkipped, type SkippableLetter } from '../domain/replay-batch.js';
import { mergedAttempts } from './letter-intake.js';
import { present, type LetterRow } from './letter-row.js';
import { JOB_COLUMNS, type JobRow } from './replay-job-row.js';

/** A job in the hands of its runner. */
export interface RunningJob extends JobRow { readonly payload: unknown }

/** A letter that now goes out, and to whom. */
export interface Claimed { readonly owner: ServiceName; readonly request: ReplayRequest }

/**
 * The jobs that have letters to send (or, cancelled, to skip), the oldest first. One that only waits to hear of its letters is not among them: it may do so
 * for a day.
 */
export async function pendingJobs(db: Queryable): Promise<{ id: string }[]> {
  return db.query(
    `select j.id from replay_jobs j cross join lateral (select from replay_items where job_id = j.id and state = 'pending' limit 1) p
     where j.finished_at is null and j.state <> 'paused' order by j.started_at`);
}

/**
 * Takes a job into one runner's hands until the transaction ends. Who pauses or cancels it waits for that (`for update` meets `for key
 * share`); results are counted meanwhile (a plain update does not). Nothing when it is over, or another runner has it.
 */
export async function takeJob(tx: Transaction, id: string): Promise<RunningJob | undefined> {
  const [lock] = await tx.query<{ mine: boolean }>(`select pg_try_advisory_xact_lock(hashtextextended('replay-job ' || $1, 0)) as mine`, [id]);
  if (lock?.mine !== true) return undefined;
  const rows = await tx.query<RunningJob>(`select ${JOB_COLUMNS}, payload from replay_jobs where id = $1 and finished_at is null for key share`, [id]);
  return rows[0];
}

/** Jobs with letters that are on their way for longer than their owner may take. */
export async function overdueJobs(db: Queryable, hours: number): Promise<string[]> {
  const rows = await db.query<{ job_id: string }>(
    `select distinct job_id from replay_items where state = 'sent' and sent_at < now() - make_interval(hours => $1)`,
    [hours],
  );
  return rows.map((row) => row.job_id);
}

export async function inFlight(tx: Queryable, jobId: string): Promise<number> {
  const rows = await tx.query<{ n: number }>(`select count(*) as n from replay_items where job_id = $1 and state = 'sent'`, [jobId]);
  return rows[0]?.n ?? 0;
}

/**
 * Takes the next letters of a job: dead ones are now replaying, and their items sent; others are skipped with the reason. An item leaves
 * `pending` here and nowhere else, together with the outbox rows of the same transaction: so it goes out once.
 */
export async function claim(tx: Transaction, job: RunningJob, limit: number, sentAfter: number): Promise<{ claimed: Claimed[]; skipped: number }> {
  // Plain look-ups by key, one after the other: joined in one statement, the planner reads whole tables for five hundred rows.
  const pending = await tx.query<{ letter_id: string }>(
    `select letter_id from replay_items where job_id = $1 and state = 'pending' order by position limit $2`,
    [job.id, limit],
  );
  const found = await tx.query<FoundLetter>(
    'select id, state, owner, size_bytes as "sizeBytes" from dead_letter_messages where tenant_id = $1 and id = any($2::uuid[])',
    [job.tenant_id, pending.map((item) => item.letter_id)]);
  const letters = new Map(found.map((letter) => [letter.id, letter]));
  const ids = fitting(pending.map((item) => item.letter_id), (id) => letters.get(id)?.sizeBytes ?? 0);
  const taken = await tx.query<LetterRow>(
    `update dead_letter_messages set state = 'replaying', replay_job_id = $3, updated_at = now()
     where tenant_id = $1 and id = any($2::uuid[]) and state = 'dead' and owner <> 'ops' returning *`, [job.tenant_id, ids, job.id]);
  const rows = new Map(taken.map((row) => [row.id, row]));
  const marks = ids.map((id) => {
    const row = rows.get(id);
    return row === undefined
      ? { letter_id: id, state: 'skipped', reason: whySkipped(letters.get(id)) }
      : { letter_id: id, state: 'sent', owner: row.owner, sent_after: sentAfter };
  });
  await tx.query(
    `update replay_items i set state = r.state, owner = r.owner, reason = r.reason, sent_after = r.sent_after,
       sent_at = case r.state when 'sent' then clock_timestamp() end, settled_at = case r.state when 'skipped' then now() end
     from (${recordset(MARK)}) r where i.job_id = $2 and i.letter_id = r.letter_id`,
    [encodeRows(marks), job.id]);
  const claimed = ids.flatMap((id) => rows.get(id) ?? []).map((row) => ({ owner: row.owner as ServiceName, request: requestOf(job, row) }));
  return { claimed, skipped: ids.length - claimed.length };
}

interface FoundLetter extends SkippableLetter { readonly id: string; readonly sizeBytes: number }

const MARK = { letter_id: 'uuid', state: 'text', owner: 'text', reason: 'text', sent_after: 'bigint' };

/** Skips what a cancelled job has not sent, so many at a time. Returns how many. */
export async function skipPending(tx: Transaction, jobId: string, limit: number): Promise<number> {
  return tx.affected(
    `update replay_items i set state = 'skipped', reason = 'cancelled', settled_at = now()
     from (select letter_id from replay_items where job_id = $1 and state = 'pending' order by position limit $2) p
     where i.job_id = $1 and i.letter_id = p.letter_id`, [jobId, limit]);
}

/** Adds to a job's counts; the job is over with its last letter. */
export async function addCounts(
  tx: Transaction,
  jobId: string,
  { done = 0, failed = 0, skipped = 0 }: { done?: number; failed?: number; skipped?: number },
): Promise<void> {
  await tx.query(
    `update replay_jobs set done = done + $2, failed = failed + $3, skipped = skipped + $4, updated_at = now(),
       finished_at = case when done + failed + skipped + $2 + $3 + $4 >= total then now() end,
       paused_seconds = paused_seconds + case
         when done + failed + skipped + $2 + $3 + $4 >= total then coalesce(extract(epoch from now() - paused_at), 0) else 0 end,
       state = case when done + failed + skipped + $2 + $3 + $4 >= total and state <> 'cancelled' then 'done' else state end
     where id = $1`, [jobId, done, failed, skipped]);
}

const RESULT = { job_id: 'uuid', letter_id: 'uuid', tenant_id: 'uuid', outcome: 'text', reason: 'text', detail: 'text', attempts: 'jsonb', at: 'timestamptz' };

/** Takes in what became of letters: items, counts and letters, once for each item. */
export async function settle(tx: Transaction, results: readonly ReplayResult[]): Promise<void> {
  const latest = [...new Map(results.map((result) => [`${result.jobId}/${result.letterId}`, result])).values()];
  const rows = encodeRows(latest.map((r) => ({
    job_id: r.jobId, letter_id: r.letterId, tenant_id: r.tenantId, outcome: r.outcome,
    reason: r.reason, detail: r.detail, attempts: r.attempts, at: new Date(r.at).toISOString(),
  })));
  const counts = await tx.query<{ job_id: string; done: number; failed: number; skipped: number }>(
    `with r as (${recordset(RESULT)}),
     known as materialized (
       select i.job_id, i.letter_id, i.state, r.outcome, r.reason from r
       join replay_jobs j on j.id = r.job_id and j.tenant_id = r.tenant_id
       join replay_items i on i.job_id = r.job_id and i.letter_id = r.letter_id for update of i),
     settled as (
       update replay_items i set state = case k.outcome when 'delivered' then 'done' else k.outcome end, reason = k.reason, settled_at = now()
       from known k where k.state = 'sent' and i.job_id = k.job_id and i.letter_id = k.letter_id returning i.job_id, i.state)
     select job_id, count(*) filter (where state = 'done') as done,
       count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'skipped') as skipped
     from settled group by job_id order by job_id`, [rows]);
  await tx.query(
    `with r as (${recordset(RESULT)})
     update dead_letter_messages d set
       state = case r.outcome when 'delivered' then 'replayed' else 'dead' end, updated_at = now(),
       attempts = case when r.attempts = '[]' then d.attempts else ${mergedAttempts('d.attempts', 'r.attempts')} end,
       reason = case when r.outcome = 'failed' then coalesce(r.reason, d.reason) else d.reason end,
       detail = case when r.outcome = 'failed' then coalesce(r.detail, d.detail) else d.detail end,
       died_at = case when r.outcome = 'failed' then greatest(d.died_at, r.at) else d.died_at end
     from r where d.tenant_id = r.tenant_id and d.id = r.letter_id and d.replay_job_id = r.job_id and d.state <> 'replayed'`, [rows]);
  // Last, as all results of a job and its runner meet in this one row.
  for (const { job_id: id, ...count } of counts) await addCounts(tx, id, count);
}

/**
 * Gives up on letters whose owner has told nothing for so long: they are dead again, with
 * reason `ambiguous` (they may have been delivered). Returns how many.
 */
export async function giveUpWaiting(tx: Transaction, jobId: string, hours: number): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    `with late as (
       update replay_items set state = 'failed', reason = 'no_answer', settled_at = now()
       where job_id = $1 and state = 'sent' and sent_at < now() - make_interval(hours => $2) returning letter_id),
     dead as (
       update dead_letter_messages d set state = 'dead', reason = 'ambiguous',
         detail = 'replayed, but its owner has not told what became of it', updated_at = now()
       from late l, replay_jobs j where j.id = $1 and d.tenant_id = j.tenant_id and d.id = l.letter_id and d.replay_job_id = $1 and d.state = 'replaying')
     select count(*) as n from late`, [jobId, hours]);
  return row?.n ?? 0;
}

function requestOf(job: RunningJob, row: LetterRow): ReplayRequest {
  const original = job.edited ? { payload: job.payload } : { payload: row.payload, ...(row.raw === null ? {} : { raw: row.raw.toString('base64') }) };
  return {
    jobId: job.id, letterId: row.id, tenantId: job.tenant_id, kind: row.kind as ReplayRequest['kind'], ...original, headers: row.headers, subject: row.subject,
    ...present({
      routeId: job.route_id ?? row.route_id, channelId: row.channel_id, integrationId: row.integration_id,
      deliveryId: row.delivery_id, notificationId: row.notification_id,
    }),
    traceId: row.trace_id,
  };
}
