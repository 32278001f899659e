import { OUTCOMES, stableId, subjects as busSubjects } from '@signalbox/contracts';
import { booking, encodeRows, enqueue, insertTogether, recordset, type LedgerEntry, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import { endsAcknowledgement, whyField, type PageOf } from '../domain/page.js';
import { suppression, type Suppression, type Told } from '../domain/repeat.js';
import { freshClaim, CLAIM_MS, type Claimed } from '../sender/claims.js';
import { route, type Target } from '../domain/rules.js';
import type { Subject } from '../domain/subject.js';
import { answersIn, isAnswered, stopPages, type Answers } from './answered.js';
import type { LiveConfig } from './live-config.js';
import type { Reached, Recipients } from './recipients.js';

export interface IntakeOptions {
  readonly live: LiveConfig;
  readonly recipients: Recipients;
  readonly now: Date;
  readonly shard: number;
  /** Names the targets instead of rules, and when the sender may take the notifications by itself: their maker sends them before that. */
  readonly direct?: { readonly targets: readonly Target[]; readonly dueAt: Date };
  /** Gives a place at the sender, or not: a notification with a place is stored with a claim, and its caller sends it after the commit. */
  readonly reserve?: (channelId: string) => boolean;
  /** Sent with the last writes (the reader's cursor), and the commit with it. */
  readonly last?: () => Promise<void>;
}

export interface TakenIn { readonly id: string; readonly channelId: string | null; readonly suppressed: Suppression | undefined; readonly claimed: Claimed | undefined }

/** A channel that was deleted is missing: the sender makes a dead letter of the notification. */
interface Candidate extends Reached {
  readonly id: string;
  readonly subject: Subject;
  readonly ruleId: string | null;
  /** Set when it is a page. */
  readonly page: PageOf | null;
  readonly text: Subject['text'];
  suppressed: Suppression | undefined;
  claimed: Claimed | undefined;
}

/**
 * Turns what there is to tell into notifications: rules, then whom their targets reach, then what would only repeat, then one row each (also for what is suppressed, with
 * its reason); pages of what was answered are taken back. What is read is asked for together, and what is written is sent together: two round trips, and a third for the addresses of people.
 */
export async function takeIn(tx: Transaction, subjects: readonly Subject[], options: IntakeOptions): Promise<{ taken: TakenIn[]; outbox: readonly OutboxRow[] }> {
  const { direct, now, shard, reserve, last } = options;
  const answers = answersIn(subjects);
  const all = await candidatesOf(tx, subjects, answers, options);
  const wanted = all.filter(({ suppressed }) => suppressed === undefined);
  const [, stopped, versions, copies, told, closed] = await Promise.all([
    endAcknowledgements(tx, subjects), stopPages(tx, answers), lockVersions(tx, subjects), knownIds(tx, all), direct === undefined ? lockTold(tx, wanted) : new Map<string, Told>(), reserve === undefined ? new Set<string>() : closedChannels(tx, wanted),
  ]);
  const fresh = new Set(subjects.filter((subject) => isNewer(subject, versions)));
  const candidates = withoutCopies(all.filter(({ subject }) => fresh.has(subject)), copies);
  const toldNow = direct === undefined ? suppressRepeats(candidates, told, now) : [];
  for (const candidate of candidates) {
    const { channelId, suppressed } = candidate;
    if (suppressed === undefined && channelId !== null && !closed.has(channelId) && reserve?.(channelId) === true) candidate.claimed = claimOf(candidate, channelId);
  }
  const write = () => Promise.all([
    insertTogether(tx, [
      {
        table: 'incident_versions', columns: { incident_id: 'uuid', version: 'int', answered_version: 'int' },
        rows: [...versions].map(([id, version]) => ({ incident_id: id, version, answered_version: answers.get(id) ?? 0 })),
        conflict: 'on conflict (incident_id) do update set version = greatest(incident_versions.version, excluded.version), answered_version = greatest(incident_versions.answered_version, excluded.answered_version), seen_at = now()',
      },
      {
        table: 'fingerprints', columns: { audience_id: 'uuid', fingerprint: 'text', tenant_id: 'uuid', content: 'text', told_at: 'timestamptz' }, rows: toldNow,
        conflict: 'on conflict (audience_id, fingerprint) do update set content = excluded.content, told_at = excluded.told_at',
      },
      // A claim ends by Postgres's clock, as every other does.
      {
        table: 'notifications', columns: COLUMNS, rows: candidates.map((candidate) => rowOf(candidate, now, direct?.dueAt ?? now)),
        values: { due_at: `case when claim is null then due_at else now() + make_interval(secs => ${CLAIM_MS / 1_000}) end` },
      },
      booking([...ledgerOf(candidates), ...stopped], now, shard),
    ]),
    enqueue(tx, candidates.flatMap((candidate) => reportOf(candidate, now))),
    last?.(),
  ]);
  const [, outbox] = await (last === undefined ? write() : tx.commit(write));
  return { taken: candidates.map(({ id, channelId, suppressed, claimed }) => ({ id, channelId, suppressed, claimed })), outbox };
}

/** Channels whose far side wants to be left alone for now. */
async function closedChannels(tx: Transaction, candidates: readonly Candidate[]): Promise<Set<string>> {
  if (candidates.length === 0) return new Set();
  const rows = await tx.query<{ channel_id: string }>('select channel_id from far_sides where channel_id = any($1::uuid[]) and closed_until > now()', [[...new Set(candidates.map(({ channelId }) => channelId))]]);
  return new Set(rows.map((row) => row.channel_id));
}

/** The newest version that was looked at of each incident that is told of; 0 when there was none. Always locked in the same order. */
async function lockVersions(tx: Transaction, subjects: readonly Subject[]): Promise<Map<string, number>> {
  const ids = [...new Set(subjects.flatMap(({ incident }) => (incident === null ? [] : [incident.id])))];
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ incident_id: string; version: number }>('select incident_id, version from incident_versions where incident_id = any($1::uuid[]) order by incident_id for update', [ids]);
  const known = new Map(rows.map((row) => [row.incident_id, row.version]));
  return new Map(ids.map((id) => [id, known.get(id) ?? 0]));
}

