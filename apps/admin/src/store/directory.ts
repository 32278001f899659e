import { isId, memberKey, type DirectoryEntry, type DirectoryKind, type DirectoryQuestion } from '@signalbox/contracts';
import { enqueue, type OutboxMessage, type Queryable } from '@signalbox/database';
import { directoryMessage } from '@signalbox/messaging';

type Key = DirectoryEntry<'api-keys'>;
type Tenant = DirectoryEntry<'tenants'>;
type Member = DirectoryEntry<'members'>;
type Team = DirectoryEntry<'teams'>;

interface KeyRow {
  id: string;
  tenant_id: string;
  hash: string;
  name: string;
  role: 'viewer' | 'editor' | 'admin';
  scopes: string[];
  expires_at: Date | null;
  version: number;
  works: boolean;
}
interface TenantRow { id: string; name: string; enabled: boolean; version: number }
interface MemberRow {
  tenant_id: string;
  user_id: string;
  version: number;
  belongs: boolean;
  name: string;
  email: string;
  time_zone: string;
  role: 'viewer' | 'editor' | 'admin';
}
interface TeamRow { id: string; tenant_id: string; name: string; version: number; member_ids: string[] }

/** A key is worth something while it is not revoked and its tenant is enabled. */
const KEYS = `select k.id, k.tenant_id, k.hash, k.name, k.role, k.scopes, k.expires_at, k.version, k.revoked_at is null and t.enabled as works
  from api_keys k join tenants t on t.id = k.tenant_id`;
const TENANTS = 'select id, name, enabled, version from tenants';
const MEMBERS = `select * from (
  select m.tenant_id, m.user_id, m.version, true as belongs, u.name, u.email, u.time_zone, m.role from memberships m join users u on u.id = m.user_id
  union all select tenant_id, user_id, version, false, null, null, null, null from former_members) p`;
const TEAMS = `select id, tenant_id, name, version, array(select user_id from team_members where team_id = t.id order by position) as member_ids from teams t`;

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

/** What the directory holds of a person in a tenant, by `memberKey`; of who left, the mark of it. */
export async function memberEntry(db: Queryable, { key }: DirectoryQuestion): Promise<Member | null> {
  const [tenantId, userId] = key.split('_');
  if (!isId(tenantId ?? '') || !isId(userId ?? '')) return null;
  const [row] = await db.query<MemberRow>(`${MEMBERS} where tenant_id = $1 and user_id = $2`, [tenantId, userId]);
  return row === undefined ? null : entryOfMember(row);
}

/** What the directory holds of a team, by its id. */
export async function teamEntry(db: Queryable, { key }: DirectoryQuestion): Promise<Team | null> {
  const [row] = await db.query<TeamRow>(`${TEAMS} where id::text = $1`, [key]);
  return row === undefined ? null : entryOfTeam(row);
}

/** The pushes of a person, in one tenant or in all of theirs, as they are in this transaction. */
export async function memberPushes(tx: Queryable, userId: string, tenantId: string | null): Promise<OutboxMessage[]> {
  return (await tx.query<MemberRow>(`${MEMBERS} where user_id = $1 and ($2::uuid is null or tenant_id = $2)`, [userId, tenantId]))
    .map((row) => push(entryOfMember(row)));
}

export async function teamPushes(tx: Queryable, ids: readonly string[]): Promise<OutboxMessage[]> {
  return (await tx.query<TeamRow>(`${TEAMS} where id = any($1::uuid[])`, [ids])).map((row) => push(entryOfTeam(row)));
}

/** The mark of a team that is gone; `version` is its last one. */
export function teamGone(id: string, version: number): OutboxMessage {
  return push({ kind: 'teams', key: id, version: version + 1, value: null });
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
  const [keys, tenants, members, teams] = await Promise.all([
    db.query<KeyRow>(KEYS), db.query<TenantRow>(TENANTS), db.query<MemberRow>(MEMBERS), db.query<TeamRow>(TEAMS),
  ]);
  await enqueue(db, [...tenants.map(entryOfTenant), ...keys.map(entryOfKey), ...members.map(entryOfMember), ...teams.map(entryOfTeam)].map(push));
}

function entryOfKey(row: KeyRow): Key {
  const value = { id: row.id, tenantId: row.tenant_id, name: row.name, role: row.role, scopes: row.scopes, expiresAt: row.expires_at?.toISOString() ?? null };
  return { kind: 'api-keys', key: row.hash, version: row.version, value: row.works ? value : null };
}

function entryOfTenant({ id, name, enabled, version }: TenantRow): Tenant {
  return { kind: 'tenants', key: id, version, value: { id, name, enabled } };
}

function entryOfMember(row: MemberRow): Member {
  const { tenant_id: tenantId, user_id: userId, name, email, time_zone: timeZone, role } = row;
  return {
    kind: 'members', key: memberKey(tenantId, userId), version: row.version,
    value: row.belongs ? { tenantId, userId, name, email, timeZone, role } : null,
  };
}

function entryOfTeam({ id, tenant_id: tenantId, name, version, member_ids: memberIds }: TeamRow): Team {
  return { kind: 'teams', key: id, version, value: { id, tenantId, name, memberIds } };
}

function push<K extends DirectoryKind>({ kind, key, version, value }: DirectoryEntry<K>): OutboxMessage {
  return directoryMessage(kind, key, version, value);
}
