import { hashKey, type Role } from '@signalbox/access';
import type { Database, Transaction } from '@signalbox/database';
import { randomBytes } from 'node:crypto';

/** A session ends so long after it began, whatever happens … */
export const SESSION_SECONDS = 30 * 86_400;
/** … and so long after it was last used. */
const IDLE_SECONDS = 7 * 86_400;

export interface Membership { readonly tenantId: string; readonly tenantName: string; readonly role: Role }

/** Who a session speaks for; memberships (of enabled tenants) oldest first. */
export interface SessionUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly timeZone: string;
  readonly platform: boolean;
  readonly memberships: readonly Membership[];
}

export interface Account { readonly id: string; readonly passwordHash: string }

interface SessionRow { id: string; email: string; name: string; time_zone: string; platform_operator: boolean; stale: boolean; memberships: Membership[] }

const USER = `u.id, u.email, u.name, u.time_zone, u.platform_operator, (
  select coalesce(json_agg(json_build_object('tenantId', t.id, 'tenantName', t.name, 'role', m.role) order by m.created_at, t.id), '[]')
  from memberships m join tenants t on t.id = m.tenant_id where m.user_id = u.id and t.enabled) as memberships`;

/** Accounts that sign in, and their sessions. Memberships are read with every request, so a change of role or tenant counts at once. */
export class SessionStore {
  constructor(private readonly db: Database) {}

  async account(email: string): Promise<Account | undefined> {
    const [row] = await this.db.query<{ id: string; password_hash: string }>(
      'select u.id, c.password_hash from users u join credentials c on c.user_id = u.id where lower(u.email) = lower($1)', [email]);
    return row === undefined ? undefined : { id: row.id, passwordHash: row.password_hash };
  }

  /** Replaces a password's hash by one of the same password with today's parameters; a password that was changed meanwhile stays. */
  async rehash(account: Account, passwordHash: string): Promise<void> {
    await this.db.query(
      'update credentials set password_hash = $3 where user_id = $1 and password_hash = $2',
      [account.id, account.passwordHash, passwordHash],
    );
  }

  /** Sets another password and ends every session but `kept`. False when the password was changed meanwhile. */
  async replacePassword(tx: Transaction, account: Account, passwordHash: string, kept: string): Promise<boolean> {
    const changed = await tx.affected(
      'update credentials set password_hash = $3, changed_at = now() where user_id = $1 and password_hash = $2',
      [account.id, account.passwordHash, passwordHash],
    );
    if (changed === 0) return false;
    await tx.query('delete from sessions where user_id = $1 and token_hash <> $2', [account.id, hashKey(kept)]);
    return true;
  }

  /** Begins a session. Out: the token for the cookie (256 random bits), which is stored as a hash only, and whom it is for. */
  async begin(userId: string, origin: { ip: string; userAgent: string | undefined }): Promise<{ token: string; user: SessionUser }> {
    const token = randomBytes(32).toString('base64url');
    const [row] = await this.db.query<SessionRow>(
      `with made as (insert into sessions (token_hash, user_id, expires_at, ip, user_agent) values ($1, $2, now() + make_interval(secs => $3), $4, $5))
       select ${USER}, false as stale from users u where u.id = $2`,
      [hashKey(token), userId, SESSION_SECONDS, origin.ip, origin.userAgent?.slice(0, 256) ?? null]);
    return { token, user: userOf(row!) };
  }

  /** Who a cookie's token speaks for; nothing when the session is unknown or over. */
  async find(token: string): Promise<SessionUser | undefined> {
    const hash = hashKey(token);
    const [row] = await this.db.query<SessionRow>(
      `select ${USER}, s.seen_at < now() - interval '1 minute' as stale from sessions s join users u on u.id = s.user_id
       where s.token_hash = $1 and s.expires_at > now() and s.seen_at > now() - make_interval(secs => $2)`, [hash, IDLE_SECONDS]);
    if (row === undefined) return undefined;
    if (row.stale) await this.db.query(`update sessions set seen_at = now() where token_hash = $1 and seen_at < now() - interval '1 minute'`, [hash]);
    return userOf(row);
  }

  async end(token: string): Promise<void> {
    await this.db.query('delete from sessions where token_hash = $1', [hashKey(token)]);
  }

  /** Deletes sessions that are over. */
  async purge(): Promise<void> {
    await this.db.query('delete from sessions where expires_at < now() or seen_at < now() - make_interval(secs => $1)', [IDLE_SECONDS]);
  }
}

function userOf({ id, email, name, time_zone, platform_operator, memberships }: SessionRow): SessionUser {
  return { id, email, name, timeZone: time_zone, platform: platform_operator, memberships };
}
