import { hasScope, hashKey } from '@signalbox/access';
import type { DirectoryKinds } from '@signalbox/contracts';
import type { ReadModel } from '@signalbox/messaging';
import type { Headers } from '../sources/contract.js';
import type { IntegrationIndex, LiveIntegration } from '../store/integration-index.js';
import { refuse } from './answers.js';

/** Every place in which a sender may show an integration's key, in the order in which they are looked at. */
export function shownKey(headers: Headers, query: URLSearchParams | undefined): string | undefined {
  return notToken(authorizationKey(headers.authorization))
    ?? headers['x-integration-key']
    ?? headers['x-api-key']
    ?? headers['x-routing-key']
    ?? query?.get('key')
    ?? undefined;
}

/** A JWT (Pub/Sub's, say) is a proof of someone else's, never a key: that stands elsewhere then. */
function notToken(key: string | undefined): string | undefined {
  return key !== undefined && /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(key) ? undefined : key;
}

/** The key in an Authorization header: `Bearer <key>`, `Token token=<key>`, or the password of basic auth. */
export function authorizationKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [, scheme = '', value = ''] = /^(\S+)\s+(.*)$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer': return value.trim();
    case 'token': return value.replace(/^token=/i, '').replace(/^"|"$/g, '').trim();
    case 'basic': {
      const plain = Buffer.from(value, 'base64').toString('utf8');
      return plain.slice(plain.indexOf(':') + 1);
    }
    default: return undefined;
  }
}

type ApiKey = DirectoryKinds['api-keys'];

/** Finds who sends, in memory; only what is not there is looked up. Throws CannotLookUpError or OwnerAwayError when that cannot be done now. */
export class Credentials {
  constructor(
    private readonly integrations: IntegrationIndex,
    private readonly apiKeys: ReadModel<'api-keys'>,
    private readonly services: ReadModel<'services'>,
  ) {}

  /** The integration of a key. Found by the key's hash, so that nothing is compared character by character. */
  async integrationOfKey(key: string, now: number): Promise<LiveIntegration | undefined> {
    if (key === '' || key.length > 255) return undefined;
    const hash = hashKey(key);
    return this.integrations.getByKeyHash(hash) ?? await this.integrations.lookUp('key_hash', hash, now);
  }

  async integrationOfId(id: string, now: number): Promise<LiveIntegration | undefined> {
    return this.integrations.get(id) ?? await this.integrations.lookUp('id', id, now);
  }

  /** The API key shown as `Bearer sk_live_…`, if it may do this. Refuses with 401 or 403. */
  async apiKey(key: string, scope: 'events:write' | 'messages:write', now: number): Promise<ApiKey> {
    const found = await this.apiKeys.find(hashKey(key), now);
    if (found === undefined || (found.expiresAt !== null && Date.parse(found.expiresAt) <= now)) {
      return refuse(401, 'The API key is unknown, revoked or expired.');
    }
    if (!hasScope(found.scopes, scope)) refuse(403, `The API key lacks the scope ${scope}.`);
    return found;
  }

  /** Whether the service is one of this tenant's. */
  async ownsService(tenantId: string, serviceId: string, now: number): Promise<boolean> {
    return (await this.services.find(serviceId, now))?.tenantId === tenantId;
  }
}
