import { auditMessage, hashKey, newApiKey, type Identity, type Role } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { AnnouncedChange } from './announced-change.js';
import { keyPushes } from './directory.js';

/** An API key as it is shown: the key itself is known to nobody but its holder. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
  /** When it last used the operators' API, to the minute. */
  readonly lastUsedAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface ApiKeyRow {
  id: string; name: string; prefix: string; role: Role; scopes: string[]; expires_at: Date | null;
  last_used_at: Date | null; version: number; created_at: Date; updated_at: Date;
}

export interface NewApiKey { readonly name: string; readonly role: Role; readonly scopes: readonly string[]; readonly expiresAt: Date | null }

const KEYS = 'select id, name, prefix, role, scopes, expires_at, last_used_at, version, created_at, updated_at from api_keys';

/** The API keys of tenants. Rows of revoked keys are kept, unseen, so that no late push of the directory revives one. */
export class ApiKeyStore {
  constructor(private readonly db: Database, private readonly changes: AnnouncedChange) {}

  /** Up to `limit + 1` keys, newest first; revoked ones are not shown. */
  async list(tenantId: string, limit: number, after?: { at: Date; id: string }): Promise<ApiKey[]> {
    const rows = await this.db.query<ApiKeyRow>(
      `${KEYS} where tenant_id = $1 and revoked_at is null and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::uuid))
       order by created_at desc, id desc limit $2`, [tenantId, limit + 1, after?.at ?? null, after?.id ?? null]);
    return rows.map(shown);
  }

  async find(tenantId: string, id: string): Promise<ApiKey | null> {
    const [row] = await this.db.query<ApiKeyRow>(`${KEYS} where tenant_id = $1 and id = $2 and revoked_at is null`, [tenantId, id]);
    return row === undefined ? null : shown(row);
  }

  /** Makes a key. Its text is in this answer and nowhere else. */
  create(identity: Identity, { name, role, scopes, expiresAt }: NewApiKey): Promise<ApiKey & { key: string }> {
    const { key, hash, prefix } = newApiKey();
    return this.changes.run(async (tx, announce) => {
      const [row] = await tx.query<ApiKeyRow>(
        `insert into api_keys (id, tenant_id, version, name, hash, prefix, role, scopes, expires_at, created_at, updated_at)
         values ($1, $2, 1, $3, $4, $5, $6, $7, $8, now(), now()) returning *`,
        [newId(), identity.tenantId, name, hash, prefix, role, scopes, expiresAt]);
      const after = shown(row!);
      announce(...await keyPushes(tx, [after.id]), auditMessage(identity, { action: 'create', resource: 'api-keys', resourceId: after.id, after }));
      return { ...after, key };
    });
  }

  /** Revokes a key, here at once and elsewhere as soon as the directory has told of it. False when the tenant has no such key. */
  revoke(identity: Identity, id: string, check: (key: ApiKey) => void): Promise<boolean> {
    return this.changes.run(async (tx, announce) => {
      const [row] = await tx.query<ApiKeyRow>(`${KEYS} where tenant_id = $1 and id = $2 and revoked_at is null for update`, [identity.tenantId, id]);
      if (row === undefined) return false;
      const before = shown(row);
      check(before);
      await tx.query('update api_keys set revoked_at = now(), version = version + 1, updated_at = now() where id = $1', [id]);
      announce(...await keyPushes(tx, [id]), auditMessage(identity, { action: 'delete', resource: 'api-keys', resourceId: id, before }));
      return true;
    });
  }

  /** Who a key speaks for; nothing when it is unknown, revoked, expired, or its tenant is disabled. Notes the use, once a minute. */
  async identify(key: string): Promise<Identity | undefined> {
    const [row] = await this.db.query<{ id: string; tenant_id: string; name: string; role: Role; scopes: string[]; stale: boolean }>(
      `select k.id, k.tenant_id, k.name, k.role, k.scopes, coalesce(k.last_used_at < now() - interval '1 minute', true) as stale
       from api_keys k join tenants t on t.id = k.tenant_id
       where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and t.enabled`, [hashKey(key)]);
    if (row === undefined) return undefined;
    if (row.stale) {
      await this.db.query(`update api_keys set last_used_at = now() where id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)`, [row.id]);
    }
    return { tenantId: row.tenant_id, subject: { type: 'api_key', id: row.id, name: row.name }, role: row.role, scopes: row.scopes };
  }
}

function shown(row: ApiKeyRow): ApiKey {
  return {
    id: row.id, name: row.name, prefix: row.prefix, role: row.role, scopes: row.scopes,
    expiresAt: row.expires_at?.toISOString() ?? null, lastUsedAt: row.last_used_at?.toISOString() ?? null,
    version: row.version, createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
  };
}
