import { OUTCOMES, stableId, subjects as busSubjects } from '@signalbox/contracts';
import {
  booking, encodeRows, enqueue, insertTogether, recordset,
  type LedgerEntry, type OutboxMessage, type OutboxRow, type Transaction,
} from '@signalbox/database';
import { endsAcknowledgement } from '../domain/page.js';
import { suppression, type Suppression } from '../domain/repeat.js';
import { freshClaim, CLAIM_MS, type Claimed } from '../sender/claims.js';
import type { Target } from '../domain/rules.js';
import type { Subject } from '../domain/subject.js';
import { answersIn, stopPages, type Answers } from './answered.js';
import { candidatesOf, type Audience, type Candidate } from './candidates.js';
import { policyPageOf, unreachedReport } from './unreached.js';
import { look, nothingSeen, refuseClosed, toldKey, type Seen } from './seen.js';

export interface IntakeOptions extends Audience {
  readonly now: Date;
  readonly shard: number;
  /** Names the targets instead of rules, and when the sender may take the notifications by itself: their maker sends them before that. */
  readonly direct?: { readonly targets: readonly Target[]; readonly dueAt: Date };
  /** Gives a place at the sender, or not: a notification with a place is stored with a claim, and its caller sends it after the commit. */
  readonly reserve?: (channelId: string) => boolean;
  /** Sent with the last writes (the reader's cursor), and the commit with it. */
  readonly last?: () => Promise<void>;
  /** Takes all of it for the first word of incidents (`isFirstWord`), without a look. Postgres refuses when it is not (`blindFirst`). */
  readonly blind?: boolean;
}

export interface TakenIn {
  readonly id: string;
  readonly channelId: string | null;
  readonly suppressed: Suppression | undefined;
  readonly claimed: Claimed | undefined;
}

/**
 * Turns what there is to tell into notifications: rules, then whom their targets reach, then what would only repeat, then one
 * row each (also for what is suppressed, with its reason); pages of what was answered are taken back. What is read is asked for
 * together, and what is written is sent together: two round trips (one when `blind`), and another for the addresses of people.
 */
export async function takeIn(
  tx: Transaction,
  subjects: readonly Subject[],
  options: IntakeOptions,
): Promise<{ taken: TakenIn[]; outbox: readonly OutboxRow[] }> {
  const { direct, now, reserve, last, blind = false } = options;
  const answers = answersIn(subjects);
  const all = await candidatesOf(tx, subjects, answers, options);
  // In this order: what an acknowledgement that ends allows to be told again is looked at after it.
  const [, stopped, seen] = await Promise.all([
    endAcknowledgements(tx, subjects),
    stopPages(tx, answers),
    blind ? nothingSeen(subjects) : look(tx, subjects, all, { repeats: direct === undefined, closed: reserve !== undefined }),
  ]);
  const fresh = new Set(subjects.filter((subject) => isNewer(subject, seen.versions)));
  const candidates = all.filter(({ id, subject }) => fresh.has(subject) && !seen.copies.has(id));
  const toldNow = direct === undefined ? suppressRepeats(candidates, seen, now) : [];
  for (const candidate of candidates) {
    const { channelId, suppressed } = candidate;
    if (suppressed !== undefined || channelId === null || seen.closed.has(channelId)) continue;
    if (reserve?.(channelId) === true) candidate.claimed = claimOf(candidate, channelId);
  }
  const write = () => Promise.all([
    enqueue(tx, [...candidates.flatMap((candidate) => reportOf(candidate, now)), ...unreachedPages(all.filter(({ subject }) => fresh.has(subject)), now)]),
    ...(blind ? [refuseClosed(tx, candidates)] : []),
    store(tx, { candidates, toldNow, answers, versions: seen.versions, stopped }, options),
    last?.(),
  ]);
  const [outbox] = await (last === undefined ? write() : tx.commit(write));
  return { taken: candidates.map(({ id, channelId, suppressed, claimed }) => ({ id, channelId, suppressed, claimed })), outbox };
}

