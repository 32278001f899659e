import type { DirectoryEntry, DirectoryQuestion } from '@signalbox/contracts';
import { enqueue, type OutboxMessage, type Queryable } from '@signalbox/database';
import { directoryMessage } from '@signalbox/messaging';

type Key = DirectoryEntry<'api-keys'>;
type Tenant = DirectoryEntry<'tenants'>;

interface KeyRow { id: string; tenant_id: string; hash: string; name: string; role: 'viewer' | 'editor' | 'admin'; scopes: string[]; expires_at: Date | null; version: number; works: boolean }
interface TenantRow { id: string; name: string; enabled: boolean; version: number }

/** A key is worth something while it is not revoked and its tenant is enabled. */
const KEYS = `select k.id, k.tenant_id, k.hash, k.name, k.role, k.scopes, k.expires_at, k.version, k.revoked_at is null and t.enabled as works
  from api_keys k join tenants t on t.id = k.tenant_id`;
const TENANTS = 'select id, name, enabled, version from tenants';

/** What the directory holds of an API key, by its hash; null when we never made it. */
export async function keyEntry(db: Queryable, { key }: DirectoryQuestion): Promise<Key | null> {
  const [row] = await db.query<KeyRow>(`${KEYS} where k.hash = $1`, [key]);
  return row === undefined ? null : entryOfKey(row);
}

/** What the directory holds of a tenant, by its id. */
export async function tenantEntry(db: Queryable, { key }: DirectoryQuestion): Promise<Tenant | null> {
  const [row] = await db.query<TenantRow>(`${TENANTS} where id::text = $1`, [key]);
  return row === undefined ? null : entryOfTenant(row);
}

/** The pushes of some API keys, as they are in this transaction. */
export async function keyPushes(tx: Queryable, ids: readonly string[]): Promise<OutboxMessage[]> {
  return (await tx.query<KeyRow>(`${KEYS} where k.id = any($1::uuid[])`, [ids])).map((row) => push(entryOfKey(row)));
}

export async function tenantPush(tx: Queryable, id: string): Promise<OutboxMessage[]> {
  return (await tx.query<TenantRow>(`${TENANTS} where id = $1`, [id])).map((row) => push(entryOfTenant(row)));
}

/** Pushes everything again: what the directory lost or never got. The relay drops what is not newer. */
export async function reconcile(db: Queryable): Promise<void> {
  const [keys, tenants] = await Promise.all([db.query<KeyRow>(KEYS), db.query<TenantRow>(TENANTS)]);
  await enqueue(db, [...tenants.map((row) => push(entryOfTenant(row))), ...keys.map((row) => push(entryOfKey(row)))]);
}

function entryOfKey(row: KeyRow): Key {
  const value = { id: row.id, tenantId: row.tenant_id, name: row.name, role: row.role, scopes: row.scopes, expiresAt: row.expires_at?.toISOString() ?? null };
  return { kind: 'api-keys', key: row.hash, version: row.version, value: row.works ? value : null };
}

function entryOfTenant({ id, name, enabled, version }: TenantRow): Tenant {
  return { kind: 'tenants', key: id, version, value: { id, name, enabled } };
}

function push(entry: Key | Tenant): OutboxMessage {
  return entry.kind === 'api-keys'
    ? directoryMessage('api-keys', entry.key, entry.version, entry.value as Key['value'])
    : directoryMessage('tenants', entry.key, entry.version, entry.value as Tenant['value']);
}
