import { stableId } from '@signalbox/contracts';
import { book, encodeRows, insertRows, recordset, type LedgerEntry, type Transaction } from '@signalbox/database';
import { suppression, type Suppression, type Told } from '../domain/repeat.js';
import { route } from '../domain/rules.js';
import type { Subject } from '../domain/subject.js';
import type { LiveChannel, LiveConfig } from './live-config.js';

export interface IntakeOptions {
  readonly live: LiveConfig;
  readonly now: Date;
  readonly shard: number;
  /** Names the channels instead of rules, and when the sender may take the notifications by itself: their maker sends them before that. */
  readonly direct?: { readonly channelIds: readonly string[]; readonly dueAt: Date };
}

export interface TakenIn { readonly id: string; readonly channelId: string; readonly suppressed: Suppression | undefined }

interface Candidate {
  readonly id: string;
  readonly subject: Subject;
  readonly channelId: string;
  /** Missing when it was deleted: the sender makes a dead letter of the notification. */
  readonly channel: LiveChannel | undefined;
  readonly ruleId: string | null;
  suppressed: Suppression | undefined;
}

/**
 * Turns what there is to tell into notifications: rules, then what would only repeat, then one row each (also for what is suppressed, with
 * its reason).
 */
export async function takeIn(tx: Transaction, subjects: readonly Subject[], options: IntakeOptions): Promise<TakenIn[]> {
  const { direct, live, now, shard } = options;
  const fresh = await withoutOldVersions(tx, subjects);
  const candidates = await withoutCopies(tx, (await Promise.all(fresh.map((subject) => candidatesOf(subject, live, direct?.channelIds)))).flat());
  if (direct === undefined) await suppressRepeats(tx, candidates.filter(({ suppressed }) => suppressed === undefined));
  await insertRows(tx, 'notifications', COLUMNS, candidates.map((candidate) => rowOf(candidate, now, direct?.dueAt ?? now)));
  await book(tx, candidates.flatMap(({ subject, suppressed }): LedgerEntry[] => [
    { ledger: 'notifications', tenantId: subject.tenantId, entry: 'in', count: 1 },
    ...(suppressed === undefined ? [] : [{ ledger: 'notifications' as const, tenantId: subject.tenantId, entry: 'suppressed', count: 1 }]),
  ]), now, shard);
  return candidates.map(({ id, channelId, suppressed }) => ({ id, channelId, suppressed }));
}

/** A change that is not newer than what was looked at before is a repeat of the bus, or came late: passed over. */
async function withoutOldVersions(tx: Transaction, subjects: readonly Subject[]): Promise<Subject[]> {
  const ids = [...new Set(subjects.flatMap(({ incident }) => (incident === null ? [] : [incident.id])))];
  if (ids.length === 0) return [...subjects];
  const rows = await tx.query<{ incident_id: string; version: number }>('select incident_id, version from incident_versions where incident_id = any($1::uuid[]) order by incident_id for update', [ids]);
  const seen = new Map(rows.map((row) => [row.incident_id, row.version]));
  const fresh = subjects.filter(({ incident }) => {
    if (incident === null) return true;
    if (incident.version <= (seen.get(incident.id) ?? 0)) return false;
    seen.set(incident.id, incident.version);
    return true;
  });
  await insertRows(tx, 'incident_versions', { incident_id: 'uuid', version: 'int' }, ids.map((id) => ({ incident_id: id, version: seen.get(id) })), {
    conflict: 'on conflict (incident_id) do update set version = greatest(incident_versions.version, excluded.version), seen_at = now()',
  });
  return fresh;
}

async function candidatesOf(subject: Subject, live: LiveConfig, direct: readonly string[] | undefined): Promise<Candidate[]> {
  const targets = direct === undefined ? route(subject, live.rulesOf(subject.tenantId)) : direct.map((channelId) => ({ channelId, ruleId: null }));
  return Promise.all(targets.map(async ({ channelId, ruleId }): Promise<Candidate> => {
    const channel = await live.find(subject.tenantId, channelId);
    return { id: stableId('notification', subject.id, channelId), subject, channelId, channel, ruleId, suppressed: channel?.enabled === false ? 'channel_disabled' : undefined };
  }));
}

/** The bus may bring the same notice twice, days apart: its notifications have the same ids, and are there already. */
async function withoutCopies(tx: Transaction, candidates: readonly Candidate[]): Promise<Candidate[]> {
  if (candidates.length === 0) return [];
  const unique = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const known = await tx.query<{ id: string }>('select id from notifications where id = any($1::uuid[])', [[...unique.keys()]]);
  for (const { id } of known) unique.delete(id);
  return [...unique.values()];
}

interface FingerprintRow { channel_id: string; fingerprint: string; content: string | null; acknowledged: boolean }

async function suppressRepeats(tx: Transaction, candidates: readonly Candidate[]): Promise<void> {
  if (candidates.length === 0) return;
  const keys = new Map(candidates.map((c) => [keyOf(c), { channel_id: c.channelId, fingerprint: c.subject.fingerprint, tenant_id: c.subject.tenantId }]));
  const rows = await tx.query<FingerprintRow & Record<string, unknown>>(
    `select f.channel_id, f.fingerprint, f.content, f.acknowledged from fingerprints f
     join (${recordset({ channel_id: 'uuid', fingerprint: 'text' })}) w using (channel_id, fingerprint)
     order by f.channel_id, f.fingerprint for update of f`, [encodeRows([...keys.values()])]);
  const told = new Map<string, Told>(rows.map((row) => [`${row.channel_id} ${row.fingerprint}`, row]));
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    candidate.suppressed = suppression(candidate.subject, told.get(key));
    if (candidate.suppressed === undefined) told.set(key, { content: candidate.subject.content, acknowledged: told.get(key)?.acknowledged ?? false });
  }
  await insertRows(tx, 'fingerprints', { channel_id: 'uuid', fingerprint: 'text', tenant_id: 'uuid', content: 'text', told_at: 'timestamptz' },
    [...keys].map(([key, row]) => ({ ...row, content: told.get(key)?.content, told_at: new Date() })), {
      conflict: 'on conflict (channel_id, fingerprint) do update set content = excluded.content, told_at = excluded.told_at',
    });
}

function keyOf({ channelId, subject }: Candidate): string {
  return `${channelId} ${subject.fingerprint}`;
}

const COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', channel_id: 'uuid', channel_kind: 'text', channel_name: 'text', rule_id: 'uuid', event_type: 'text', fingerprint: 'text',
  incident_id: 'uuid', incident: 'jsonb', trace_id: 'uuid', status: 'text', reason: 'text', attempts: 'int', due_at: 'timestamptz', notice: 'jsonb',
  created_at: 'timestamptz', updated_at: 'timestamptz',
};

function rowOf({ id, subject, channelId, channel, ruleId, suppressed }: Candidate, now: Date, dueAt: Date): object {
  return {
    id, tenant_id: subject.tenantId, channel_id: channelId, channel_kind: channel?.channel.kind ?? 'deleted', channel_name: channel?.name ?? 'deleted channel', rule_id: ruleId,
    event_type: subject.eventType, fingerprint: subject.fingerprint, incident_id: subject.incident?.id ?? null, incident: subject.incident, trace_id: subject.traceId,
    status: suppressed === undefined ? 'queued' : 'suppressed', reason: suppressed ?? null, attempts: 0, due_at: suppressed === undefined ? dueAt : null,
    notice: { ...subject.text, notificationId: id }, created_at: now, updated_at: now,
  };
}