interface Result extends Pick<Seen, 'versions'> {
  readonly candidates: readonly Candidate[];
  readonly toldNow: readonly object[];
  readonly answers: Answers;
  readonly stopped: readonly LedgerEntry[];
}

function store(tx: Transaction, result: Result, { now, shard, direct, blind = false }: IntakeOptions): Promise<void> {
  const { candidates, toldNow, answers, versions, stopped } = result;
  return insertTogether(tx, [
    {
      table: 'incident_versions', columns: { incident_id: 'uuid', version: 'int', answered_version: 'int' },
      rows: [...versions].map(([id, version]) => ({ incident_id: id, version, answered_version: answers.get(id) ?? 0 })),
      ...(blind ? {} : { conflict: NEWER_VERSION }),
    },
    {
      table: 'fingerprints', columns: { audience_id: 'uuid', fingerprint: 'text', tenant_id: 'uuid', content: 'text', told_at: 'timestamptz' }, rows: toldNow,
      ...(blind ? {} : { conflict: TOLD_NOW }),
    },
    // A claim ends by Postgres's clock, as every other does.
    {
      table: 'notifications', columns: COLUMNS, rows: candidates.map((candidate) => rowOf(candidate, now, direct?.dueAt ?? now)),
      values: { due_at: `case when claim is null then due_at else now() + make_interval(secs => ${CLAIM_MS / 1_000}) end` },
    },
    booking([...ledgerOf(candidates), ...stopped], now, shard),
  ]);
}

const NEWER_VERSION = `on conflict (incident_id) do update set version = greatest(incident_versions.version, excluded.version),
  answered_version = greatest(incident_versions.answered_version, excluded.answered_version), seen_at = now()`;
const TOLD_NOW = 'on conflict (audience_id, fingerprint) do update set content = excluded.content, told_at = excluded.told_at';

/** A change that is not newer than what was looked at before is a repeat of the bus, or came late: passed over. Notes what it looked at. */
function isNewer({ incident }: Subject, versions: Map<string, number>): boolean {
  if (incident === null) return true;
  if (incident.version <= (versions.get(incident.id) ?? 0)) return false;
  versions.set(incident.id, incident.version);
  return true;
}

/** What somebody acknowledged, and is everybody's again, may be told again. */
async function endAcknowledgements(tx: Transaction, subjects: readonly Subject[]): Promise<void> {
  const anew = subjects.filter(({ statusChange }) => endsAcknowledgement(statusChange));
  if (anew.length === 0) return;
  await tx.query(
    `update fingerprints f set acknowledged = false from (${recordset({ tenant_id: 'uuid', fingerprint: 'text' })}) a
     where f.tenant_id = a.tenant_id and f.fingerprint = a.fingerprint and f.acknowledged`,
    [encodeRows(anew.map(({ tenantId, fingerprint }) => ({ tenant_id: tenantId, fingerprint })))]);
}

/** Whom an incident could not reach, its timeline says. */
function reportOf({ id, subject: { tenantId, traceId, incident }, page, channel, suppressed, unreachable }: Candidate, now: Date): OutboxMessage[] {
  if (incident === null || !(page === null ? suppressed === 'no_contact_method' : isUnreachable(suppressed))) return [];
  const report = {
    id: stableId('outcome', id), tenantId, traceId, kind: 'notification' as const, incidentId: incident.id, subjectId: id, status: 'suppressed', attempt: 0,
    channel: channel === undefined ? null : { id: channel.id, kind: channel.channel.kind, name: channel.name },
    at: now.toISOString(), reason: suppressed, ...(unreachable === null ? {} : { detail: unreachable }),
  };
  return [{ subject: busSubjects.outcomes(tenantId), messageId: report.id, body: OUTCOMES.encode(report) }];
}

/**
 * Pages of a policy that reach nobody at all: incidents need not wait for an answer
 * to them. With all of a page's candidates, those that exist already included.
 */
