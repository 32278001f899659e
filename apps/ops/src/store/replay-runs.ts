import type { ReplayRequest, ReplayResult, ServiceName } from '@signalbox/contracts';
import { encodeRows, recordset, type Queryable, type Transaction } from '@signalbox/database';
import { mergedAttempts } from './letter-intake.js';
import { present, type LetterRow } from './letter-row.js';
import { JOB_COLUMNS, type JobRow } from './replay-job-row.js';

/** A job in the hands of its runner: locked until the end of the transaction. */
export interface RunningJob extends JobRow { readonly payload: unknown }

/** A letter that now goes out, and to whom. */
export interface Claimed { readonly owner: ServiceName; readonly request: ReplayRequest }

/** Bytes of payload that one batch carries at most (or one letter, if it alone is larger). */
const BATCH_BYTES = 4_000_000;

/** The jobs that have something left to do, the oldest first. */
export async function unfinishedJobs(db: Queryable): Promise<{ id: string }[]> {
  return db.query(`select id from replay_jobs where finished_at is null and state <> 'paused' order by started_at limit 200`);
}

/** Locks a job, so that nobody changes its state, claims or settles of it until the transaction ends. */
export async function lockJob(tx: Transaction, id: string): Promise<RunningJob | undefined> {
  const rows = await tx.query<RunningJob>(`select ${JOB_COLUMNS}, payload from replay_jobs where id = $1 and finished_at is null for update`, [id]);
  return rows[0];
}

/** Jobs with letters that are on their way for longer than their owner may take. */
export async function overdueJobs(db: Queryable, hours: number): Promise<string[]> {
  const rows = await db.query<{ job_id: string }>(`select distinct job_id from replay_items where state = 'sent' and sent_at < now() - make_interval(hours => $1)`, [hours]);
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
  const rows = await tx.query<LetterRow & { position: number; item_state: 'sent' | 'skipped' }>(
    `with next as materialized (
       select i.letter_id, i.position, d.state, d.owner, coalesce(d.size_bytes, 0) as size
       from replay_items i left join dead_letter_messages d on d.tenant_id = $2 and d.id = i.letter_id
       where i.job_id = $1 and i.state = 'pending' order by i.position limit $3),
     picked as materialized (select * from (select *, sum(size) over (order by position) - size as before from next) n where before < $4),
     taken as (
       update dead_letter_messages d set state = 'replaying', replay_job_id = $1, updated_at = now() from picked p
       where d.tenant_id = $2 and d.id = p.letter_id and d.state = 'dead' and d.owner <> 'ops' returning d.*),
     marked as (
       update replay_items i set state = case when t.id is null then 'skipped' else 'sent' end, owner = t.owner,
         reason = case when t.id is not null then null when p.state is null then 'not_found' when p.owner = 'ops' then 'not_replayable' when p.state = 'replayed' then 'already_replayed' else 'being_replayed' end,
         sent_after = case when t.id is not null then $5::bigint end, sent_at = case when t.id is not null then clock_timestamp() end, settled_at = case when t.id is null then now() end
       from picked p left join taken t on t.id = p.letter_id where i.job_id = $1 and i.letter_id = p.letter_id
       returning i.letter_id, i.position, i.state)
     select m.position, m.state as item_state, t.* from marked m left join taken t on t.id = m.letter_id order by m.position`,
    [job.id, job.tenant_id, limit, BATCH_BYTES, sentAfter]);
  const sent = rows.filter((row) => row.item_state === 'sent');
  return { claimed: sent.map((row) => ({ owner: row.owner as ServiceName, request: requestOf(job, row) })), skipped: rows.length - sent.length };
}

/** Skips what a cancelled job has not sent, so many at a time. Returns how many. */
export async function skipPending(tx: Transaction, jobId: string, limit: number): Promise<number> {
  return tx.affected(
    `update replay_items i set state = 'skipped', reason = 'cancelled', settled_at = now()
     from (select letter_id from replay_items where job_id = $1 and state = 'pending' order by position limit $2) p where i.job_id = $1 and i.letter_id = p.letter_id`, [jobId, limit]);
}

