import { auditMessage, hashPassword, type Identity, type Role } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import type { Database, Transaction } from '@signalbox/database';
import type { AnnouncedChange } from './announced-change.js';
import { memberPushes } from './directory.js';
import { leaveTeams } from './team-store.js';
import { insertMembership } from './tenant-store.js';

/** A user as a member of one tenant: the version is the membership's. */
export interface Member {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Of the account: the same in all of its tenants. */
  readonly timeZone: string;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface MemberRow { id: string; email: string; name: string; role: Role; time_zone: string; version: number; created_at: Date; updated_at: Date }

export interface NewMember { readonly email: string; readonly name: string; readonly password: string; readonly role: Role; readonly timeZone: string }
export interface MemberChange { readonly role?: Role | undefined; readonly timeZone?: string | undefined }

/** Why somebody cannot become, stay or be changed as a member. */
export class MembershipError extends Error {
  constructor(readonly reason: 'already_member' | 'account_elsewhere' | 'account_shared' | 'last_admin') {
    super(reason);
  }
}

const MEMBERS = `select u.id, u.email, u.name, m.role, u.time_zone, m.version, m.created_at, m.updated_at from memberships m join users u on u.id = m.user_id`;

/** People, always seen as members of one tenant. */
export class UserStore {
  constructor(private readonly db: Database, private readonly changes: AnnouncedChange) {}

  /** Up to `limit + 1` members, newest first. */
  async list(tenantId: string, filter: { email?: string | undefined }, limit: number, after?: { at: Date; id: string }): Promise<Member[]> {
    const rows = await this.db.query<MemberRow>(
      `${MEMBERS} where m.tenant_id = $1 and ($5::text is null or lower(u.email) = lower($5))
         and ($3::timestamptz is null or (m.created_at, m.user_id) < ($3::timestamptz, $4::uuid))
       order by m.created_at desc, m.user_id desc limit $2`, [tenantId, limit + 1, after?.at ?? null, after?.id ?? null, filter.email ?? null]);
    return rows.map(shown);
  }

  async find(tenantId: string, id: string): Promise<Member | null> {
    const [row] = await this.db.query<MemberRow>(`${MEMBERS} where m.tenant_id = $1 and m.user_id = $2`, [tenantId, id]);
    return row === undefined ? null : shown(row);
  }

  /**
   * Makes an account and its membership. An account that exists already keeps its name, password and time zone, and only a platform operator may
   * bring it into another tenant: whoever made it first, with a password of their choice, could otherwise be let in by a name that looks right.
   */
  async create(identity: Identity, member: NewMember): Promise<Member> {
    const passwordHash = await hashPassword(member.password);
    return this.changes.run(async (tx, announce) => {
      const { id, isNew } = await insertUser(tx, member, passwordHash);
      if (!isNew) await this.requireMayJoin(tx, identity, id);
      if (!(await insertMembership(tx, identity.tenantId, id, member.role))) throw new MembershipError('already_member');
      const after = (await memberIn(tx, identity.tenantId, id))!;
      announce(...await memberPushes(tx, id, identity.tenantId), auditMessage(identity, { action: 'create', resource: 'users', resourceId: id, after }));
      return after;
    });
  }

  /**
   * Changes a member's role in this tenant, or the time zone of their account; null when the tenant has no such member. `check` sees the member
   * under lock. A time zone counts in every tenant of the account, so it is theirs to choose once there is a second one.
   */
  update(identity: Identity, id: string, { role, timeZone }: MemberChange, check: (member: Member) => void): Promise<Member | null> {
    return this.changes.run(async (tx, announce) => {
      const before = await lockMember(tx, identity.tenantId, id);
      if (before === null) return null;
      check(before);
      if (role !== undefined && role !== 'admin') await requireAnotherAdmin(tx, identity.tenantId, id);
      const moves = timeZone !== undefined && timeZone !== before.timeZone;
      if (moves) await moveTo(tx, identity, id, timeZone);
      await tx.query(
        `update memberships set role = case when tenant_id = $1 then coalesce($3, role) else role end, version = version + 1, updated_at = now()
         where user_id = $2 and (tenant_id = $1 or $4)`, [identity.tenantId, id, role ?? null, moves]);
      const after = (await memberIn(tx, identity.tenantId, id))!;
      announce(...await memberPushes(tx, id, moves ? null : identity.tenantId), auditMessage(identity, {
        action: 'update', resource: 'users', resourceId: id, before, after,
      }));
      return after;
    });
  }

