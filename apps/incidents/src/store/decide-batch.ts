import { stableIdAt } from '@signalbox/contracts';
import { decideAction } from '../domain/actions.js';
import { decide, decideByClock, decideUnreached, ignored, type Situation } from '../domain/decide.js';
import { later } from '../domain/instant.js';
import { UNKNOWN_KEY, type Decision, type IncidentState, type KeyState } from '../domain/incident-state.js';
import type { TenantRules } from '../domain/rules.js';
import { keyOf, type Happening } from './happening.js';
import { stateOf, type IncidentRow } from './incident-row.js';
import type { Read } from './keys.js';
import type { Seen } from './seen.js';
import type { Applied } from './telling.js';

/** An incident as the batch leaves it. */
export interface Last {
  readonly tenantId: string;
  readonly state: IncidentState;
  /** What it is quiet for has ended within this very batch: it is due at once. */
  readonly forsaken: boolean;
}

export interface Decided {
  readonly applied: readonly Applied[];
  readonly opened: readonly Last[];
  /** In the order of their ids: so they are locked. */
  readonly changed: readonly Last[];
}

/** Decides what each happening does, in their order, on what was seen and on what those before it did. Repeated ids do nothing. */
export function decideBatch(
  happenings: readonly Happening[],
  { read, known, neighbours }: Seen,
  now: Date,
  rulesOf: (tenantId: string) => TenantRules,
): Decided {
  const applied = decideAll(withoutDuplicates(happenings, known), read, (tenantId) => ({
    now: now.toISOString(), rules: rulesOf(tenantId), neighbours: neighbours.get(tenantId)!,
  }));
  const last = new Map<string, Last>();
  for (const { happening: { tenantId }, decision: { incident: state } } of applied) {
    if (state !== null) last.set(state.id, { tenantId, state, forsaken: false });
  }
  const isForsaken = ({ tenantId, state: { status, plan } }: Last): boolean =>
    status === 'SUPPRESSED' && !neighbours.get(tenantId)!.holds(plan.quiet!);
  const all = [...last.values()].map((one) => ({ ...one, forsaken: isForsaken(one) }));
  return {
    applied,
    opened: all.filter(({ state }) => !read.incidents.has(state.id)),
    changed: all.filter(({ state }) => read.incidents.has(state.id)).sort((a, b) => (a.state.id < b.state.id ? -1 : 1)),
  };
}

function withoutDuplicates(happenings: readonly Happening[], known: ReadonlySet<string>): Happening[] {
  const seen = new Set(known);
  return happenings.filter(({ id }) => !seen.has(id) && seen.add(id) !== undefined);
}

type Around = Omit<Situation, 'newIncidentId'>;

function decideAll(happenings: readonly Happening[], read: Read, aroundOf: (tenantId: string) => Around): Applied[] {
  const keys = new Map(read.keys);
  const others = new Map<string, IncidentState>();
  return happenings.map((happening) => {
    const key = keys.get(keyOf(happening)) ?? UNKNOWN_KEY;
    const around = aroundOf(happening.tenantId);
    const named = 'incidentId' in happening.what ? incidentNamed(happening.what.incidentId, key, others, read.incidents) : null;
    const decision = decideOne(key, named, happening, around);
    keys.set(keyOf(happening), decision.key);
    if (decision.incident !== null) {
      others.set(decision.incident.id, decision.incident);
      around.neighbours.note(decision.incident);
    }
    return { happening, decision, followedAt: later(happening.at, around.now) };
  });
}

function decideOne(key: KeyState, named: IncidentState | null, { what, at, id }: Happening, around: Around): Decision {
  if ('event' in what) return decide(key, what.event, { ...around, newIncidentId: () => incidentIdOf(at, id) });
  if ('clock' in what) return key.open?.id === what.incidentId ? decideByClock(key, around) : ignored(key, 'nothing_open');
  if ('unreachedVersion' in what) return key.open?.id === what.incidentId ? decideUnreached(key, what.unreachedVersion, around) : ignored(key, 'nothing_open');
  return named === null ? ignored(key, 'nothing_open') : decideAction(key, named, what.action, around);
}

function incidentNamed(id: string, key: KeyState, others: ReadonlyMap<string, IncidentState>, rows: ReadonlyMap<string, IncidentRow>): IncidentState | null {
  if (key.open?.id === id) return key.open;
  const row = rows.get(id);
  return others.get(id) ?? (row === undefined ? null : stateOf(row));
}

/** The id of the incident that an event may open: the same when the event is taken in again after a crash of Postgres took it back. */
function incidentIdOf(acceptedAt: string, eventId: string): string {
  return stableIdAt(new Date(acceptedAt), 'incident', eventId);
}
