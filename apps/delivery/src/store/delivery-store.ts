import type { AttemptRecord, RouteJob, TraceEntry } from '@signalbox/contracts';
import {
  book, encodeRows, enqueue, insertRows, insertTogether, recordset,
  type Database, type OutboxMessage, type OutboxRow,
} from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import {
  ATTEMPT_COLUMNS, CLAIM_COLUMNS, WRITE_DELIVERIES, attemptRow, deliveryRow, ledgerOf, recordOf,
  type AttemptRow, type DeliveryStatus, type Written,
} from './delivery-rows.js';

/** What became of one delivery for now, written in one transaction with whatever tells of it. */
export interface Settlement {
  readonly job: RouteJob;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  readonly attempt?: AttemptRecord;
  readonly messages?: readonly OutboxMessage[];
}

/** A job that must be looked up before it is tried: its number says which attempt it would be. */
export interface Admission {
  readonly job: RouteJob;
  readonly number: number;
  readonly last: boolean;
  readonly now: Date;
}

/** go; `settled`: it has been dealt with before; `ambiguous`: a replay that may have been sent already. */
export type Admitted = 'go' | 'settled' | 'ambiguous';

/** Rows that are forgotten at a time. */
const SLICE = 5_000;

/** Deliveries and their attempts. */
export class DeliveryStore {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  /** Writes many outcomes in one transaction: deliveries, attempts, claims, the ledger and the outbox. */
  async settle(settlements: readonly Settlement[], shard: number): Promise<void> {
    const outbox = await this.db.transaction(async (tx): Promise<OutboxRow[]> => {
      const rows = byKey(settlements.map((s) => deliveryRow(s.job, s.status, s.reason)), (row) => row.id);
      const attempts = settlements.flatMap((s) => (s.attempt === undefined ? [] : [attemptRow(s.job, s.attempt)]));
      const [written] = await Promise.all([
        tx.query<Written & Record<string, unknown>>(WRITE_DELIVERIES, [encodeRows(rows)]),
        insertTogether(tx, [
          {
            table: 'route_attempts', columns: ATTEMPT_COLUMNS, rows: byKey(attempts, (row) => `${row.delivery_id} ${row.run} ${row.number}`),
            conflict: `on conflict (delivery_id, run, number) do update set
              started_at = excluded.started_at, duration_ms = excluded.duration_ms, outcome = excluded.outcome,
              reason = excluded.reason, detail = excluded.detail, request = excluded.request, response = excluded.response`,
          },
          {
            table: 'replay_claims', columns: CLAIM_COLUMNS,
            rows: byKey(settlements.flatMap(claimRow), (row) => `${row.job_id} ${row.letter_id} ${row.attempt}`),
            conflict: 'on conflict (job_id, letter_id, attempt) do update set outcome = excluded.outcome',
          },
        ]),
      ]);
      return tx.commit(async () => {
        const messages = settlements.flatMap((s) => s.messages ?? []);
        const [queued] = await Promise.all([enqueue(tx, messages), book(tx, ledgerOf(written), new Date(), shard)]);
        return queued;
      });
    });
    this.relay.offer(outbox);
  }