function unreachedPages(candidates: readonly Candidate[], now: Date): OutboxMessage[] {
  const byPage = new Map<Subject, Candidate[]>();
  for (const candidate of candidates) if (candidate.page !== null) byPage.set(candidate.subject, [...byPage.get(candidate.subject) ?? [], candidate]);
  return [...byPage].flatMap(([subject, paged]) => {
    const page = policyPageOf({ ...subject, page: paged[0]!.page });
    const isReachable = !paged.every(({ suppressed }) => isUnreachable(suppressed));
    return page === undefined || isReachable ? [] : [unreachedReport(page, subject.id, now)];
  });
}

function isUnreachable(suppressed: Suppression | undefined): boolean {
  return suppressed === 'no_contact_method' || suppressed === 'channel_disabled';
}

/** Marks what would only say again what was said. Gives the rows of what each audience has been told now. */
function suppressRepeats(candidates: readonly Candidate[], { told }: Pick<Seen, 'told'>, now: Date): object[] {
  const rows = new Map<string, object>();
  for (const candidate of candidates) {
    // A page goes out as long as its incident is not answered, whatever was told before.
    if (candidate.suppressed !== undefined || candidate.page !== null) continue;
    const { audienceId, subject } = candidate;
    const key = toldKey(candidate);
    candidate.suppressed = suppression(subject, told.get(key));
    if (candidate.suppressed === undefined) told.set(key, { content: subject.content, acknowledged: told.get(key)?.acknowledged ?? false });
    rows.set(key, { audience_id: audienceId, fingerprint: subject.fingerprint, tenant_id: subject.tenantId, content: told.get(key)?.content, told_at: now });
  }
  return [...rows.values()];
}

const COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', channel_id: 'uuid', channel_kind: 'text', channel_name: 'text', rule_id: 'uuid',
  audience_id: 'uuid', recipient: 'jsonb', event_type: 'text', fingerprint: 'text',
  incident_id: 'uuid', incident: 'jsonb', page: 'jsonb', trace_id: 'uuid',
  status: 'text', reason: 'text', detail: 'text', attempts: 'int', claim: 'uuid', due_at: 'timestamptz', notice: 'jsonb',
  created_at: 'timestamptz', updated_at: 'timestamptz',
};

function ledgerOf(candidates: readonly Candidate[]): LedgerEntry[] {
  return candidates.flatMap(({ subject: { tenantId }, suppressed }): LedgerEntry[] => [
    { ledger: 'notifications', tenantId, entry: 'in', count: 1 },
    ...(suppressed === undefined ? [] : [{ ledger: 'notifications' as const, tenantId, entry: 'suppressed', count: 1 }]),
  ]);
}

function rowOf(candidate: Candidate, now: Date, dueAt: Date): object {
  const { id, subject, audienceId, channelId, channel, recipient, ruleId, page, suppressed, unreachable, claimed } = candidate;
  const missing = channelId === null ? { kind: 'none', name: 'nobody' } : { kind: 'deleted', name: 'deleted channel' };
  return {
    id, tenant_id: subject.tenantId, channel_id: channelId,
    channel_kind: channel?.channel.kind ?? missing.kind, channel_name: channel?.name ?? missing.name, rule_id: ruleId,
    audience_id: audienceId, recipient,
    event_type: subject.eventType, fingerprint: subject.fingerprint,
    incident_id: subject.incident?.id ?? null, incident: subject.incident, page, trace_id: subject.traceId,
    status: suppressed !== undefined ? 'suppressed' : claimed === undefined ? 'queued' : 'processing',
    reason: suppressed ?? null, detail: unreachable, attempts: claimed?.attempts ?? 0,
    claim: claimed?.claim ?? null, due_at: suppressed === undefined ? dueAt : null, notice: noticeOf(candidate), created_at: now, updated_at: now,
  };
}

function claimOf(candidate: Candidate, channelId: string): Claimed {
  const { id, subject, audienceId, recipient, page } = candidate;
  return freshClaim({
    id, tenant_id: subject.tenantId, channel_id: channelId, audience_id: audienceId, recipient, event_type: subject.eventType, fingerprint: subject.fingerprint,
    incident_id: subject.incident?.id ?? null, incident: subject.incident, page, trace_id: subject.traceId, notice: noticeOf(candidate),
  });
}

function noticeOf({ text, id }: Candidate) {
  return { ...text, notificationId: id };
}
