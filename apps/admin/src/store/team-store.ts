import { auditMessage, type Identity } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { insertRows, type Database, type OutboxMessage, type Queryable, type Transaction } from '@signalbox/database';
import type { AnnouncedChange } from './announced-change.js';
import { teamGone, teamPushes } from './directory.js';

export interface TeamMember { readonly userId: string; readonly lead: boolean }

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** In the order in which they were given. */
  readonly members: readonly TeamMember[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface TeamRow { id: string; name: string; description: string | null; members: TeamMember[]; version: number; created_at: Date; updated_at: Date }

export interface TeamFields { readonly name: string; readonly description: string | null; readonly members: readonly TeamMember[] }

/** These places in a list of members are of nobody in the tenant. */
export class NoMemberError extends Error {
  constructor(readonly indexes: readonly number[]) {
    super('no members of the tenant');
  }
}

const TEAMS = `select id, name, description, version, created_at, updated_at, (
    select coalesce(json_agg(json_build_object('userId', user_id, 'lead', lead) order by position), '[]')
    from team_members where team_id = t.id
  ) as members from teams t`;
const MEMBER = { team_id: 'uuid', tenant_id: 'uuid', user_id: 'uuid', lead: 'boolean', position: 'int' };

/** Groups of a tenant's members. Memberships are locked before teams, everywhere: who leaves and who is taken in come one after the other. */
export class TeamStore {
  constructor(private readonly db: Database, private readonly changes: AnnouncedChange) {}

  /** Up to `limit + 1` teams, newest first. */
  async list(tenantId: string, limit: number, after?: { at: Date; id: string }): Promise<Team[]> {
    const rows = await this.db.query<TeamRow>(
      `${TEAMS} where tenant_id = $1 and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::uuid))
       order by created_at desc, id desc limit $2`, [tenantId, limit + 1, after?.at ?? null, after?.id ?? null]);
    return rows.map(shown);
  }

  find(tenantId: string, id: string): Promise<Team | null> {
    return teamIn(this.db, tenantId, id);
  }

  /** Makes a team. Throws NoMemberError, and the database's unique violation for a name that is taken. */
  create(identity: Identity, { name, description, members }: TeamFields): Promise<Team> {
    const id = newId();
    return this.changes.run(async (tx, announce) => {
      await lockMembers(tx, identity.tenantId, members);
      await tx.query(
        'insert into teams (id, tenant_id, version, name, description, created_at, updated_at) values ($1, $2, 1, $3, $4, now(), now())',
        [id, identity.tenantId, name, description],
      );
      await insertMembers(tx, identity.tenantId, id, members);
      const after = (await teamIn(tx, identity.tenantId, id))!;
      announce(...await teamPushes(tx, [id]), auditMessage(identity, { action: 'create', resource: 'teams', resourceId: id, after }));
      return after;
    });
  }

  /** Changes a team; null when the tenant has no such team. `members` replaces all of them. `check` sees the team under lock. Throws as `create` does. */
  update(identity: Identity, id: string, change: Partial<TeamFields>, check: (team: Team) => void): Promise<Team | null> {
    return this.changes.run(async (tx, announce) => {
      if (change.members !== undefined) await lockMembers(tx, identity.tenantId, change.members);
      const before = await lockTeam(tx, identity.tenantId, id);
      if (before === null) return null;
      check(before);
      const { name, description } = { ...before, ...change };
      await tx.query('update teams set name = $2, description = $3, version = version + 1, updated_at = now() where id = $1', [id, name, description]);
      if (change.members !== undefined) {
        await tx.query('delete from team_members where team_id = $1', [id]);
        await insertMembers(tx, identity.tenantId, id, change.members);
      }
      const after = (await teamIn(tx, identity.tenantId, id))!;
      announce(...await teamPushes(tx, [id]), auditMessage(identity, { action: 'update', resource: 'teams', resourceId: id, before, after }));
      return after;
    });
  }

  /** False when the tenant has no such team. */
  remove(identity: Identity, id: string, check: (team: Team) => void): Promise<boolean> {
    return this.changes.run(async (tx, announce) => {
      const before = await lockTeam(tx, identity.tenantId, id);
      if (before === null) return false;
      check(before);
      await tx.query('delete from teams where id = $1', [id]);
      announce(teamGone(id, before.version), auditMessage(identity, { action: 'delete', resource: 'teams', resourceId: id, before }));
      return true;
    });
  }
}

/** Takes who leaves the tenant out of its teams; out: the messages that tell of it. The membership is locked by who calls. */
export async function leaveTeams(tx: Transaction, identity: Identity, userId: string): Promise<OutboxMessage[]> {
  const teams = await tx.query<{ id: string }>(
    'select id from teams where id in (select team_id from team_members where tenant_id = $1 and user_id = $2) order by id for update',
    [identity.tenantId, userId]);
  const ids = teams.map(({ id }) => id);
  const before = await teamsIn(tx, ids);
  await tx.query('delete from team_members where user_id = $1 and team_id = any($2::uuid[])', [userId, ids]);
  await tx.query('update teams set version = version + 1, updated_at = now() where id = any($1::uuid[])', [ids]);
  const after = await teamsIn(tx, ids);
  const audits = ids.map((id) => auditMessage(identity, { action: 'update', resource: 'teams', resourceId: id, before: before.get(id), after: after.get(id) }));
  return [...await teamPushes(tx, ids), ...audits];
}

async function lockMembers(tx: Transaction, tenantId: string, members: readonly TeamMember[]): Promise<void> {
  const rows = await tx.query<{ user_id: string }>(
    'select user_id from memberships where tenant_id = $1 and user_id = any($2::uuid[]) order by user_id for key share',
    [tenantId, members.map(({ userId }) => userId)]);
  const known = new Set(rows.map((row) => row.user_id));
  const unknown = members.flatMap(({ userId }, index) => (known.has(userId) ? [] : [index]));
  if (unknown.length > 0) throw new NoMemberError(unknown);
}

async function insertMembers(tx: Transaction, tenantId: string, teamId: string, members: readonly TeamMember[]): Promise<void> {
  await insertRows(tx, 'team_members', MEMBER, members.map(({ userId, lead }, position) => ({
    team_id: teamId, tenant_id: tenantId, user_id: userId, lead, position,
  })));
}

async function lockTeam(tx: Transaction, tenantId: string, id: string): Promise<Team | null> {
  await tx.query('select 1 from teams where tenant_id = $1 and id = $2 for update', [tenantId, id]);
  return teamIn(tx, tenantId, id);
}

async function teamIn(db: Queryable, tenantId: string, id: string): Promise<Team | null> {
  const [row] = await db.query<TeamRow>(`${TEAMS} where tenant_id = $1 and id = $2`, [tenantId, id]);
  return row === undefined ? null : shown(row);
}

async function teamsIn(tx: Transaction, ids: readonly string[]): Promise<Map<string, Team>> {
  const rows = await tx.query<TeamRow>(`${TEAMS} where id = any($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row.id, shown(row)]));
}

function shown({ id, name, description, members, version, created_at, updated_at }: TeamRow): Team {
  return { id, name, description, members, version, createdAt: created_at.toISOString(), updatedAt: updated_at.toISOString() };
}
