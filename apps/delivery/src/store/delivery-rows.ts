import type { AttemptRecord, RouteJob } from '@signalbox/contracts';
import { recordset, type LedgerEntry } from '@signalbox/database';

/** How a delivery and its attempts stand in the tables, and how a row of theirs is written and booked. */

export type DeliveryStatus = 'queued' | 'held' | 'retrying' | 'delivered' | 'dead';

/** The attempts of a first delivery; a replay job's attempts are kept under its id. */
export const FIRST_RUN = '00000000-0000-0000-0000-000000000000';

/** The id under which the attempts of a job are kept. */
export function runOf(job: RouteJob): string {
  return job.replay?.jobId ?? FIRST_RUN;
}

export const DELIVERY_COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', route_id: 'uuid', message_id: 'text', trace_id: 'uuid',
  topic: 'text', status: 'text', reason: 'text', matched_at: 'timestamptz',
};
export const ATTEMPT_COLUMNS = {
  delivery_id: 'uuid', run: 'uuid', number: 'int', tenant_id: 'uuid', started_at: 'timestamptz',
  duration_ms: 'int', outcome: 'text', reason: 'text', detail: 'text',
  request: 'json', response: 'json',
};
export const CLAIM_COLUMNS = { job_id: 'uuid', letter_id: 'uuid', attempt: 'int', outcome: 'text' };

export interface AttemptRow {
  delivery_id: string; number: number; started_at: Date; duration_ms: number; outcome: string;
  reason: string | null; detail: string | null; request: unknown; response: unknown;
}

export function deliveryRow(job: RouteJob, status: DeliveryStatus, reason: string | null) {
  return {
    id: job.deliveryId, tenant_id: job.tenantId, route_id: job.routeId, message_id: job.message.id, trace_id: job.message.traceId, topic: job.message.topic,
    status, reason, matched_at: job.matchedAt,
  };
}

export function attemptRow(job: RouteJob, attempt: AttemptRecord) {
  return {
    delivery_id: job.deliveryId, run: runOf(job), number: attempt.number, tenant_id: job.tenantId,
    started_at: attempt.startedAt, duration_ms: Math.round(attempt.durationMs),
    outcome: attempt.outcome, reason: attempt.reason, detail: attempt.detail, request: attempt.request, response: attempt.response,
  };
}

/** The attempt as it is told and shown; what is null in the row is left out. */
export function recordOf(row: AttemptRow): AttemptRecord {
  return {
    number: row.number, startedAt: row.started_at.toISOString(), durationMs: row.duration_ms, outcome: row.outcome,
    ...(row.reason === null ? {} : { reason: row.reason }), ...(row.detail === null ? {} : { detail: row.detail }),
    ...(row.request === null ? {} : { request: row.request }), ...(row.response === null ? {} : { response: row.response }),
  };
}

/** What a settlement did to its row. */
export interface Written {
  readonly tenant_id: string;
  readonly status: DeliveryStatus;
  /** What it was before; null when the row was not there, or not yet committed by the matcher. */
  readonly was: DeliveryStatus | null;
  readonly inserted: boolean;
}

/**
 * Writes the rows and tells what they were before (the insert reads `before`, so that the lock comes first: a row that this statement has already
 * written cannot be locked any more). A row that is delivered stays so: a settlement that is repeated (its commit was not heard of) changes nothing.
 */
export const WRITE_DELIVERIES = `
  with rows as (${recordset(DELIVERY_COLUMNS)}),
    before as (select d.id, d.status from deliveries d join rows using (id) order by d.id for update of d),
    written as (
      insert into deliveries (${Object.keys(DELIVERY_COLUMNS).join(', ')})
      select ${Object.keys(DELIVERY_COLUMNS).map((name) => `rows.${name}`).join(', ')} from rows left join before using (id)
      on conflict (id) do update set status = excluded.status, reason = excluded.reason, route_id = excluded.route_id, changed_at = now()
        where deliveries.status <> 'delivered'
      returning id, (xmax = 0) as inserted)
  select rows.tenant_id, rows.status, before.status as was, written.inserted from rows join written using (id) left join before using (id)`;

/**
 * Each delivery is booked where it stands: one that a replay takes back from the dead is taken out of them. The worker may be faster than the commit
 * of the matcher, which then finds the row and counts it as nothing new: so it is counted here.
 */
export function ledgerOf(written: readonly Written[]): LedgerEntry[] {
  const isEnd = (status: DeliveryStatus | null): status is 'delivered' | 'dead' => status === 'delivered' || status === 'dead';
  return written.flatMap(({ tenant_id: tenantId, status, was, inserted }): LedgerEntry[] => {
    const entry = (name: string, count: number): LedgerEntry => ({ ledger: 'deliveries', tenantId, entry: name, count });
    return [
      ...(inserted ? [entry('in', 1)] : []),
      ...(status !== was && isEnd(was) ? [entry(was, -1)] : []),
      ...(status !== was && isEnd(status) ? [entry(status, 1)] : []),
    ];
  });
}