/** A change that is not newer than what was looked at before is a repeat of the bus, or came late: passed over. Notes what it looked at. */
function isNewer({ incident }: Subject, versions: Map<string, number>): boolean {
  if (incident === null) return true;
  if (incident.version <= (versions.get(incident.id) ?? 0)) return false;
  versions.set(incident.id, incident.version);
  return true;
}

interface Wanted { readonly target: Target; readonly ruleId: string | null; readonly page: PageOf | null }

/** Whom a subject is for: those whom it names first, so that one who is both paged and told by a rule has a page. */
function wantedOf(subject: Subject, { direct, live }: IntakeOptions): Wanted[] {
  if (direct !== undefined) return direct.targets.map((target) => ({ target, ruleId: null, page: null }));
  const { to, page, quiet, tenantId } = subject;
  const byRules = quiet ? [] : route(subject, live.rulesOf(tenantId));
  return [...to.map((target) => ({ target, ruleId: null, page })), ...byRules.map((one) => ({ ...one, page: null }))];
}

/** One for everybody who is reached, each once, by the page or the first rule that names them or a team of theirs. */
async function candidatesOf(tx: Transaction, subjects: readonly Subject[], answers: Answers, options: IntakeOptions): Promise<Candidate[]> {
  const { recipients } = options;
  const routed = subjects.flatMap((subject) => wantedOf(subject, options).map((one) => ({ subject, ...one })));
  const reached = await recipients.resolve(tx, routed.map(({ subject, target }) => ({ tenantId: subject.tenantId, target })));
  const candidates = routed.flatMap(({ subject, target, ruleId, page }, index) => reached[index]!.map((one): Candidate => ({
    ...one, id: stableId('notification', subject.id, one.audienceId), subject, ruleId, page,
    text: page === null ? subject.text : { ...subject.text, fields: [whyField(target), ...subject.text.fields ?? []] },
    suppressed: page !== null && isAnswered(subject, answers) ? 'acknowledged_since' : suppressedAtOnce(one), claimed: undefined,
  })));
  const seen = new Set<string>();
  return candidates.filter(({ id }) => !seen.has(id) && seen.add(id));
}

function suppressedAtOnce({ channel, unreachable }: Reached): Suppression | undefined {
  if (unreachable !== null) return 'no_contact_method';
  return channel?.enabled === false ? 'channel_disabled' : undefined;
}

/** What somebody acknowledged, and is everybody's again, may be told again. */
async function endAcknowledgements(tx: Transaction, subjects: readonly Subject[]): Promise<void> {
  const anew = subjects.filter(({ statusChange }) => endsAcknowledgement(statusChange));
  if (anew.length === 0) return;
  await tx.query(
    `update fingerprints f set acknowledged = false from (${recordset({ tenant_id: 'uuid', fingerprint: 'text' })}) a where f.tenant_id = a.tenant_id and f.fingerprint = a.fingerprint and f.acknowledged`,
    [encodeRows(anew.map(({ tenantId, fingerprint }) => ({ tenant_id: tenantId, fingerprint })))]);
}

