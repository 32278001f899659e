import { newId, type AttemptRecord } from '@signalbox/contracts';
import { insertRows, type Transaction } from '@signalbox/database';
import { cutBytes } from '../channels/text.js';
import type { Tried } from './settle.js';

const COLUMNS = {
  id: 'uuid', notification_id: 'uuid', tenant_id: 'uuid', number: 'int',
  started_at: 'timestamptz', duration_ms: 'int', outcome: 'text', reason: 'text', detail: 'text',
  request: 'jsonb', response: 'jsonb',
};

/** Puts on record what was tried, and what a sender that died had begun. */
export async function insertAttempts(tx: Transaction, batch: readonly Tried[]): Promise<void> {
  await insertRows(tx, 'notification_attempts', COLUMNS, batch.flatMap(rowsOf));
}

function rowsOf({ claimed, startedAt, spent, exchange, outcome }: Tried): object[] {
  const common = { notification_id: claimed.id, tenant_id: claimed.tenant_id };
  const begun = claimed.interrupted_at === null ? [] : [{
    ...common, id: newId(), number: Math.max(1, claimed.attempts - 1),
    started_at: claimed.interrupted_at, duration_ms: 0,
    outcome: 'retry', reason: 'ambiguous',
    detail: 'the sender died during this try: whether it arrived is unknown', request: null, response: null,
  }];
  if (!spent || outcome === null) return begun;
  return [...begun, {
    ...common, id: newId(), number: claimed.attempts, started_at: startedAt, duration_ms: exchange?.durationMs ?? 0, outcome: outcome.kind,
    reason: 'reason' in outcome ? outcome.reason : null, detail: 'detail' in outcome ? outcome.detail ?? null : null,
    request: exchange?.request ?? null, response: exchange?.response ?? null,
  }];
}

interface Row {
  notification_id: string;
  number: number;
  started_at: Date;
  duration_ms: number;
  outcome: string;
  reason: string | null;
  detail: string | null;
  request: unknown;
  response: unknown;
}

/** More than any schedule has: what a replay adds is told anew, what came before is known. */
const NEWEST = 25;

/** The newest attempts of notifications as letters hold them, oldest first. */
export async function historyOf(tx: Transaction, ids: readonly string[]): Promise<Map<string, AttemptRecord[]>> {
  const history = new Map<string, AttemptRecord[]>();
  if (ids.length === 0) return history;
  const rows = await tx.query<Row & Record<string, unknown>>(
    `select notification_id, number, started_at, duration_ms, outcome, reason, detail, request, response from (
       select *, row_number() over (partition by notification_id order by started_at desc, number desc) as age
       from notification_attempts where notification_id = any($1::uuid[])) a
     where age <= ${NEWEST} order by started_at, number`, [ids]);
  for (const row of rows) history.set(row.notification_id, [...(history.get(row.notification_id) ?? []), recordOf(row)]);
  return history;
}

function recordOf(row: Row): AttemptRecord {
  return {
    number: row.number, startedAt: row.started_at.toISOString(), durationMs: row.duration_ms, outcome: row.outcome,
    ...(row.reason === null ? {} : { reason: row.reason }), ...(row.detail === null ? {} : { detail: row.detail }),
    ...(row.request === null ? {} : { request: kept(row.request) }), ...(row.response === null ? {} : { response: kept(row.response) }),
  };
}

const HALF_BYTES = 2_048;

/** One side of an exchange in at most 2 KB: a letter of many attempts has to fit on the bus. */
function kept(side: unknown): unknown {
  if (Buffer.byteLength(JSON.stringify(side)) <= HALF_BYTES) return side;
  const { headers: _headers, body, ...rest } = side as { headers: unknown; body: string };
  return { ...rest, body: cutBytes(body, HALF_BYTES / 2), cut: true };
}
