import { auditMessage } from '@signalbox/access';
import { DEAD_LETTERS, OUTCOMES, newId, subjects, type AttemptRecord } from '@signalbox/contracts';
import {
  book, encodeRows, enqueue, insertRows, recordset,
  type Database, type LedgerEntry, type OutboxMessage, type OutboxRow, type Transaction,
} from '@signalbox/database';
import type { NextStep, Outcome } from '@signalbox/delivery-policy';
import { directoryMessage } from '@signalbox/messaging';
import type { Exchange } from '../channels/transport.js';
import { replayResult } from '../store/replay-result.js';
import { answered } from '../store/answered.js';
import { lockPages, policyPageOf, unreached, unreachedReport, type PolicyPage } from '../store/unreached.js';
import { historyOf, insertAttempts } from './attempts.js';
import type { Claimed } from './claims.js';

/** What follows: what the policy says of a try; or nothing was tried: it has to wait (no attempt is spent), or nobody needs it any more. */
export type Step = NextStep | { readonly do: 'wait'; readonly at: Date } | { readonly do: 'suppress' };

/** What became of one claim. */
export interface Tried {
  readonly claimed: Claimed;
  readonly channel: { readonly id: string; readonly kind: string; readonly name: string; readonly version: number };
  readonly startedAt: Date;
  /** Whether this was an attempt: not when it has to wait, or its channel is closed. */
  readonly spent: boolean;
  readonly exchange?: Exchange;
  /** Null when it has to wait or nobody needs it. */
  readonly outcome: Outcome | null;
  readonly step: Step;
  readonly remaining?: readonly string[];
  /** Until when the far side wants to be left alone. */
  readonly pauseUntil: Date | null;
}

/** How a notification stands after a try. `waiting` and `failed` go on; the others are final and booked. */
type Standing = 'sent' | 'failed' | 'waiting' | 'dead' | 'suppressed';

interface Settled extends Tried { readonly standing: Standing; readonly acknowledged: boolean }

export interface SettledBatch {
  readonly outbox: OutboxRow[];
  /** Channels that have just been switched off. */
  readonly closed: readonly { readonly tenantId: string; readonly channelId: string }[];
}

/**
 * Stores the outcomes of a batch of tries in one transaction: states, attempts, dead letters, reports, paused far sides, the ledger.
 * Whoever lost the claim (it ran out, somebody else has it) only leaves the attempt on record: the other one says what became of it.
 */
export async function settle(db: Database, batch: readonly Tried[], now: Date, shard: number): Promise<SettledBatch> {
  return db.transaction(async (tx) => {
    const [, settled] = await Promise.all([lockPages(tx, batch.flatMap(deadPageOf)), held(tx, batch)]);
    const dead = settled.filter(({ standing }) => standing === 'dead');
    const told = settled.filter(({ standing, claimed }) => standing === 'dead' || claimed.replay_job_id !== null).map(({ claimed }) => claimed.id);
    const [{ closed, messages }, history] = await Promise.all([
      closeChannels(tx, batch),
      insertAttempts(tx, batch).then(() => historyOf(tx, told)),
      updateStates(tx, settled, now),
      pauseFarSides(tx, batch),
      forgetTold(tx, dead),
    ]);
    const lost = await unreached(tx, dead.flatMap(deadPageOf));
    // Before the commit is sent: what cannot be told is not stored either.
    const all = [
      ...settled.flatMap((one) => messagesOf(one, history.get(one.claimed.id) ?? [], now)),
      ...messages,
      ...lost.map((page) => unreachedReport(page, page.notificationId, now)),
    ];
    const outbox = await tx.commit(async () => (await Promise.all([enqueue(tx, all), book(tx, settled.flatMap(ledgerOf), now, shard)]))[0]);
    return { outbox, closed };
  });
}

/** The page of a policy that has died with a notification, if it was one. What is replayed is not waited for. */
function deadPageOf({ claimed, step }: Tried): (PolicyPage & { notificationId: string })[] {
  const { id: notificationId, tenant_id: tenantId, trace_id: traceId, incident, page } = claimed;
  const policyPage = step.do === 'dead' && claimed.replay_job_id === null ? policyPageOf({ tenantId, traceId, incident, page }) : undefined;
  return policyPage === undefined ? [] : [{ ...policyPage, notificationId }];
}

async function updateStates(tx: Transaction, settled: readonly Settled[], now: Date): Promise<void> {
  if (settled.length === 0) return;
  await tx.query(
    `update notifications n set status = s.status, reason = s.reason, detail = s.detail, due_at = s.due_at, attempts = s.attempts,
       claim = null, sent_at = coalesce(s.sent_at, n.sent_at), remote_id = coalesce(s.remote_id, n.remote_id),
       remaining = coalesce(s.remaining, n.remaining), updated_at = now()
     from (${recordset(STATE)}) s where n.id = s.id and n.id = any($2::uuid[])`,
    [encodeRows(settled.map((one) => stateRow(one, now))), settled.map(({ claimed }) => claimed.id)]);
}

