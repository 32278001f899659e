import { stableIdAt } from '@signalbox/contracts';
import { booking, enqueue, insertTogether, type OutboxRow, type Transaction } from '@signalbox/database';
import { decideAction } from '../domain/actions.js';
import { decide, decideByClock, ignored, type Situation } from '../domain/decide.js';
import { dueAt } from '../domain/clock.js';
import { earliest, later } from '../domain/instant.js';
import { UNKNOWN_KEY, type Decision, type IncidentState, type KeyState } from '../domain/incident-state.js';
import { isLoud } from '../domain/neighbours.js';
import type { TenantRules } from '../domain/rules.js';
import { eventOf, keyOf, type Happening } from './happening.js';
import { columnsOf, stateOf, type IncidentRow } from './incident-row.js';
import { insertIncidents, updateIncidents } from './incident-writes.js';
import { KEY_COLUMNS, KEY_CONFLICT, keyRow, readKeys } from './keys.js';
import { groupWrite, lockMuted, pokeMuted, readNeighbours } from './neighbourhood.js';
import { addToStorms, calmStorms } from './storm-counts.js';
import { EVENT_COLUMNS, TIMELINE_COLUMNS, eventRow, ledgerEntries, messagesOf, timelineRows, type Applied } from './telling.js';

export interface ApplyOptions {
  readonly now: Date;
  readonly shard: number;
  readonly rulesOf: (tenantId: string) => TenantRules;
  /** Sent with the last writes (a reader's cursor), and the commit with it; without it the caller commits. */
  readonly last?: () => Promise<void>;
}

export interface AppliedBatch {
  readonly applied: readonly Applied[];
  /** Rows of the outbox, to be handed to the relay after the commit. */
  readonly outbox: readonly OutboxRow[];
  /** When something of it is due (now, when others were poked): the clockwork is to look then. Null: never. */
  readonly dueAt: Date | null;
}

/**
 * Takes in a batch of what happened: locks the keys, decides in memory, and writes one statement per table, the outbox and the ledger included.
 * Repeated event ids change nothing. What does not wait for each other's rows is sent together: a round trip costs more than most of these
 * statements, so there are three (read, write, tell), and one more where neighbours matter.
 */
export async function apply(tx: Transaction, happenings: readonly Happening[], { now, shard, rulesOf, last }: ApplyOptions): Promise<AppliedBatch> {
  const [read, known, calm] = await Promise.all([readKeys(tx, happenings, rulesOf), knownEvents(tx, happenings), calmStorms(tx, happenings, now, rulesOf)]);
  const neighbours = await readNeighbours(tx, happenings, read, calm, rulesOf);
  const fresh = withoutDuplicates(happenings, known);
  const applied = decideAll(fresh, read, (tenantId) => ({ now: now.toISOString(), rules: rulesOf(tenantId), neighbours: neighbours.get(tenantId)! }));
  const { opened, changed } = lastStates(applied, read.incidents);
  // What it is quiet for may have ended within this very batch.
  const forsaken = ({ tenantId, state }: Last): boolean => state.status === 'SUPPRESSED' && !neighbours.get(tenantId)!.holds(state.plan.quiet!);
  const dueOf = (one: Last): { due_at: Date } | object => (forsaken(one) ? { due_at: now } : {});
  const writes = Promise.all([
    pokeAfter(tx, changed, read.incidents, now, dueOf),
    insertTogether(tx, [
      { table: 'incident_keys', columns: KEY_COLUMNS, rows: keyRows(applied), conflict: KEY_CONFLICT },
      groupWrite(neighbours),
      { table: 'incident_events', columns: EVENT_COLUMNS, rows: applied.flatMap(eventRow) },
      { table: 'timeline', columns: TIMELINE_COLUMNS, rows: applied.flatMap(timelineRows) },
      booking(ledgerEntries(happenings, applied), now, shard),
    ]),
  ]);
  // As late as can be: the tenant's counters are locked from here until the commit, and every partition of the tenant waits for them.
  const [[poked], , stored] = await Promise.all([writes, addToStorms(tx, neighbours, now), insertIncidents(tx, opened.map((one) => ({ ...columnsOf(one.state), tenant_id: one.tenantId, ...dueOf(one) })))]);
  const rows = new Map(read.incidents);
  for (const { tenantId, state } of opened) rows.set(state.id, { ...columnsOf(state), ...stored.get(state.id)!, tenant_id: tenantId, updated_at: now });
  const tell = () => enqueue(tx, messagesOf(applied, rows));
  const outbox = last === undefined ? await tell() : await tx.commit(async () => (await Promise.all([tell(), last()]))[0]);
  const written = [...opened, ...changed];
  return { applied, outbox, dueAt: poked > 0 || written.some(forsaken) ? now : soonest(written.map(({ state }) => state)) };
}

