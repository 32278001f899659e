import { DEAD_LETTERS, OUTCOMES, REPLAY_RESULTS, newId, subjects, type AttemptRecord } from '@signalbox/contracts';
import { book, encodeRows, enqueue, insertRows, recordset, type Database, type LedgerEntry, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import type { NextStep, Outcome } from '@signalbox/delivery-policy';
import type { Exchange } from '../channels/transport.js';
import type { Claimed } from './claims.js';

/** What became of one try. */
export interface Tried {
  readonly claimed: Claimed;
  readonly channel: { readonly id: string; readonly kind: string; readonly name: string };
  readonly startedAt: Date;
  /** Missing when nothing was sent (the channel is gone, or the try before was the last). */
  readonly exchange?: Exchange;
  readonly outcome: Outcome;
  readonly step: NextStep;
  readonly remaining?: readonly string[];
  /** Until when the far side wants to be left alone. */
  readonly pauseUntil: Date | null;
}

const STATE = {
  id: 'uuid', status: 'text', reason: 'text', detail: 'text', due_at: 'timestamptz', sent_at: 'timestamptz', remote_id: 'text', remaining: 'text[]', claim: 'int',
};
const ATTEMPT = {
  id: 'uuid', notification_id: 'uuid', tenant_id: 'uuid', number: 'int', started_at: 'timestamptz', duration_ms: 'int', outcome: 'text', reason: 'text', detail: 'text',
  request: 'jsonb', response: 'jsonb',
};

/** Stores the outcomes of a batch of tries in one transaction: states, attempts, dead letters, reports, paused far sides, the ledger. */
export async function settle(db: Database, batch: readonly Tried[], now: Date): Promise<OutboxRow[]> {
  return db.transaction(async (tx) => {
    // One who acknowledged in the meantime has the last word: the state is only changed while the claim is still this one.
    await tx.query(
      `update notifications n set status = s.status, reason = s.reason, detail = s.detail, due_at = s.due_at, sent_at = coalesce(s.sent_at, n.sent_at),
         remote_id = coalesce(s.remote_id, n.remote_id), remaining = s.remaining, updated_at = now()
       from (${recordset(STATE)}) s where n.id = s.id and n.status = 'processing' and n.attempts = s.claim`, [encodeRows(batch.map(stateRow))]);
    await insertRows(tx, 'notification_attempts', ATTEMPT, batch.flatMap(attemptRows));
    await pauseFarSides(tx, batch);
    await disableChannels(tx, batch);
    const history = await historyOfDead(tx, batch);
    const rows = await enqueue(tx, batch.flatMap((tried) => messagesOf(tried, history, now)));
    await book(tx, batch.flatMap(ledgerOf), now, 0);
    return rows;
  });
}

function stateRow({ claimed, outcome, step, remaining }: Tried): object {
  const base = { id: claimed.id, claim: claimed.attempts, remaining: remaining === undefined || remaining.length === 0 ? null : remaining };
  const why = 'reason' in outcome ? { reason: outcome.reason, detail: outcome.detail ?? null } : { reason: null, detail: null };
  switch (step.do) {
    case 'done': return { ...base, ...why, status: 'sent', due_at: null, sent_at: new Date(), remote_id: step.remoteId ?? null };
    case 'retry': return { ...base, ...why, status: 'failed', due_at: step.at };
    case 'dead': return { ...base, status: 'dead_letter', due_at: null, reason: step.reason, detail: step.detail ?? null };
  }
}

function attemptRows({ claimed, startedAt, exchange, outcome }: Tried): object[] {
  const rows: object[] = [];
  const common = { notification_id: claimed.id, tenant_id: claimed.tenant_id };
  if (claimed.interrupted) {
    rows.push({ ...common, id: newId(), number: Math.max(1, claimed.attempts - 1), started_at: startedAt, duration_ms: 0, outcome: 'retry', reason: 'ambiguous', detail: 'the sender died during this try: whether it arrived is unknown' });
  }
  if (exchange !== undefined) {
    rows.push({
      ...common, id: newId(), number: claimed.attempts, started_at: startedAt, duration_ms: exchange.durationMs, outcome: outcome.kind,
      reason: 'reason' in outcome ? outcome.reason : null, detail: 'detail' in outcome ? outcome.detail ?? null : null, request: exchange.request, response: exchange.response ?? null,
    });
  }
  return rows;
}

async function pauseFarSides(tx: Transaction, batch: readonly Tried[]): Promise<void> {
  const pauses = new Map<string, object>();
  for (const { channel, pauseUntil, outcome } of batch) {
    if (pauseUntil !== null && 'reason' in outcome) pauses.set(channel.id, { channel_id: channel.id, closed_until: pauseUntil, reason: outcome.reason });
  }
  await insertRows(tx, 'far_sides', { channel_id: 'uuid', closed_until: 'timestamptz', reason: 'text' }, [...pauses.values()], {
    conflict: 'on conflict (channel_id) do update set closed_until = greatest(far_sides.closed_until, excluded.closed_until), reason = excluded.reason',
  });
}

/** A far side that will never take anything again (a revoked token, a deleted channel) is left alone until an operator mends it. */
async function disableChannels(tx: Transaction, batch: readonly Tried[]): Promise<void> {
  for (const { channel, step, outcome } of batch) {
    if (step.do !== 'dead' || !step.disable) continue;
    await tx.query('update notification_channels set disabled_reason = $2 where id = $1', [channel.id, `${step.reason}: ${('detail' in outcome ? outcome.detail : undefined) ?? 'the far side refuses everything'}`]);
  }
}

interface HistoryRow { notification_id: string; number: number; started_at: Date; duration_ms: number; outcome: string; reason: string | null; detail: string | null; request: unknown; response: unknown }

async function historyOfDead(tx: Transaction, batch: readonly Tried[]): Promise<Map<string, AttemptRecord[]>> {
  const ids = batch.filter(({ step, claimed }) => step.do === 'dead' || claimed.replay_job_id !== null).map(({ claimed }) => claimed.id);
  const history = new Map<string, AttemptRecord[]>();
  if (ids.length === 0) return history;
  const rows = await tx.query<HistoryRow & Record<string, unknown>>(
    'select notification_id, number, started_at, duration_ms, outcome, reason, detail, request, response from notification_attempts where notification_id = any($1::uuid[]) order by started_at', [ids]);
  for (const row of rows) {
    const record: AttemptRecord = {
      number: row.number, startedAt: row.started_at.toISOString(), durationMs: row.duration_ms, outcome: row.outcome,
      ...(row.reason === null ? {} : { reason: row.reason }), ...(row.detail === null ? {} : { detail: row.detail }),
      ...(row.request === null ? {} : { request: row.request }), ...(row.response === null ? {} : { response: row.response }),
    };
    history.set(row.notification_id, [...(history.get(row.notification_id) ?? []), record]);
  }
  return history;
}

/** The report for the incident's timeline; and at the end of a replay its result, at the end of hope the dead letter. */
function messagesOf(tried: Tried, history: Map<string, AttemptRecord[]>, now: Date): OutboxMessage[] {
  const { claimed, channel, outcome, step } = tried;
  const why = 'reason' in outcome ? { reason: outcome.reason, ...(outcome.detail === undefined ? {} : { detail: outcome.detail }) } : {};
  const report: OutboxMessage = {
    subject: subjects.outcomes(claimed.tenant_id), messageId: newId(),
    body: OUTCOMES.encode({
      id: newId(), tenantId: claimed.tenant_id, traceId: claimed.trace_id, kind: 'notification', incidentId: claimed.incident_id, subjectId: claimed.id, channel,
      status: step.do === 'done' ? 'sent' : step.do === 'retry' ? 'failed' : 'dead_letter', attempt: claimed.attempts, at: now.toISOString(), ...why,
    }),
  };
  const attempts = history.get(claimed.id) ?? [];
  const letter = step.do === 'dead' ? [deadLetter(tried, step, attempts, now)] : [];
  const result = claimed.replay_job_id !== null && step.do !== 'retry' ? [replayResult(tried, attempts, now)] : [];
  return [report, ...letter, ...result];
}

/** The letter has the notification's own id: one that dies again is the same letter with more attempts. */
function deadLetter({ claimed, channel }: Tried, step: Extract<NextStep, { do: 'dead' }>, attempts: AttemptRecord[], now: Date): OutboxMessage {
  return {
    subject: subjects.deadLetters(claimed.tenant_id), messageId: newId(),
    body: DEAD_LETTERS.encode({
      id: claimed.id, tenantId: claimed.tenant_id, kind: 'notification', owner: 'notifications', reason: step.reason, detail: step.detail ?? `not delivered to ${channel.name}`,
      subject: claimed.event_type, payload: withoutAckUrl(claimed.notice), headers: {}, attempts, traceId: claimed.trace_id, channelId: claimed.channel_id,
      notificationId: claimed.id, diedAt: now.toISOString(),
    }),
  };
}

/** Whoever holds the link can acknowledge: it stays out of letters. */
function withoutAckUrl(notice: Claimed['notice']): Omit<Claimed['notice'], 'ackUrl'> {
  const { ackUrl: _ackUrl, ...rest } = notice;
  return rest;
}

function replayResult({ claimed, step }: Tried, attempts: AttemptRecord[], now: Date): OutboxMessage {
  return {
    subject: subjects.replays('ops', claimed.tenant_id), messageId: newId(),
    body: REPLAY_RESULTS.encode({
      jobId: claimed.replay_job_id!, letterId: claimed.replay_letter_id!, tenantId: claimed.tenant_id, outcome: step.do === 'done' ? 'delivered' : 'failed',
      attempts, at: now.toISOString(), ...(step.do === 'dead' ? { reason: step.reason, ...(step.detail === undefined ? {} : { detail: step.detail }) } : {}),
    }),
  };
}

function ledgerOf({ claimed, step }: Tried): LedgerEntry[] {
  if (step.do === 'retry') return [];
  return [{ ledger: 'notifications', tenantId: claimed.tenant_id, entry: step.do === 'done' ? 'sent' : 'dead', count: 1 }];
}