/** The tries whose claim still stands, locked; in one order, so that two batches never wait for each other. */
async function held(tx: Transaction, batch: readonly Tried[]): Promise<Settled[]> {
  const rows = await tx.query<{ claim: string; acknowledged: boolean; answered: boolean }>(
    `select n.* from (${recordset({ id: 'uuid', claim: 'uuid' })} order by id) c cross join lateral (
       select claim, ack_at is not null as acknowledged, ${answered('p')} as answered from notifications p
       where id = c.id and claim = c.claim for update) n`,
    [encodeRows(batch.map(({ claimed }) => ({ id: claimed.id, claim: claimed.claim })))]);
  const stands = new Map(rows.map((row) => [row.claim, row]));
  return batch.flatMap((tried): Settled[] => {
    const seen = stands.get(tried.claimed.claim);
    return seen === undefined ? [] : [{ ...tried, acknowledged: seen.acknowledged, standing: standingOf(tried.step, seen.acknowledged || seen.answered) }];
  });
}

/** One who acknowledged while it was being sent has the last word: it is not tried again, and is no dead letter. */
function standingOf(step: Step, nobodyNeedsIt: boolean): Standing {
  if (step.do === 'done') return 'sent';
  if (nobodyNeedsIt || step.do === 'suppress') return 'suppressed';
  return step.do === 'retry' ? 'failed' : step.do === 'wait' ? 'waiting' : 'dead';
}

const STATE = {
  id: 'uuid', status: 'text', reason: 'text', detail: 'text',
  due_at: 'timestamptz', attempts: 'int', sent_at: 'timestamptz', remote_id: 'text', remaining: 'text[]',
};

function stateRow({ claimed, outcome, step, standing, acknowledged, spent, remaining }: Settled, now: Date): object {
  const attempts = claimed.attempts - (spent ? 0 : 1);
  const { reason = null, detail = null } = whyOf(step, outcome);
  const why = { reason, detail };
  const base = { id: claimed.id, attempts, remaining: remaining === undefined || remaining.length === 0 ? null : remaining, due_at: null };
  switch (standing) {
    case 'sent': {
      const remoteId = step.do === 'done' ? step.remoteId ?? null : null;
      return { ...base, ...why, status: acknowledged ? 'acknowledged' : 'sent', sent_at: now, remote_id: remoteId };
    }
    case 'failed': return { ...base, ...why, status: 'failed', due_at: step.do === 'retry' ? step.at : now };
    case 'waiting': return { ...base, status: attempts === 0 ? 'queued' : 'failed', due_at: step.do === 'wait' ? step.at : now };
    case 'dead': return { ...base, ...why, status: 'dead_letter' };
    case 'suppressed': {
      const isAcknowledged = acknowledged || claimed.page === null;
      return {
        ...base, status: acknowledged ? 'acknowledged' : 'suppressed', reason: isAcknowledged ? 'acknowledged' : 'acknowledged_since',
      };
    }
  }
}

async function pauseFarSides(tx: Transaction, batch: readonly Tried[]): Promise<void> {
  const pauses = new Map<string, { channel_id: string; closed_until: Date; reason: string }>();
  for (const { channel, pauseUntil, outcome } of batch) {
    if (pauseUntil === null || outcome === null || !('reason' in outcome) || pauseUntil <= (pauses.get(channel.id)?.closed_until ?? 0)) continue;
    pauses.set(channel.id, { channel_id: channel.id, closed_until: pauseUntil, reason: outcome.reason });
  }
  const inOrder = [...pauses.values()].sort((a, b) => (a.channel_id < b.channel_id ? -1 : 1));
  await insertRows(tx, 'far_sides', { channel_id: 'uuid', closed_until: 'timestamptz', reason: 'text' }, inOrder, {
    conflict: 'on conflict (channel_id) do update set closed_until = greatest(far_sides.closed_until, excluded.closed_until), reason = excluded.reason',
  });
}

/** What died on the way was not told: the next notice of the same goes out again. */
async function forgetTold(tx: Transaction, dead: readonly Settled[]): Promise<void> {
  if (dead.length === 0) return;
  await tx.query(
    `update fingerprints f set content = null from (${recordset({ audience_id: 'uuid', fingerprint: 'text' })}) d
     where f.audience_id = d.audience_id and f.fingerprint = d.fingerprint`,
    [encodeRows(dead.map(({ claimed }) => ({ audience_id: claimed.audience_id, fingerprint: claimed.fingerprint })))]);
}

interface Closed {
  readonly closed: { tenantId: string; channelId: string }[];
  readonly messages: OutboxMessage[];
}

/**
 * A far side that will never take anything again (a revoked token, an address that is gone) is left alone until an operator mends the channel: every
 * replica hears of it, and the operator reads why. Not when the channel was changed since the try began.
 */
