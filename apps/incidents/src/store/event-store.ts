import { booking, enqueue, insertTogether, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import { dueAt } from '../domain/clock.js';
import { earliest } from '../domain/instant.js';
import type { IncidentState } from '../domain/incident-state.js';
import { isLoud } from '../domain/neighbours.js';
import type { TenantRules } from '../domain/rules.js';
import { decideBatch, type Decided, type Last } from './decide-batch.js';
import type { Happening } from './happening.js';
import { columnsOf, type IncidentRow } from './incident-row.js';
import { insertIncidents, updateIncidents, type Stored } from './incident-writes.js';
import { keyWrite } from './keys.js';
import { groupWrite, lockMuted, pokeMuted } from './neighbourhood.js';
import { look, nothingSeen, type Seen } from './seen.js';
import { addToStorms } from './storm-counts.js';
import { EVENT_COLUMNS, TIMELINE_COLUMNS, eventRow, ledgerEntries, messagesOf, timelineRows, type Applied } from './telling.js';

export interface ApplyOptions {
  readonly now: Date;
  readonly shard: number;
  readonly rulesOf: (tenantId: string) => TenantRules;
  /** Sent with the last writes (a reader's cursor), and the commit with it; without it the caller commits. */
  readonly last?: () => Promise<void>;
  /** Says of a new incident what Postgres would add: all of it is taken for new, without a look (`FirstSight`). Only with `last`. */
  readonly guess?: (tenantId: string, serviceId: string) => Stored;
}

export interface AppliedBatch {
  readonly applied: readonly Applied[];
  /** Rows of the outbox, to be handed to the relay after the commit. */
  readonly outbox: readonly OutboxRow[];
  /** When something of it is due (now, when others were poked): the clockwork is to look then. Null: never. */
  readonly dueAt: Date | null;
  /** The last number that each tenant's new incidents were given. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** What Postgres adds to new incidents, by their ids. */
type Additions = ReadonlyMap<string, Stored>;

/**
 * Takes in a batch of what happened: locks the keys, decides in memory, and writes one statement per table, the outbox and the ledger included.
 * Repeated event ids change nothing. What does not wait for each other's rows is sent together: a round trip costs more than most of these
 * statements, so there are three (read, write, tell), one more where neighbours matter, and only one when all of it is guessed.
 */
export async function apply(tx: Transaction, happenings: readonly Happening[], options: ApplyOptions): Promise<AppliedBatch> {
  const { now, rulesOf, last, guess } = options;
  const seen = guess === undefined ? await look(tx, happenings, now, rulesOf) : nothingSeen(happenings);
  const batch = decideBatch(happenings, seen, now, rulesOf);
  // Made before anything of a commit is sent: what cannot be told must not be stored either.
  const messages = (additions: Additions): OutboxMessage[] => messagesOf(batch.applied, rowsAfter(batch, seen, additions, now));
  if (guess !== undefined) {
    const guessed = new Map(batch.opened.map(({ tenantId, state }) => [state.id, guess(tenantId, state.serviceId)]));
    const told = messages(guessed);
    const [, outbox] = await tx.commit(() => Promise.all([write(tx, happenings, batch, seen, options, guessed), enqueue(tx, told), last?.()]));
    return { applied: batch.applied, outbox, dueAt: soonest(batch, now), numbers: new Map() };
  }
  const { poked, additions } = await write(tx, happenings, batch, seen, options);
  const told = messages(additions);
  const outbox = last === undefined ? await enqueue(tx, told) : await tx.commit(async () => (await Promise.all([enqueue(tx, told), last()]))[0]);
  const numbers = new Map(batch.opened.map(({ tenantId, state }) => [tenantId, additions.get(state.id)!.number]));
  return { applied: batch.applied, outbox, dueAt: poked > 0 ? now : soonest(batch, now), numbers };
}

/**
 * Everything but what is told, sent in one go. Gives how many others were poked, and what Postgres added; where that was guessed, another one is refused.
 * Not async: a row that cannot be made is thrown before anything is sent, the commit included.
 */
function write(
  tx: Transaction,
  happenings: readonly Happening[],
  { applied, opened, changed }: Decided,
  { read, neighbours }: Seen,
  { now, shard }: ApplyOptions,
  guessed?: Additions,
): Promise<{ poked: number; additions: Additions }> {
  const writes = [
    keyWrite(applied, guessed !== undefined),
    groupWrite(neighbours),
    { table: 'incident_events', columns: EVENT_COLUMNS, rows: applied.flatMap(eventRow) },
    { table: 'timeline', columns: TIMELINE_COLUMNS, rows: applied.flatMap(timelineRows) },
    booking(ledgerEntries(happenings, applied), now, shard),
  ];
  const incidents = opened.map((one) => ({
    ...columnsOf(one.state), tenant_id: one.tenantId, guessed: guessed?.get(one.state.id) ?? null, ...dueOf(one, now),
  }));
  return Promise.all([
    pokeAfter(tx, changed, read.incidents, now),
    insertTogether(tx, writes),
    // As late as can be: the tenant's counters are locked from here until the commit, and every partition of the tenant waits for them.
    addToStorms(tx, neighbours, now),
    insertIncidents(tx, incidents),
  ]).then(([poked, , , additions]) => ({ poked, additions }));
}

/** The incidents of the batch as rows: those that were read, and those that open. */
function rowsAfter({ opened }: Decided, { read }: Seen, additions: Additions, now: Date): ReadonlyMap<string, IncidentRow> {
  const rows = new Map(read.incidents);
  for (const { tenantId, state } of opened) rows.set(state.id, { ...columnsOf(state), ...additions.get(state.id)!, tenant_id: tenantId, updated_at: now });
  return rows;
}

function dueOf({ forsaken }: Last, now: Date): { due_at: Date } | object {
  return forsaken ? { due_at: now } : {};
}

/** The update first: a poke is of what it leaves. */
async function pokeAfter(tx: Transaction, changed: readonly Last[], before: ReadonlyMap<string, IncidentRow>, now: Date): Promise<number> {
  const states = changed.map(({ state }) => state);
  const gone = goneSilent(states, before);
  const rows = changed.map((one) => ({ ...columnsOf(one.state), due_before: before.get(one.state.id)!.due_at, ...dueOf(one, now) }));
  const [, , poked] = await Promise.all([lockMuted(tx, gone, states.map(({ id }) => id)), updateIncidents(tx, rows), pokeMuted(tx, gone, now)]);
  return poked;
}

function soonest({ opened, changed }: Decided, now: Date): Date | null {
  const written = [...opened, ...changed];
  const first = earliest(written.map(({ state }) => dueAt(state)));
  return written.some(({ forsaken }) => forsaken) ? now : first === null ? null : new Date(first);
}

/** Those that stood for others, perhaps, and do not any more. */
function goneSilent(changed: readonly IncidentState[], before: ReadonlyMap<string, IncidentRow>): string[] {
  return changed.filter(({ id, status }) => !isLoud(status) && status !== before.get(id)!.status).map(({ id }) => id);
}
