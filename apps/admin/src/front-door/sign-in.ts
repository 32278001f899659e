import { auditMessage, hashPassword, needsRehash, verifyPassword, type Identity } from '@signalbox/access';
import { Problem, forbidden, unauthorized } from '@signalbox/http-api';
import { waitSeconds } from '../domain/sign-in-limits.js';
import type { AnnouncedChange } from '../store/announced-change.js';
import type { Account, SessionStore, SessionUser } from '../store/session-store.js';
import type { SignInAttempts } from '../store/sign-in-attempts.js';
import { networkOf } from './network.js';
import { identityOf } from './doorkeeper.js';

export interface Credentials { readonly email: string; readonly password: string }
export interface Origin { readonly ip: string; readonly userAgent: string | undefined; readonly requestId: string | undefined }
export type SignInOutcome = 'signed_in' | 'refused' | 'throttled';

/** Each verification takes some 50 ms of this process: so many may wait at most. */
const WAITING_AT_MOST = 20;

/** Passwords: signing in by one, and changing one's own. What it answers, and how long that takes, tells nobody which accounts exist. */
export class SignIn {
  private waiting = 0;

  constructor(
    private readonly sessions: SessionStore, private readonly attempts: SignInAttempts, private readonly changes: AnnouncedChange,
    private readonly count: (outcome: SignInOutcome) => void,
  ) {}

  /** Begins a session. Throws a problem: 401 wrong, 403 no tenant, 429 too often. */
  signIn(credentials: Credentials, origin: Origin): Promise<{ token: string; user: SessionUser }> {
    return this.inTurn(async () => {
      const account = await this.verify(credentials, origin.ip);
      if (account === undefined) throw unauthorized('The e-mail address or the password is wrong.');
      if (needsRehash(account.passwordHash)) await this.sessions.rehash(account, await hashPassword(credentials.password));
      const { token, user } = await this.sessions.begin(account.id, origin);
      await this.tell(token, user, origin);
      this.count('signed_in');
      return { token, user };
    });
  }

  /** Changes the password of who is signed in by `token`, and ends all their other sessions. False when the current one is wrong; throws 429 too often. */
  changePassword(identity: Identity, token: string, { email, password }: Credentials, newPassword: string): Promise<boolean> {
    return this.inTurn(async () => {
      const account = await this.verify({ email, password }, identity.ip ?? '0.0.0.0');
      if (account === undefined) return false;
      const passwordHash = await hashPassword(newPassword);
      return this.changes.run(async (tx, announce) => {
        const changed = await this.sessions.replacePassword(tx, account, passwordHash, token);
        if (changed) announce(auditMessage(identity, { action: 'change-password', resource: 'users', resourceId: account.id }));
        return changed;
      });
    });
  }

  /** The account of these credentials; nothing when they are wrong. Every attempt counts, before it is looked at. */
  private async verify({ email, password }: Credentials, ip: string): Promise<Account | undefined> {
    const network = networkOf(ip);
    const wait = waitSeconds(await this.attempts.count(email, network), new Date());
    if (wait > 0) throw this.throttled(wait);
    const account = await this.sessions.account(email);
    if (!(await verifyPassword(password, account?.passwordHash)) || account === undefined) {
      this.count('refused');
      return undefined;
    }
    await this.attempts.succeeded(email, network);
    return account;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= WAITING_AT_MOST) throw this.throttled(1);
    this.waiting += 1;
    try {
      return await work();
    } finally {
      this.waiting -= 1;
    }
  }

  private async tell(token: string, user: SessionUser, { ip, requestId }: Origin): Promise<void> {
    const identity = identityOf(user, undefined);
    if (identity === undefined) {
      await this.sessions.end(token);
      throw forbidden('This account belongs to no tenant that is enabled: ask an administrator to add it.');
    }
    await this.changes.run(async (_tx, announce) => announce(auditMessage(
      { ...identity, ip, ...(requestId === undefined ? {} : { requestId }) }, { action: 'sign-in', resource: 'session', resourceId: user.id })));
  }

  private throttled(seconds: number): Problem {
    this.count('throttled');
    return new Problem({ status: 429, detail: `Too many attempts to sign in: try again in ${seconds} seconds.`, headers: { 'Retry-After': String(seconds) } });
  }
}
