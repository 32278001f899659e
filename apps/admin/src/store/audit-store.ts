import type { AuditEntry } from '@signalbox/contracts';
import { insertRows, type Database, type Transaction } from '@signalbox/database';

export interface AuditFilter {
  /** The id of a user or API key. */
  readonly actor?: string;
  readonly resource?: string;
  readonly resourceId?: string;
  readonly action?: string;
  readonly since?: string;
  readonly until?: string;
}

interface AuditRow {
  id: string; tenant_id: string; at: Date; actor_type: AuditEntry['actor']['type']; actor_id: string; actor_name: string;
  action: string; resource: string; resource_id: string; before: unknown; after: unknown; ip: string | null; request_id: string | null;
}

const COLUMNS = {
  id: 'uuid', tenant_id: 'uuid', at: 'timestamptz', actor_type: 'text', actor_id: 'text', actor_name: 'text', action: 'text', resource: 'text',
  resource_id: 'text', before: 'jsonb', after: 'jsonb', ip: 'text', request_id: 'text',
};

/** The audit log: written once, changed never. */
export class AuditStore {
  constructor(private readonly db: Database) {}

  /** Adds entries; one that is there already stays as it is. */
  async add(tx: Transaction, entries: readonly AuditEntry[]): Promise<void> {
    await insertRows(tx, 'audit_log', COLUMNS, entries.map((entry) => ({
      id: entry.id, tenant_id: entry.tenantId, at: entry.at, actor_type: entry.actor.type, actor_id: entry.actor.id, actor_name: entry.actor.name,
      action: entry.action, resource: entry.resource, resource_id: entry.resourceId, before: entry.before, after: entry.after,
      ip: entry.ip, request_id: entry.requestId,
    })), { conflict: 'on conflict (id) do nothing' });
  }

  /** Up to `limit + 1` entries, newest first. */
  async list(tenantId: string, filter: AuditFilter, limit: number, after?: { at: Date; id: string }) {
    const rows = await this.db.query<AuditRow>(
      `select * from audit_log where tenant_id = $1
         and ($5::text is null or actor_id = $5) and ($6::text is null or resource = $6) and ($7::text is null or resource_id = $7)
         and ($8::text is null or action = $8) and ($9::timestamptz is null or at >= $9) and ($10::timestamptz is null or at < $10)
         and ($3::timestamptz is null or (at, id) < ($3::timestamptz, $4::uuid))
       order by at desc, id desc limit $2`,
      [
        tenantId, limit + 1, after?.at ?? null, after?.id ?? null,
        ...[filter.actor, filter.resource, filter.resourceId, filter.action, filter.since, filter.until].map((value) => value ?? null),
      ]);
    return rows.map(shown);
  }
}

function shown(row: AuditRow) {
  return {
    id: row.id, at: row.at.toISOString(), actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name }, action: row.action,
    resource: row.resource, resourceId: row.resource_id, before: row.before, after: row.after, ip: row.ip, requestId: row.request_id,
  };
}