  /**
   * Ends a membership, at once for every session, and the places in the tenant's teams. An account that
   * belongs nowhere any more goes with it. False when the tenant has no such member.
   */
  remove(identity: Identity, id: string, check: (member: Member) => void): Promise<boolean> {
    return this.changes.run(async (tx, announce) => {
      const before = await lockMember(tx, identity.tenantId, id);
      if (before === null) return false;
      check(before);
      await requireAnotherAdmin(tx, identity.tenantId, id);
      announce(...await leaveTeams(tx, identity, id));
      await tx.query(
        `with gone as (delete from memberships where tenant_id = $1 and user_id = $2 returning version)
         insert into former_members (tenant_id, user_id, version) select $1, $2, version + 1 from gone`, [identity.tenantId, id]);
      await tx.query('delete from users u where id = $1 and not platform_operator and not exists (select 1 from memberships m where m.user_id = u.id)', [id]);
      announce(...await memberPushes(tx, id, identity.tenantId), auditMessage(identity, { action: 'delete', resource: 'users', resourceId: id, before }));
      return true;
    });
  }

  private async requireMayJoin(tx: Transaction, identity: Identity, id: string): Promise<void> {
    if (await memberIn(tx, identity.tenantId, id) !== null) throw new MembershipError('already_member');
    if (identity.platform !== true) throw new MembershipError('account_elsewhere');
  }
}

/** Inserts an account with its password, or finds the one of that e-mail. */
export async function insertUser(
  tx: Transaction, account: { email: string; name: string; platformOperator?: boolean; timeZone?: string }, passwordHash: string,
): Promise<{ id: string; isNew: boolean }> {
  const { email, name, platformOperator = false, timeZone = 'UTC' } = account;
  const [made] = await tx.query<{ id: string }>(
    `insert into users (id, email, name, platform_operator, time_zone, created_at) values ($1, $2, $3, $4, $5, now())
     on conflict (lower(email)) do nothing returning id`, [newId(), email, name, platformOperator, timeZone]);
  if (made !== undefined) {
    await tx.query('insert into credentials (user_id, password_hash, changed_at) values ($1, $2, now())', [made.id, passwordHash]);
    return { id: made.id, isNew: true };
  }
  // Under lock, so that the account is not taken away while it joins.
  const [known] = await tx.query<{ id: string }>('select id from users where lower(email) = lower($1) for update', [email]);
  return known === undefined ? insertUser(tx, account, passwordHash) : { id: known.id, isNew: false };
}

async function memberIn(tx: Transaction, tenantId: string, id: string): Promise<Member | null> {
  const [row] = await tx.query<MemberRow>(`${MEMBERS} where m.tenant_id = $1 and m.user_id = $2`, [tenantId, id]);
  return row === undefined ? null : shown(row);
}

/** Locks the account first (as joining does), then the membership. */
async function lockMember(tx: Transaction, tenantId: string, id: string): Promise<Member | null> {
  await tx.query('select 1 from users where id = $1 for update', [id]);
  await tx.query('select 1 from memberships where tenant_id = $1 and user_id = $2 for update', [tenantId, id]);
  return memberIn(tx, tenantId, id);
}

async function moveTo(tx: Transaction, { tenantId, subject, platform }: Identity, id: string, timeZone: string): Promise<void> {
  const [{ elsewhere } = { elsewhere: false }] = await tx.query<{ elsewhere: boolean }>(
    'select exists (select 1 from memberships where user_id = $1 and tenant_id <> $2) as elsewhere',
    [id, tenantId],
  );
  const isOwn = subject.type === 'user' && subject.id === id;
  if (elsewhere && !isOwn && platform !== true) throw new MembershipError('account_shared');
  await tx.query('update users set time_zone = $2 where id = $1', [id, timeZone]);
}

/**
 * A tenant without administrator could never be mended from within. The tenant's row is the
 * lock: two admins who remove each other come one after the other.
 */
async function requireAnotherAdmin(tx: Transaction, tenantId: string, id: string): Promise<void> {
  await tx.query('select 1 from tenants where id = $1 for update', [tenantId]);
  const [row] = await tx.query<{ others: number; is_admin: boolean }>(
    `select count(*) filter (where user_id <> $2)::int as others, coalesce(bool_or(user_id = $2), false) as is_admin
     from memberships where tenant_id = $1 and role = 'admin'`, [tenantId, id]);
  if (row!.is_admin && row!.others === 0) throw new MembershipError('last_admin');
}

function shown(row: MemberRow): Member {
  return {
    id: row.id, email: row.email, name: row.name, role: row.role, timeZone: row.time_zone, version: row.version,
    createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
  };
}
