import type { ChangeEvent, Image, Incident, Link, TraceEntry } from '@signalbox/contracts';
import { book, insertRows, type Database, type LedgerEntry, type Transaction } from '@signalbox/database';

/** A change event with the tenant that its credential gave it. */
export interface TenantChange { readonly tenantId: string; readonly change: ChangeEvent }

export interface ChangeFilter {
  readonly serviceId?: string;
  readonly since?: string;
  readonly until?: string;
}

/** A change event as it is shown. */
export interface ShownChange {
  readonly id: string;
  readonly at: string;
  readonly acceptedAt: string;
  readonly summary: string;
  readonly source: string | null;
  readonly service: { readonly id: string; readonly name: string };
  readonly integrationId: string;
  readonly details: Record<string, unknown>;
  readonly links: Link[];
  readonly images: Image[];
  readonly traceId: string;
}

interface Place { readonly at: string; readonly id: string }

type ChangeRow = {
  id: string; at: Date; accepted_at: Date; summary: string; source: string | null; service_id: string; service_name: string; integration_id: string;
  details: Record<string, unknown>; links: Link[]; images: Image[] | null; trace_id: string;
};

const COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', service_id: 'uuid', integration_id: 'uuid', trace_id: 'uuid', at: 'timestamptz', accepted_at: 'timestamptz', summary: 'text',
  source: 'text', details: 'jsonb', links: 'jsonb', images: 'jsonb',
};

/** How long before an incident opened a change may have had to do with it. */
const BEFORE_HOURS = 24;

/** Stores change events, and books what became of them; one that is there already changes nothing. */
export async function takeChanges(tx: Transaction, changes: readonly TenantChange[], now: Date, shard: number): Promise<void> {
  const rows = changes.map(({ tenantId, change }) => ({
    id: change.id, tenant_id: tenantId, service_id: change.serviceId, integration_id: change.integrationId, trace_id: change.traceId,
    at: change.occurredAt ?? change.acceptedAt, accepted_at: change.acceptedAt, summary: change.summary, source: change.source, details: change.details,
    links: change.links, images: change.images,
  }));
  const kept = await insertRows<{ tenant_id: string }>(tx, 'change_events', COLUMNS, rows, { conflict: 'on conflict (id) do nothing', returning: 'tenant_id' });
  await book(tx, ledgerOf(changes.map(({ tenantId }) => tenantId), kept.map((row) => row.tenant_id)), now, shard);
}

/** Of those that came in, every one that was not kept is a duplicate. */
function ledgerOf(came: readonly string[], kept: readonly string[]): LedgerEntry[] {
  return [...new Set(came)].flatMap((tenantId): LedgerEntry[] => {
    const countIn = (list: readonly string[]): number => list.filter((id) => id === tenantId).length;
    const [inCount, keptCount] = [countIn(came), countIn(kept)];
    const entries = { in: inCount, kept: keptCount, duplicate: inCount - keptCount };
    return Object.entries(entries).map(([entry, count]) => ({ ledger: 'changes', tenantId, entry, count }));
  });
}

/** Reading change events. */
export class ChangeStore {
  constructor(private readonly db: Database) {}

  /** Up to `limit + 1`, newest first. */
  async list(tenantId: string, { serviceId, since, until }: ChangeFilter, limit: number, after?: Place): Promise<ShownChange[]> {
    const rows = await this.db.query<ChangeRow>(
      `${SELECT} where c.tenant_id = $1 and ($2::uuid is null or c.service_id = $2)
         and ($3::timestamptz is null or c.at >= $3) and ($4::timestamptz is null or c.at < $4)
         and ($5::timestamptz is null or (c.at, c.id) < ($5, $6::uuid))
       order by c.at desc, c.id desc limit $7`,
      [tenantId, serviceId ?? null, since ?? null, until ?? null, after?.at ?? null, after?.id ?? null, limit + 1]);
    return rows.map(shown);
  }

  /** What changed in the 24 hours before an incident opened: its own service's changes first, each part newest first. Up to `limit + 1`. */
  async before(tenantId: string, { service, openedAt }: Pick<Incident, 'service' | 'openedAt'>, limit: number, after?: Place): Promise<ShownChange[]> {
    const rows = await this.db.query<ChangeRow>(
      `${SELECT} where c.tenant_id = $1 and c.at <= $3 and c.at > $3::timestamptz - make_interval(hours => $4)
         and ($5::timestamptz is null or (c.service_id = $2, c.at, c.id)
           < (exists (select 1 from change_events where id = $6 and service_id = $2), $5, $6::uuid))
       order by (c.service_id = $2) desc, c.at desc, c.id desc limit $7`,
      [tenantId, service.id, openedAt, BEFORE_HOURS, after?.at ?? null, after?.id ?? null, limit + 1]);
    return rows.map(shown);
  }

  /** The change events of a trace, oldest first. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<{ id: string; accepted_at: Date; summary: string; service_id: string }>(
      'select id, accepted_at, summary, service_id from change_events where trace_id = $2 and tenant_id = $1 order by accepted_at limit 1000',
      [tenantId, traceId]);
    return rows.map((row) => ({
      at: row.accepted_at.toISOString(),
      service: 'incidents',
      kind: 'change.kept',
      id: row.id,
      summary: row.summary,
      data: { serviceId: row.service_id },
    }));
  }
}

const SELECT = `select c.*, coalesce(s.name, 'deleted service') as service_name from change_events c left join services s on s.id = c.service_id`;

function shown(row: ChangeRow): ShownChange {
  return {
    id: row.id, at: row.at.toISOString(), acceptedAt: row.accepted_at.toISOString(), summary: row.summary, source: row.source,
    service: { id: row.service_id, name: row.service_name }, integrationId: row.integration_id,
    details: row.details, links: row.links, images: row.images ?? [],
    traceId: row.trace_id,
  };
}
