import { auditMessage, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import type { Database, OutboxMessage, Transaction } from '@signalbox/database';
import type { AnnouncedChange } from './announced-change.js';
import { keyPushes, memberPushes, tenantPush } from './directory.js';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface TenantRow { id: string; name: string; enabled: boolean; version: number; created_at: Date; updated_at: Date }

/** The tenants of the platform. Each change is told in the changed tenant's own audit log. */
export class TenantStore {
  constructor(private readonly db: Database, private readonly changes: AnnouncedChange) {}

  /** Up to `limit + 1` tenants, newest first. */
  async list(limit: number, after?: { at: Date; id: string }): Promise<Tenant[]> {
    const rows = await this.db.query<TenantRow>(
      `select * from tenants where $2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid)
       order by created_at desc, id desc limit $1`, [limit + 1, after?.at ?? null, after?.id ?? null]);
    return rows.map(shown);
  }

  async find(id: string): Promise<Tenant | null> {
    const [row] = await this.db.query<TenantRow>('select * from tenants where id = $1', [id]);
    return row === undefined ? null : shown(row);
  }

  /** Makes a tenant; who made it becomes its first administrator. */
  create(identity: Identity, name: string): Promise<Tenant> {
    return this.changes.run(async (tx, announce) => {
      const { tenant, messages } = await insertTenant(tx, identity, name);
      announce(...messages);
      if (identity.subject.type !== 'user') return tenant;
      await insertMembership(tx, tenant.id, identity.subject.id, 'admin');
      announce(...await memberPushes(tx, identity.subject.id, tenant.id));
      return tenant;
    });
  }

  /** Renames, disables or enables a tenant; null when there is none. All keys of a disabled tenant stop working at once, and work again when it is enabled. */
  update(identity: Identity, id: string, edit: (tenant: Tenant) => { name: string; enabled: boolean }): Promise<Tenant | null> {
    return this.changes.run(async (tx, announce) => {
      const [row] = await tx.query<TenantRow>('select * from tenants where id = $1 for update', [id]);
      if (row === undefined) return null;
      const before = shown(row);
      const { name, enabled } = edit(before);
      const [changed] = await tx.query<TenantRow>(
        'update tenants set name = $2, enabled = $3, version = version + 1, updated_at = now() where id = $1 returning *', [id, name, enabled]);
      const after = shown(changed!);
      if (enabled !== before.enabled) {
        const keys = await tx.query<{ id: string }>('update api_keys set version = version + 1 where tenant_id = $1 returning id', [id]);
        announce(...await keyPushes(tx, keys.map((key) => key.id)));
      }
      announce(...await tenantPush(tx, id), auditMessage({ ...identity, tenantId: id }, {
        action: 'update', resource: 'tenants', resourceId: id, before, after,
      }));
      return after;
    });
  }
}

/** Inserts a tenant; out: it, and the messages that tell of it. */
export async function insertTenant(tx: Transaction, identity: Identity, name: string): Promise<{ tenant: Tenant; messages: OutboxMessage[] }> {
  const [row] = await tx.query<TenantRow>(
    'insert into tenants (id, version, name, enabled, created_at, updated_at) values ($1, 1, $2, true, now(), now()) returning *', [newId(), name]);
  const tenant = shown(row!);
  const audit = auditMessage({ ...identity, tenantId: tenant.id }, { action: 'create', resource: 'tenants', resourceId: tenant.id, after: tenant });
  return { tenant, messages: [...await tenantPush(tx, tenant.id), audit] };
}

/** Makes a user a member; false when they are one already. Who was one before goes on counting where they left. */
export async function insertMembership(tx: Transaction, tenantId: string, userId: string, role: string): Promise<boolean> {
  return await tx.affected(
    `with former as (delete from former_members where tenant_id = $1 and user_id = $2 returning version)
     insert into memberships (tenant_id, user_id, role, version, created_at, updated_at)
     values ($1, $2, $3, coalesce((select version from former), 0) + 1, now(), now())
     on conflict do nothing`, [tenantId, userId, role]) > 0;
}

function shown(row: TenantRow): Tenant {
  return {
    id: row.id, name: row.name, enabled: row.enabled, version: row.version,
    createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
  };
}
