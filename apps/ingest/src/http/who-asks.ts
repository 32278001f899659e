import { hashKey, identityHeader, isApiKey, type Authenticate, type Identity, type IdentityVerifier } from '@signalbox/access';
import { unauthorized } from '@signalbox/http-api';
import type { ReadModel } from '@signalbox/messaging';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The only operators' path that is also asked here directly, by those who look after the platform or a tenant with a script. */
const HEALTH = /^\/api\/integrations\/health\/?(\?|$)/;

/** Who scrapes with the platform's token: of no tenant, and so of all. */
const SCRAPER: Identity = Object.freeze({
  tenantId: '00000000-0000-0000-0000-000000000000',
  subject: Object.freeze({ type: 'service' as const, id: 'scraper', name: 'scrape token' }),
  role: 'viewer' as const, scopes: Object.freeze([]), platform: true,
});

/** The signed identity that admin sends along; for health also an API key, or the scrape token where one is set. */
export function whoAsks(verifier: IdentityVerifier, apiKeys: ReadModel<'api-keys'>, scrapeToken: string | undefined): Authenticate {
  const signed = identityHeader(verifier, 'ingest');
  return async (request) => {
    const identity = await signed(request);
    if (identity !== undefined || !HEALTH.test(request.url ?? '')) return identity;
    return byBearer(request, apiKeys, scrapeToken);
  };
}

/** Whether it is the scraper, who sees all tenants. */
export function isScraper(identity: Identity): boolean {
  return identity === SCRAPER;
}

async function byBearer({ headers }: IncomingMessage, apiKeys: ReadModel<'api-keys'>, scrapeToken: string | undefined): Promise<Identity | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  if (scrapeToken !== undefined && timingSafeEqual(digest(token), digest(scrapeToken))) return SCRAPER;
  const known = isApiKey(token) ? await apiKeys.find(hashKey(token)) : undefined;
  if (known === undefined || (known.expiresAt !== null && Date.parse(known.expiresAt) <= Date.now())) {
    throw unauthorized('This is no API key that is known and valid, nor the scrape token.');
  }
  const { tenantId, id, name, role, scopes } = known;
  return { tenantId, subject: { type: 'api_key', id, name }, role, scopes };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
