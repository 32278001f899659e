import { newId, type Actor, type EventAction, type TraceEntry } from '@signalbox/contracts';
import { enqueue, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { Action } from '../domain/actions.js';
import { later } from '../domain/instant.js';
import type { Decision } from '../domain/incident-state.js';
import { NO_PARTITION, type Applier } from './applier.js';
import type { AppliedBatch } from './event-store.js';
import { happeningOf, type Happening, type What } from './happening.js';
import { listIncidents, type IncidentFilter, type Place } from './incident-list.js';
import type { IncidentRow } from './incident-row.js';
import { chainOf, lockKeysOf, lockMerges } from './merges.js';
import { SHOWN, shown, type ShownIncident, type ShownRow } from './shown-incident.js';

export interface TimelineEntry {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly actor: Actor | null;
  readonly data: Record<string, unknown>;
}

interface TimelineRow { id: string; at: Date; kind: string; actor: Actor | null; data: Record<string, unknown> }

/** What became of what a person did to an incident. */
export interface Acted {
  readonly id: string;
  /** Null when it was over already, or was refused. */
  readonly decision: Decision | null;
  /** A merge that cannot be: what it would be merged into is resolved, or is quiet for this one itself. */
  readonly refused?: 'target_resolved' | 'circular';
  /** The id and the time of what happened; a note is known by that id. */
  readonly happened?: { readonly id: string; readonly at: string };
}

/** What goes with what people do, in the same transaction. */
export interface Beside {
  /** Looks at each incident as it is now, locked; what it throws refuses everything. */
  readonly guard?: (row: IncidentRow) => void;
  /** The audit entry of a change that took place. */
  readonly audit?: (before: IncidentRow, decision: Decision) => OutboxMessage;
}

const NOTHING: AppliedBatch = { applied: [], outbox: [], dueAt: null, numbers: new Map() };

/** Reading incidents, and changing one on a person's behalf. */
export class IncidentStore {
  constructor(private readonly db: Database, private readonly applier: Applier, private readonly now: () => Date = () => new Date()) {}

  /** Up to `limit + 1` incidents, newest first. */
  list(tenantId: string, filter: IncidentFilter, limit: number, after?: Place): Promise<ShownIncident[]> {
    return listIncidents(this.db, tenantId, filter, limit, after);
  }

  async find(tenantId: string, id: string): Promise<ShownIncident | null> {
    const rows = await this.db.query<ShownRow>(`${SHOWN} where i.tenant_id = $1 and i.id = $2`, [tenantId, id]);
    return rows[0] === undefined ? null : shown(rows[0]);
  }

  /** Those of these incidents that the tenant has. */
  async findAll(tenantId: string, ids: readonly string[]): Promise<ShownIncident[]> {
    return (await this.db.query<ShownRow>(`${SHOWN} where i.tenant_id = $1 and i.id = any($2::uuid[])`, [tenantId, ids])).map(shown);
  }

  /** Up to `limit + 1` entries of the timeline, oldest first. */
  async timeline(tenantId: string, incidentId: string, limit: number, after?: Place, only: 'all' | 'notes' = 'all'): Promise<TimelineEntry[]> {
    const rows = await this.db.query<TimelineRow>(
      `select id, at, kind, actor, data from timeline where tenant_id = $1 and incident_id = $2${only === 'notes' ? ` and kind = 'noted'` : ''}
         and ($4::timestamptz is null or (at, id) > ($4::timestamptz, $5::uuid))
       order by at, id limit $3`, [tenantId, incidentId, limit + 1, after?.at ?? null, after?.id ?? null]);
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  /**
   * Acknowledges or resolves incidents for a person: the same way as an event from outside takes, and never earlier
   * than what the person saw, whatever the clocks of gateways say. Gives what became of each that the tenant has.
   */
  async answer(
    tenantId: string,
    ids: readonly string[],
    action: Exclude<EventAction, 'trigger'>,
    actor: Actor,
    note?: string,
    beside: Beside = {},
  ): Promise<Acted[]> {
    return this.happen(tenantId, ids, (row): What => ({ event: {
      id: newId(), traceId: newId(), scopeId: row.scope_id, serviceId: row.service_id, integrationId: row.integration_id, action, dedupKey: row.dedup_key,
      summary: note ?? `${action} by ${actor.name}`, source: actor.via ?? 'api',
      severity: row.severity, acceptedAt: later(this.now().toISOString(), row.last_triggered_at.toISOString()),
      details: note === undefined ? {} : { note }, links: [], actor,
    } }), actor, beside);
  }

  /** Does something else to incidents for a person. Gives what became of each that the tenant has. */
  async act(tenantId: string, ids: readonly string[], action: Action, actor: Actor, beside: Beside = {}): Promise<Acted[]> {
    return this.happen(tenantId, ids, (row): What => ({ action, incidentId: row.id }), actor, beside, action.kind === 'merge' ? action.into.id : undefined);
  }

  private async happen(
    tenantId: string,
    ids: readonly string[],
    whatOf: (row: IncidentRow) => What,
    actor: Actor,
    { guard, audit }: Beside,
    into?: string,
  ): Promise<Acted[]> {
    const { rows, batch, refusals, audited } = await this.db.transaction(async (tx) => {
      const { rows, open, chain } = await readLocked(tx, tenantId, ids, into);
      rows.forEach((row) => guard?.(row));
      const refusals = new Map(rows.map((row) => [row.id, refusalOf(row.id, chain)]));
      // Another incident may be open under the same key by now: an event would be that one's.
      const isMeant = ({ row, what }: { row: IncidentRow; what: What }): boolean =>
        refusals.get(row.id) === undefined && ('action' in what || open.has(row.id));
      const meant = rows.map((row) => ({ row, what: whatOf(row) })).filter(isMeant);
      if (meant.length === 0) return { rows, refusals, batch: NOTHING, audited: [] };
      const batch = await this.applier.apply(tx, meant.map(({ row, what }) => personal(tenantId, row, what, actor, this.now())), NO_PARTITION);
      const told = audit === undefined ? [] : batch.applied.flatMap(({ decision }, index) =>
        (decision.effect === 'ignored' ? [] : [audit(meant[index]!.row, decision)]));
      return { rows, batch, refusals, audited: await enqueue(tx, told) };
    });
    this.applier.committed({ ...batch, outbox: [...batch.outbox, ...audited] });
    const byId = new Map(batch.applied.map((one) => ['incidentId' in one.happening.what ? one.happening.what.incidentId : one.decision.incident?.id, one]));
    return rows.map(({ id }): Acted => {
      const refused = refusals.get(id);
      const applied = byId.get(id);
      if (applied === undefined) return { id, decision: null, ...(refused === undefined ? {} : { refused }) };
      return { id, decision: applied.decision, happened: { id: applied.happening.id, at: applied.happening.at } };
    });
  }

  /** What this service knows of a trace, oldest first. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<{
      event_id: string;
      incident_id: string | null;
      effect: string;
      reason: string | null;
      accepted_at: Date;
      summary: string;
    }>(
      `select event_id, incident_id, effect, reason, accepted_at, event->>'summary' as summary
       from incident_events where trace_id = $2 and tenant_id = $1 order by accepted_at limit 1000`, [tenantId, traceId]);
    return rows.map((row) => ({
      at: row.accepted_at.toISOString(), service: 'incidents', kind: `event.${row.effect}`, id: row.event_id, summary: row.summary,
      data: { incidentId: row.incident_id, ...(row.reason === null ? {} : { reason: row.reason }) },
    }));
  }
}

interface Locked {
  readonly rows: IncidentRow[];
  /** The incidents that are open under their keys. */
  readonly open: ReadonlySet<string | null>;
  /** Of a merge: the incident that is to stand for others, and those that stand for it in turn. */
  readonly chain: readonly { id: string; status: string }[];
}

/** A tenant's incidents as they are once their keys are locked, and that of `into` with them: it must not be resolved meanwhile. */
async function readLocked(tx: Transaction, tenantId: string, ids: readonly string[], into: string | undefined): Promise<Locked> {
  const [, open, rows, chain] = await Promise.all([
    into === undefined ? undefined : lockMerges(tx, tenantId),
    lockKeysOf(tx, tenantId, into === undefined ? ids : [...ids, into]),
    tx.query<IncidentRow & Record<string, unknown>>(
      'select * from incidents where tenant_id = $1 and id = any($2::uuid[]) order by array_position($2::uuid[], id)',
      [tenantId, ids],
    ),
    into === undefined ? [] : chainOf(tx, tenantId, into),
  ]);
  return { rows, open, chain };
}

function refusalOf(id: string, [into, ...standFor]: Locked['chain']): Acted['refused'] {
  if (into?.status === 'RESOLVED') return 'target_resolved';
  return standFor.some((one) => one.id === id) ? 'circular' : undefined;
}

function personal(tenantId: string, row: IncidentRow, what: What, actor: Actor, now: Date): Happening {
  if ('event' in what) return happeningOf({ tenantId, event: what.event });
  return {
    id: newId(), traceId: newId(), tenantId, scopeId: row.scope_id, dedupKey: row.dedup_key, serviceId: row.service_id, integrationId: row.integration_id,
    at: now.toISOString(), actor, what,
  };
}
