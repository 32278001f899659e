import type { Transaction } from '@signalbox/database';
import { Neighbours } from '../domain/neighbours.js';
import type { TenantRules } from '../domain/rules.js';
import { eventOf, type Happening } from './happening.js';
import { readKeys, type Read } from './keys.js';
import { readNeighbours } from './neighbourhood.js';
import { calmStorms } from './storm-counts.js';

/** What is there already of what a batch depends on. */
export interface Seen {
  readonly read: Read;
  /** Ids of events that were taken in before. */
  readonly known: ReadonlySet<string>;
  /** By tenant. */
  readonly neighbours: ReadonlyMap<string, Neighbours>;
}

/** Locks and reads: one round trip, and another one where neighbours matter. */
export async function look(tx: Transaction, happenings: readonly Happening[], now: Date, rulesOf: (tenantId: string) => TenantRules): Promise<Seen> {
  const [read, known, calm] = await Promise.all([readKeys(tx, happenings, rulesOf), knownEvents(tx, happenings), calmStorms(tx, happenings, now, rulesOf)]);
  return { read, known, neighbours: await readNeighbours(tx, happenings, read, calm, rulesOf) };
}

/** What a look would have seen of keys and events that nobody knows, where neighbours do not matter. */
export function nothingSeen(happenings: readonly Happening[]): Seen {
  const neighbours = new Map(happenings.map(({ tenantId }) => [tenantId, new Neighbours()]));
  return { read: { keys: new Map(), incidents: new Map() }, known: new Set(), neighbours };
}

async function knownEvents(tx: Transaction, happenings: readonly Happening[]): Promise<Set<string>> {
  const ids = [...new Set(happenings.flatMap((one) => (eventOf(one) === undefined ? [] : [one.id])))];
  if (ids.length === 0) return new Set();
  const known = await tx.query<{ event_id: string }>('select event_id from incident_events where event_id = any($1::uuid[])', [ids]);
  return new Set(known.map((row) => row.event_id));
}