  /**
   * Which of these jobs may be tried. Claims the attempt of a replay, and records the start of
   * a last attempt: if the worker dies in it, a sweep finds the trace.
   */
  async admit(admissions: readonly Admission[]): Promise<Admitted[]> {
    return this.db.transaction(async (tx) => {
      const settled = await tx.query<{ id: string }>(
        `select id from deliveries where id = any($1::uuid[]) and status in ('delivered', 'dead')`, [admissions.map(({ job }) => job.deliveryId)]);
      const done = new Set(settled.map((row) => row.id));
      const replays = admissions.filter(({ job }) => job.replay !== undefined);
      const claims = replays.length === 0 ? [] : await tx.query<{ job_id: string; letter_id: string; attempt: number; outcome: string | null }>(
        `select job_id, letter_id, attempt, outcome from replay_claims join (${recordset({ job_id: 'uuid', letter_id: 'uuid' })}) w using (job_id, letter_id)`,
        [encodeRows(replays.map(({ job }) => ({ job_id: job.replay!.jobId, letter_id: job.replay!.letterId })))]);
      const verdicts = admissions.map((a): Admitted => a.job.replay === undefined
        ? (done.has(a.job.deliveryId) ? 'settled' : 'go')
        : replayVerdict(a, claims.filter((c) => c.job_id === a.job.replay!.jobId && c.letter_id === a.job.replay!.letterId)));
      const going = admissions.filter((_, index) => verdicts[index] === 'go');
      const wanted = going.flatMap(({ job: { replay }, number }) => (replay === undefined ? [] : [{
        job_id: replay.jobId, letter_id: replay.letterId, attempt: number, outcome: null,
      }]));
      const claimed = await insertRows<{ job_id: string; letter_id: string }>(
        tx, 'replay_claims', CLAIM_COLUMNS, wanted, { conflict: 'on conflict do nothing', returning: 'job_id, letter_id' });
      const mine = new Set(claimed.map((c) => `${c.job_id} ${c.letter_id}`));
      const isMine = ({ jobId, letterId }: { jobId: string; letterId: string }): boolean => mine.delete(`${jobId} ${letterId}`);
      const starts = byKey(going.filter((a) => a.last).map(startRow), (row) => row.delivery_id);
      await insertRows(tx, 'route_attempts', ATTEMPT_COLUMNS, starts, { conflict: 'on conflict do nothing' });
      return verdicts.map((verdict, index) => {
        const { replay } = admissions[index]!.job;
        return verdict === 'go' && replay !== undefined && !isMine(replay) ? 'settled' : verdict;
      });
    });
  }

  /** The recorded attempts of deliveries in one run each, oldest first, in the order asked. */
  async attemptsOf(asked: readonly { deliveryId: string; run: string }[]): Promise<AttemptRecord[][]> {
    const rows = await this.db.query<AttemptRow & { run: string }>(
      `select a.* from route_attempts a join (${recordset({ delivery_id: 'uuid', run: 'uuid' })}) w using (delivery_id, run) order by a.number`,
      [encodeRows(asked.map(({ deliveryId, run }) => ({ delivery_id: deliveryId, run })))]);
    return asked.map(({ deliveryId, run }) => rows.filter((row) => row.delivery_id === deliveryId && row.run === run).map(recordOf));
  }

  async statusOf(deliveryId: string): Promise<DeliveryStatus | undefined> {
    const rows = await this.db.query<{ status: DeliveryStatus }>('select status from deliveries where id = $1', [deliveryId]);
    return rows[0]?.status;
  }

  /** Those of these deliveries that are delivered or dead. */
  async endedOf(deliveryIds: readonly string[]): Promise<string[]> {
    if (deliveryIds.length === 0) return [];
    const rows = await this.db.query<{ id: string }>(`select id from deliveries where id = any($1::uuid[]) and status in ('delivered', 'dead')`, [deliveryIds]);
    return rows.map((row) => row.id);
  }

  /** Whether a replay of this letter was sent, or begun, by this job without its end being known. */
  async hasOpenClaim(jobId: string, letterId: string): Promise<boolean> {
    const rows = await this.db.query('select 1 from replay_claims where job_id = $1 and letter_id = $2 and outcome is null limit 1', [jobId, letterId]);
    return rows.length > 0;
  }