async function closeChannels(tx: Transaction, batch: readonly Tried[]): Promise<Closed> {
  const closed: { tenantId: string; channelId: string }[] = [];
  const messages: OutboxMessage[] = [];
  for (const { channel, claimed, step } of batch) {
    if (step.do !== 'dead' || !step.disable) continue;
    const reason = `${step.reason}: ${step.detail ?? 'the far side refuses everything'}`;
    const rows = await tx.query<{ version: number }>(
      `update notification_channels set disabled_reason = $4, version = version + 1, updated_at = now()
       where id = $1 and tenant_id = $2 and version = $3 and disabled_reason is null returning version`,
      [channel.id, claimed.tenant_id, channel.version, reason]);
    if (rows[0] === undefined) continue;
    closed.push({ tenantId: claimed.tenant_id, channelId: channel.id });
    messages.push(
      directoryMessage('channels', channel.id, rows[0].version, { id: channel.id, tenantId: claimed.tenant_id }),
      auditMessage({ tenantId: claimed.tenant_id, subject: { type: 'service', id: 'notifications', name: 'notifications' }, role: 'admin', scopes: [] },
        { action: 'disable', resource: 'channels', resourceId: channel.id, before: { disabledReason: null }, after: { disabledReason: reason } }),
    );
  }
  return { closed, messages };
}

/** The report for the incident's timeline; at the end of a replay its result, at the end of hope the dead letter. */
function messagesOf(one: Settled, attempts: AttemptRecord[], now: Date): OutboxMessage[] {
  const { claimed, step, standing } = one;
  if (standing === 'waiting') return [];
  const { replay_job_id: jobId, replay_letter_id: letterId, tenant_id: tenantId } = claimed;
  const result = standing === 'sent' ? { outcome: 'delivered' as const }
    : standing === 'dead' ? { outcome: 'failed' as const, ...whyOf(step, null) }
    : { outcome: 'skipped' as const, detail: 'somebody acknowledged it before it was sent' };
  return [
    ...(standing === 'suppressed' ? [] : [report(one, now)]),
    ...(standing === 'dead' ? [deadLetter(one, attempts, now)] : []),
    ...(standing === 'failed' || jobId === null || letterId === null ? [] : [replayResult({ tenantId, jobId, letterId }, result, attempts, now)]),
  ];
}

const TOLD: Readonly<Record<Exclude<Standing, 'waiting' | 'suppressed'>, string>> = { sent: 'sent', failed: 'failed', dead: 'dead_letter' };

function report({ claimed, channel, step, outcome, standing, spent }: Settled, now: Date): OutboxMessage {
  const { id, kind, name } = channel;
  return {
    subject: subjects.outcomes(claimed.tenant_id), messageId: newId(),
    body: OUTCOMES.encode({
      id: newId(), tenantId: claimed.tenant_id, traceId: claimed.trace_id, kind: 'notification',
      incidentId: claimed.incident_id, subjectId: claimed.id,
      channel: { id, kind, name },
      status: TOLD[standing as keyof typeof TOLD], attempt: claimed.attempts - (spent ? 0 : 1), at: now.toISOString(), ...whyOf(step, outcome),
    }),
  };
}

/** Why it was not delivered: of what is dead, what the policy made of the outcome. */
function whyOf(step: Step, outcome: Outcome | null): { reason?: string; detail?: string } {
  const from = step.do === 'dead' ? step : outcome !== null && 'reason' in outcome ? outcome : undefined;
  return from === undefined ? {} : { reason: from.reason, ...(from.detail === undefined ? {} : { detail: from.detail }) };
}

/** The letter has the notification's own id: one that dies again is the same letter with more attempts. */
function deadLetter({ claimed, channel, step }: Settled, attempts: AttemptRecord[], now: Date): OutboxMessage {
  const { reason, detail } = step as Extract<NextStep, { do: 'dead' }>;
  return {
    subject: subjects.deadLetters(claimed.tenant_id), messageId: newId(),
    body: DEAD_LETTERS.encode({
      id: claimed.id, tenantId: claimed.tenant_id, kind: 'notification', owner: 'notifications', reason,
      detail: detail ?? `not delivered to ${claimed.recipient?.name ?? channel.name}`,
      subject: claimed.event_type, payload: claimed.notice, headers: {}, attempts, traceId: claimed.trace_id, channelId: claimed.channel_id,
      notificationId: claimed.id, diedAt: now.toISOString(),
    }),
  };
}

/** Every notification is booked once as it ends: in = sent + suppressed + dead + what has a due time. */
function ledgerOf({ claimed, standing }: Settled): LedgerEntry[] {
  if (standing === 'failed' || standing === 'waiting') return [];
  return [{ ledger: 'notifications', tenantId: claimed.tenant_id, entry: standing, count: 1 }];
}
