import { hashKey, identityHeader, isApiKey, passesCsrfRule, type Authenticate, type Identity, type IdentityVerifier } from '@signalbox/access';
import { isId, questions } from '@signalbox/contracts';
import { badRequest, forbidden, notFound, unauthorized, unavailable } from '@signalbox/http-api';
import type { Bus, ReadModel } from '@signalbox/messaging';
import type { IncomingMessage } from 'node:http';

/** The cookie of admin's sessions. */
export const SESSION_COOKIE = 'signalbox_session';
const ASK_TIMEOUT_MS = 2_000;

/** Ops may be reached through admin (the signed identity) and directly, with an API key or a session of admin's. */
export function whoAsks(verifier: IdentityVerifier, apiKeys: ReadModel<'api-keys'>, bus: Bus): Authenticate {
  const signed = identityHeader(verifier, 'ops');
  return async (request) => (await signed(request)) ?? (await byApiKey(request, apiKeys)) ?? bySession(request, bus);
}

/** The key alone says whose tenant it is. */
async function byApiKey(request: IncomingMessage, apiKeys: ReadModel<'api-keys'>): Promise<Identity | undefined> {
  const key = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined) return undefined;
  const known = isApiKey(key) ? await apiKeys.find(hashKey(key)) : undefined;
  if (known === undefined || (known.expiresAt !== null && Date.parse(known.expiresAt) <= Date.now())) {
    throw unauthorized('This API key is not known, has expired or was revoked.');
  }
  const { tenantId, id, name, role, scopes } = known;
  const wanted = tenantHeader(request);
  if (wanted !== undefined && wanted !== tenantId) throw notFound('tenant', wanted);
  return { tenantId, subject: { type: 'api_key', id, name }, role, scopes, ...origin(request) };
}

/** Admin knows its sessions; a change also needs the header that no other site can send. */
async function bySession(request: IncomingMessage, bus: Bus): Promise<Identity | undefined> {
  const cookieToken = cookieOf(request.headers.cookie);
  if (cookieToken === undefined) return undefined;
  const tenantId = tenantHeader(request);
  if (!passesCsrfRule(request.method, request.headers)) throw forbidden('A change in a browser session needs the header X-Requested-With: XMLHttpRequest.');
  const identity = await bus.ask<Identity | null>(questions.session, { cookieToken, ...(tenantId === undefined ? {} : { tenantId }) }, ASK_TIMEOUT_MS);
  if (identity === undefined) throw unavailable('The service that knows sessions (admin) does not answer; try again in a moment.');
  return identity === null ? undefined : { ...identity, ...origin(request) };
}

function tenantHeader({ headers }: IncomingMessage): string | undefined {
  const value = headers['x-tenant-id'];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !isId(value)) throw badRequest([{ path: 'X-Tenant-Id', message: 'must be the id of a tenant' }]);
  return value.toLowerCase();
}

function cookieOf(header: string | undefined): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [name, ...value] = pair.trim().split('=');
    if (name === SESSION_COOKIE && value.length > 0) return value.join('=');
  }
  return undefined;
}

function origin(request: IncomingMessage & { id?: string }): { ip?: string; requestId?: string } {
  const ip = request.socket.remoteAddress;
  return { ...(ip === undefined ? {} : { ip }), ...(request.id === undefined ? {} : { requestId: request.id }) };
}
