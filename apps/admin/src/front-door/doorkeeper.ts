import { isApiKey, passesCsrfRule, type Identity } from '@signalbox/access';
import { Problem, addressOf, notFound, unauthorized, type TracedRequest } from '@signalbox/http-api';
import { chooseTenant } from '../domain/tenant-choice.js';
import type { ApiKeyStore } from '../store/api-key-store.js';
import type { SessionStore, SessionUser } from '../store/session-store.js';
import { sessionToken } from './cookie.js';

/** Finds out who asks, from the credential alone: an API key, or else a session's cookie. */
export class Doorkeeper {
  constructor(private readonly sessions: SessionStore, private readonly apiKeys: ApiKeyStore, private readonly trustedProxies: number) {}

  /**
   * The identity behind a request; nothing when it has no credential. Throws a problem: 401 for a credential that does not hold, 403 for a
   * session's change without X-Requested-With, 404 for a tenant that is not the caller's.
   */
  async identify(request: TracedRequest): Promise<Identity | undefined> {
    const { authorization } = request.headers;
    const identity = authorization === undefined ? await this.bySession(request) : await this.byKey(authorization, tenantHeader(request));
    if (identity === undefined) return undefined;
    return { ...identity, ip: addressOf(request, this.trustedProxies), ...(request.id === undefined ? {} : { requestId: request.id }) };
  }

  /** Who a session's token speaks for, for a service that has the cookie itself; nothing when the session or the membership is not there. */
  async identityOfToken(token: string, tenantId: string | undefined): Promise<Identity | undefined> {
    const user = await this.sessions.find(token);
    return user === undefined ? undefined : identityOf(user, tenantId);
  }

  private async byKey(authorization: string, tenantId: string | undefined): Promise<Identity> {
    const [, key = ''] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    const identity = isApiKey(key) ? await this.apiKeys.identify(key) : undefined;
    if (identity === undefined) throw unauthorized('The API key is not valid (unknown, revoked or expired): send Authorization: Bearer sk_live_….');
    if (tenantId !== undefined && chooseTenant([identity], tenantId) === undefined) throw notFound('tenant', tenantId);
    return identity;
  }

  private async bySession(request: TracedRequest): Promise<Identity | undefined> {
    const token = sessionToken(request.headers);
    const user = token === undefined ? undefined : await this.sessions.find(token);
    if (user === undefined) return undefined;
    if (!passesCsrfRule(request.method, request.headers)) {
      throw new Problem({ status: 403, slug: 'csrf', detail: 'A change in a browser session needs the header X-Requested-With: XMLHttpRequest.' });
    }
    const tenantId = tenantHeader(request);
    const identity = identityOf(user, tenantId);
    if (identity !== undefined) return identity;
    throw tenantId === undefined ? unauthorized('This account belongs to no tenant: ask an administrator to add it.') : notFound('tenant', tenantId);
  }
}

export function identityOf(user: SessionUser, tenantId: string | undefined): Identity | undefined {
  const membership = chooseTenant(user.memberships, tenantId);
  return membership === undefined ? undefined : {
    tenantId: membership.tenantId, subject: { type: 'user', id: user.id, name: user.name }, role: membership.role, scopes: [],
    ...(user.platform ? { platform: true } : {}),
  };
}

function tenantHeader({ headers }: TracedRequest): string | undefined {
  const value = headers['x-tenant-id'];
  return value === undefined ? undefined : String(value);
}
