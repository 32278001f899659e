import { encodeRows, recordset, type Transaction } from '@signalbox/database';
import type { Told } from '../domain/repeat.js';
import type { Subject } from '../domain/subject.js';
import type { Candidate } from './candidates.js';

/** What is there already of what a batch tells of. */
export interface Seen {
  /** The newest version that was looked at of each incident that is told of; 0 when there was none. */
  readonly versions: Map<string, number>;
  /** Notifications that exist: the bus may bring the same notice twice, days apart. */
  readonly copies: ReadonlySet<string>;
  /** What each audience was told last under each fingerprint, by `toldKey`. */
  readonly told: Map<string, Told>;
  /** Channels whose far side wants to be left alone for now. */
  readonly closed: ReadonlySet<string>;
}

export function toldKey({ audienceId, subject: { fingerprint } }: Pick<Candidate, 'audienceId' | 'subject'>): string {
  return `${audienceId} ${fingerprint}`;
}

/** Reads and locks, always in the same order. What does not go by what was told, or is not sent at once, need not be read for that. */
export async function look(
  tx: Transaction,
  subjects: readonly Subject[],
  candidates: readonly Candidate[],
  { repeats, closed }: { repeats: boolean; closed: boolean },
): Promise<Seen> {
  const wanted = candidates.filter(({ suppressed }) => suppressed === undefined);
  const [versions, copies, told, shut] = await Promise.all([
    lockVersions(tx, subjects),
    knownIds(tx, candidates),
    repeats ? lockTold(tx, wanted) : new Map<string, Told>(),
    closed ? closedChannels(tx, wanted) : new Set<string>(),
  ]);
  return { versions, copies, told, closed: shut };
}

/**
 * Whether all of it begins here: of each incident the first word comes first. Then nothing is there yet, unless the bus brings it again, and it may be taken
 * in without a look: its rows are only inserted, and Postgres refuses what is there (docs/adr/0023).
 */
export function isFirstWord(subjects: readonly Subject[]): boolean {
  const begun = new Set<string>();
  return subjects.every(({ incident }) => incident !== null && (begun.has(incident.id) || (incident.version === 1 && begun.add(incident.id) !== undefined)));
}

/** What a look would have seen of what begins here. */
export function nothingSeen(subjects: readonly Subject[]): Seen {
  const versions = new Map(subjects.flatMap(({ incident }) => (incident === null ? [] : [[incident.id, 0] as const])));
  return { versions, copies: new Set(), told: new Map(), closed: new Set() };
}

/** Refuses the transaction when a channel to which something is to be sent at once wants to be left alone: a look is needed. */
export async function refuseClosed(tx: Transaction, candidates: readonly Candidate[]): Promise<void> {
  const channels = channelsOf(candidates.filter(({ claimed }) => claimed !== undefined));
  if (channels.length > 0) await tx.query(`select refuse('a channel is closed') from far_sides where ${CLOSED} limit 1`, [channels]);
}

const CLOSED = 'channel_id = any($1::uuid[]) and closed_until > now()';

async function closedChannels(tx: Transaction, candidates: readonly Candidate[]): Promise<Set<string>> {
  const channels = channelsOf(candidates);
  if (channels.length === 0) return new Set();
  const rows = await tx.query<{ channel_id: string }>(`select channel_id from far_sides where ${CLOSED}`, [channels]);
  return new Set(rows.map((row) => row.channel_id));
}

function channelsOf(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.flatMap(({ channelId }) => (channelId === null ? [] : [channelId])))];
}

async function lockVersions(tx: Transaction, subjects: readonly Subject[]): Promise<Map<string, number>> {
  const { versions } = nothingSeen(subjects);
  if (versions.size === 0) return versions;
  const rows = await tx.query<{ incident_id: string; version: number }>(
    'select incident_id, version from incident_versions where incident_id = any($1::uuid[]) order by incident_id for update',
    [[...versions.keys()]],
  );
  for (const row of rows) versions.set(row.incident_id, row.version);
  return versions;
}

async function knownIds(tx: Transaction, candidates: readonly Candidate[]): Promise<Set<string>> {
  if (candidates.length === 0) return new Set();
  const known = await tx.query<{ id: string }>('select id from notifications where id = any($1::uuid[])', [candidates.map(({ id }) => id)]);
  return new Set(known.map(({ id }) => id));
}

interface FingerprintRow { audience_id: string; fingerprint: string; content: string | null; acknowledged: boolean }

async function lockTold(tx: Transaction, candidates: readonly Candidate[]): Promise<Map<string, Told>> {
  if (candidates.length === 0) return new Map();
  const keys = new Map(candidates.map((one) => [toldKey(one), { audience_id: one.audienceId, fingerprint: one.subject.fingerprint }]));
  const rows = await tx.query<FingerprintRow & Record<string, unknown>>(
    `select f.* from (${recordset({ audience_id: 'uuid', fingerprint: 'text' })} order by audience_id, fingerprint) w cross join lateral (
       select audience_id, fingerprint, content, acknowledged from fingerprints
       where audience_id = w.audience_id and fingerprint = w.fingerprint for update) f`, [encodeRows([...keys.values()])]);
  return new Map(rows.map((row) => [`${row.audience_id} ${row.fingerprint}`, row]));
}