/** Adds to a job's counts; the job is over with its last letter. */
export async function addCounts(tx: Transaction, jobId: string, { done = 0, failed = 0, skipped = 0 }: { done?: number; failed?: number; skipped?: number }): Promise<void> {
  await tx.query(
    `update replay_jobs set done = done + $2, failed = failed + $3, skipped = skipped + $4, updated_at = now(),
       finished_at = case when done + failed + skipped + $2 + $3 + $4 >= total then now() end,
       paused_seconds = paused_seconds + case when done + failed + skipped + $2 + $3 + $4 >= total then coalesce(extract(epoch from now() - paused_at), 0) else 0 end,
       state = case when done + failed + skipped + $2 + $3 + $4 >= total and state <> 'cancelled' then 'done' else state end
     where id = $1`, [jobId, done, failed, skipped]);
}

const RESULT = { job_id: 'uuid', letter_id: 'uuid', tenant_id: 'uuid', outcome: 'text', reason: 'text', detail: 'text', attempts: 'jsonb', at: 'timestamptz' };

/** Takes in what became of letters: items, counts and letters, once for each item. */
export async function settle(tx: Transaction, results: readonly ReplayResult[]): Promise<void> {
  const latest = [...new Map(results.map((result) => [`${result.jobId}/${result.letterId}`, result])).values()];
  const rows = encodeRows(latest.map((r) => ({
    job_id: r.jobId, letter_id: r.letterId, tenant_id: r.tenantId, outcome: r.outcome, reason: r.reason, detail: r.detail, attempts: r.attempts, at: new Date(r.at).toISOString(),
  })));
  const jobIds = [...new Set(latest.map((r) => r.jobId))];
  await tx.query('select 1 from replay_jobs where id = any($1::uuid[]) order by id for update', [jobIds]);
  const counts = await tx.query<{ job_id: string; done: number; failed: number; skipped: number }>(
    `with r as (${recordset(RESULT)}),
     settled as (
       update replay_items i set state = case r.outcome when 'delivered' then 'done' else r.outcome end, reason = r.reason, settled_at = now()
       from r join replay_jobs j on j.id = r.job_id and j.tenant_id = r.tenant_id
       where i.job_id = r.job_id and i.letter_id = r.letter_id and i.state = 'sent' returning i.job_id, i.state)
     select job_id, count(*) filter (where state = 'done') as done, count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'skipped') as skipped
     from settled group by job_id order by job_id`, [rows]);
  for (const { job_id: id, ...count } of counts) await addCounts(tx, id, count);
  await tx.query(
    `with r as (${recordset(RESULT)})
     update dead_letter_messages d set
       state = case r.outcome when 'delivered' then 'replayed' else 'dead' end, updated_at = now(), attempts = ${mergedAttempts('d.attempts', 'r.attempts')},
       reason = case when r.outcome = 'failed' then coalesce(r.reason, d.reason) else d.reason end, detail = case when r.outcome = 'failed' then coalesce(r.detail, d.detail) else d.detail end,
       died_at = case when r.outcome = 'failed' then greatest(d.died_at, r.at) else d.died_at end
     from r where d.tenant_id = r.tenant_id and d.id = r.letter_id and d.replay_job_id = r.job_id and d.state <> 'replayed'`, [rows]);
}

/** Gives up on letters whose owner has told nothing for so long: they are dead again, with reason `ambiguous` (they may have been delivered). Returns how many. */
export async function giveUpWaiting(tx: Transaction, jobId: string, hours: number): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    `with late as (
       update replay_items set state = 'failed', reason = 'no_answer', settled_at = now()
       where job_id = $1 and state = 'sent' and sent_at < now() - make_interval(hours => $2) returning letter_id),
     dead as (
       update dead_letter_messages d set state = 'dead', reason = 'ambiguous', detail = 'replayed, but its owner has not told what became of it', updated_at = now()
       from late l, replay_jobs j where j.id = $1 and d.tenant_id = j.tenant_id and d.id = l.letter_id and d.replay_job_id = $1 and d.state = 'replaying')
     select count(*) as n from late`, [jobId, hours]);
  return row?.n ?? 0;
}

function requestOf(job: RunningJob, row: LetterRow): ReplayRequest {
  const original = job.edited ? { payload: job.payload } : { payload: row.payload, ...(row.raw === null ? {} : { raw: row.raw.toString('base64') }) };
  return {
    jobId: job.id, letterId: row.id, tenantId: job.tenant_id, kind: row.kind as ReplayRequest['kind'], ...original, headers: row.headers, subject: row.subject,
    ...present({
      routeId: job.route_id ?? row.route_id, channelId: row.channel_id, integrationId: row.integration_id, deliveryId: row.delivery_id, notificationId: row.notification_id,
    }),
    traceId: row.trace_id,
  };
}