  /** Up to `limit + 1` deliveries of a route with their attempts, newest first. */
  async list(tenantId: string, routeId: string, page: { limit: number; status?: readonly string[]; after?: { at: string; id: string } }) {
    const rows = await this.db.query<{
      id: string; route_id: string; message_id: string; trace_id: string;
      topic: string; status: string; reason: string | null; matched_at: Date;
    }>(
      `select * from deliveries where tenant_id = $1 and route_id = $2 and ($4::text[] is null or status = any($4::text[]))
         and ($5::timestamptz is null or (matched_at, id) < ($5::timestamptz, $6::uuid))
       order by matched_at desc, id desc limit $3`, [tenantId, routeId, page.limit + 1, page.status ?? null, page.after?.at ?? null, page.after?.id ?? null]);
    const attempts = rows.length === 0 ? [] : await this.db.query<AttemptRow>(
      'select * from route_attempts where delivery_id = any($1::uuid[]) order by started_at, number', [rows.map((row) => row.id)]);
    return rows.map((row) => ({
      id: row.id, routeId: row.route_id, messageId: row.message_id, traceId: row.trace_id, topic: row.topic, status: row.status, reason: row.reason,
      matchedAt: row.matched_at.toISOString(), attempts: attempts.filter((a) => a.delivery_id === row.id).map(recordOf),
    }));
  }

  /** What this service knows of a trace, oldest first. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<{
      id: string; route_id: string; topic: string; status: string;
      reason: string | null; matched_at: Date; name: string | null;
    }>(
      `select d.*, r.name from deliveries d left join message_routes r on r.id = d.route_id
       where d.trace_id = $2 and d.tenant_id = $1 order by d.matched_at limit 500`, [tenantId, traceId]);
    const attempts = rows.length === 0 ? [] : await this.db.query<AttemptRow>(
      'select * from route_attempts where delivery_id = any($1::uuid[]) order by started_at', [rows.map((row) => row.id)]);
    const entry = (at: Date, kind: string, id: string, summary: string, data: Record<string, unknown>): TraceEntry => ({
      at: at.toISOString(), service: 'delivery', kind, id, summary, data,
    });
    return [
      ...rows.map((row) => entry(row.matched_at, 'delivery.matched', row.id, `${row.topic} → ${row.name ?? 'a deleted route'}`, {
        routeId: row.route_id, status: row.status, reason: row.reason,
      })),
      ...attempts.map((a) => entry(a.started_at, 'delivery.attempt', a.delivery_id, `attempt ${a.number}: ${a.outcome}`, {
        number: a.number, reason: a.reason, durationMs: a.duration_ms,
      })),
    ].sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  /**
   * Forgets what is older than `days`, a slice of each table. True when there may be more: otherwise a table that grows faster
   * than by a slice in each round would grow for ever.
   */
  async forget(days: number): Promise<boolean> {
    let more = false;
    for (const [table, column, also] of [
      ['route_attempts', 'started_at', ''],
      ['replay_claims', 'claimed_at', ''],
      ['deliveries', 'matched_at', `and status in ('delivered', 'dead')`],
    ] as const) {
      const old = `select ctid from ${table} where ${column} < now() - make_interval(days => $1) ${also} limit ${SLICE}`;
      const [deleted] = await this.db.query<{ n: number }>(
        `with gone as (delete from ${table} where ctid = any(array(${old})) returning 1) select count(*) as n from gone`, [days]);
      more ||= deleted?.n === SLICE;
    }
    return more;
  }
}

function startRow({ job, number, now }: Admission) {
  return attemptRow(job, { number, startedAt: now.toISOString(), durationMs: 0, outcome: 'started' });
}

function claimRow({ job, status, attempt }: Settlement) {
  return job.replay === undefined || attempt === undefined ? [] : [{
    job_id: job.replay.jobId, letter_id: job.replay.letterId, attempt: attempt.number, outcome: status,
  }];
}

function replayVerdict({ number }: Admission, claims: readonly { attempt: number; outcome: string | null }[]): Admitted {
  if (claims.some((c) => c.outcome === 'delivered' || c.outcome === 'dead' || c.attempt === number)) return 'settled';
  return claims.some((c) => c.outcome === null) ? 'ambiguous' : 'go';
}

/** One row per key, the last one, in the order of the keys: two statements that touch the same rows then cannot lock each other out. */
function byKey<R>(rows: readonly R[], key: (row: R) => string): R[] {
  const last = new Map(rows.map((row) => [key(row), row]));
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