/** The update first: a poke is of what it leaves. */
async function pokeAfter(tx: Transaction, changed: readonly Last[], before: ReadonlyMap<string, IncidentRow>, now: Date, dueOf: (one: Last) => object): Promise<number> {
  const states = changed.map(({ state }) => state);
  const gone = goneSilent(states, before);
  const rows = changed.map((one) => ({ ...columnsOf(one.state), due_before: before.get(one.state.id)!.due_at, ...dueOf(one) }));
  const [, , poked] = await Promise.all([lockMuted(tx, gone, states.map(({ id }) => id)), updateIncidents(tx, rows), pokeMuted(tx, gone, now)]);
  return poked;
}

function soonest(states: readonly IncidentState[]): Date | null {
  const first = earliest(states.map(dueAt));
  return first === null ? null : new Date(first);
}

async function knownEvents(tx: Transaction, happenings: readonly Happening[]): Promise<Set<string>> {
  const ids = [...new Set(happenings.flatMap((one) => (eventOf(one) === undefined ? [] : [one.id])))];
  if (ids.length === 0) return new Set();
  const known = await tx.query<{ event_id: string }>('select event_id from incident_events where event_id = any($1::uuid[])', [ids]);
  return new Set(known.map((row) => row.event_id));
}

function withoutDuplicates(happenings: readonly Happening[], known: ReadonlySet<string>): Happening[] {
  const seen = new Set(known);
  return happenings.filter(({ id }) => !seen.has(id) && seen.add(id) !== undefined);
}

type Around = Omit<Situation, 'newIncidentId'>;

/** An incident as the batch leaves it. */
interface Last { readonly tenantId: string; readonly state: IncidentState }

function decideAll(happenings: readonly Happening[], read: { keys: ReadonlyMap<string, KeyState>; incidents: ReadonlyMap<string, IncidentRow> }, aroundOf: (tenantId: string) => Around): Applied[] {
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
  if ('event' in what) return decide(key, what.event, { ...around, newIncidentId: incidentIdOf(at, id) });
  if ('clock' in what) return key.open?.id === what.incidentId ? decideByClock(key, around) : ignored(key, 'nothing_open');
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

/** The last state of each incident, whatever number of happenings led there: those that are new, and those that were there. In the order of their ids: so they are locked. */
function lastStates(applied: readonly Applied[], before: ReadonlyMap<string, IncidentRow>): { opened: Last[]; changed: Last[] } {
  const last = new Map<string, Last>();
  for (const { happening, decision: { incident } } of applied) if (incident !== null) last.set(incident.id, { tenantId: happening.tenantId, state: incident });
  const all = [...last.values()];
  return {
    opened: all.filter(({ state }) => !before.has(state.id)),
    changed: all.filter(({ state }) => before.has(state.id)).sort((a, b) => (a.state.id < b.state.id ? -1 : 1)),
  };
}

/** Those that stood for others, perhaps, and do not any more. */
function goneSilent(changed: readonly IncidentState[], before: ReadonlyMap<string, IncidentRow>): string[] {
  return changed.filter(({ id, status }) => !isLoud(status) && status !== before.get(id)!.status).map(({ id }) => id);
}

/** The last state of each key; one that was never opened nor resolved is not kept. */
function keyRows(applied: readonly Applied[]): object[] {
  const keys = new Map<string, object>();
  for (const { happening, decision: { effect, key } } of applied) {
    if (effect === 'ignored' && key.lastResolvedAt === null && key.open === null) continue;
    keys.set(keyOf(happening), keyRow(happening, key));
  }
  return [...keys.values()];
}