/** Whom an incident could not reach, its timeline says. */
function reportOf({ id, subject: { tenantId, traceId, incident }, page, channel, suppressed, unreachable }: Candidate, now: Date): OutboxMessage[] {
  if (incident === null || !(suppressed === 'no_contact_method' || (page !== null && suppressed === 'channel_disabled'))) return [];
  const report = {
    id: stableId('outcome', id), tenantId, traceId, kind: 'notification' as const, incidentId: incident.id, subjectId: id, status: 'suppressed', attempt: 0,
    channel: channel === undefined ? null : { id: channel.id, kind: channel.channel.kind, name: channel.name },
    at: now.toISOString(), reason: suppressed, ...(unreachable === null ? {} : { detail: unreachable }),
  };
  return [{ subject: busSubjects.outcomes(tenantId), messageId: report.id, body: OUTCOMES.encode(report) }];
}

/** The bus may bring the same notice twice, days apart: its notifications have the same ids, and are there already. */
async function knownIds(tx: Transaction, candidates: readonly Candidate[]): Promise<Set<string>> {
  if (candidates.length === 0) return new Set();
  const known = await tx.query<{ id: string }>('select id from notifications where id = any($1::uuid[])', [candidates.map(({ id }) => id)]);
  return new Set(known.map(({ id }) => id));
}

function withoutCopies(candidates: readonly Candidate[], known: ReadonlySet<string>): Candidate[] {
  return candidates.filter(({ id }) => !known.has(id));
}

interface FingerprintRow { audience_id: string; fingerprint: string; content: string | null; acknowledged: boolean }

/** What each audience was told last under each fingerprint. */
async function lockTold(tx: Transaction, candidates: readonly Candidate[]): Promise<Map<string, Told>> {
  if (candidates.length === 0) return new Map();
  const keys = new Map(candidates.map((c) => [keyOf(c), { audience_id: c.audienceId, fingerprint: c.subject.fingerprint }]));
  const rows = await tx.query<FingerprintRow & Record<string, unknown>>(
    `select f.* from (${recordset({ audience_id: 'uuid', fingerprint: 'text' })} order by audience_id, fingerprint) w cross join lateral (
       select audience_id, fingerprint, content, acknowledged from fingerprints where audience_id = w.audience_id and fingerprint = w.fingerprint for update) f`, [encodeRows([...keys.values()])]);
  return new Map(rows.map((row) => [`${row.audience_id} ${row.fingerprint}`, row]));
}

/** Marks what would only say again what was said. Gives the rows of what each audience has been told now. */
function suppressRepeats(candidates: readonly Candidate[], told: Map<string, Told>, now: Date): object[] {
  const rows = new Map<string, object>();
  for (const candidate of candidates) {
    // A page goes out as long as its incident is not answered, whatever was told before.
    if (candidate.suppressed !== undefined || candidate.page !== null) continue;
    const { audienceId, subject } = candidate;
    const key = keyOf(candidate);
    candidate.suppressed = suppression(subject, told.get(key));
    if (candidate.suppressed === undefined) told.set(key, { content: subject.content, acknowledged: told.get(key)?.acknowledged ?? false });
    rows.set(key, { audience_id: audienceId, fingerprint: subject.fingerprint, tenant_id: subject.tenantId, content: told.get(key)?.content, told_at: now });
  }
  return [...rows.values()];
}

function keyOf({ audienceId, subject }: Candidate): string {
  return `${audienceId} ${subject.fingerprint}`;
}

const COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', channel_id: 'uuid', channel_kind: 'text', channel_name: 'text', rule_id: 'uuid', audience_id: 'uuid', recipient: 'jsonb', event_type: 'text', fingerprint: 'text',
  incident_id: 'uuid', incident: 'jsonb', page: 'jsonb', trace_id: 'uuid', status: 'text', reason: 'text', detail: 'text', attempts: 'int', claim: 'uuid', due_at: 'timestamptz', notice: 'jsonb',
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
    id, tenant_id: subject.tenantId, channel_id: channelId, channel_kind: channel?.channel.kind ?? missing.kind, channel_name: channel?.name ?? missing.name, rule_id: ruleId,
    audience_id: audienceId, recipient,
    event_type: subject.eventType, fingerprint: subject.fingerprint, incident_id: subject.incident?.id ?? null, incident: subject.incident, page, trace_id: subject.traceId,
    status: suppressed !== undefined ? 'suppressed' : claimed === undefined ? 'queued' : 'processing', reason: suppressed ?? null, detail: unreachable, attempts: claimed?.attempts ?? 0,
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
