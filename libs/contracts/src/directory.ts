
/**
 * Configuration that other services hold in memory: written by its owner through its outbox, with the row's version,
 * into the `directory` key-value bucket; watched by whoever needs a copy. No raw key or secret is a key or a value: hashes
 * and sealed texts are.
 */
export interface DirectoryKinds {
  /** By SHA-256 of the key. Owner: admin. */
  'api-keys': { id: string; tenantId: string; name: string; role: 'viewer' | 'editor' | 'admin'; scopes: string[]; expiresAt: string | null };
  /** By tenant id. Owner: admin. */
  tenants: { id: string; name: string; enabled: boolean };
  /** By `memberKey`: a person is known in each of their tenants. Owner: admin. */
  members: { tenantId: string; userId: string; name: string; email: string; timeZone: string; role: 'viewer' | 'editor' | 'admin' };
  /** By team id; members in the team's order. Owner: admin. */
  teams: { id: string; tenantId: string; name: string; memberIds: string[] };
  /** By service id. Owner: incidents. */
  services: { id: string; tenantId: string; name: string };
  /** By integration id. Owner: ingest. */
  integrations: {
    id: string; tenantId: string; serviceId: string; type: string; name: string; keyHash: string; enabled: boolean;
    sealedSecrets: string[]; rateLimitPerMinute: number; config: unknown; severities: Record<string, string> | null;
  };
  /** By channel id. Owner: notifications. */
  channels: { id: string; tenantId: string };
  /** By rule id. Owner: notifications. */
  'routing-rules': { id: string; tenantId: string };
  /** By route id. Owner: delivery. */
  routes: { id: string; tenantId: string };
}

export type DirectoryKind = keyof DirectoryKinds;

/** The key of a person in one tenant: ids in lower case. */
export function memberKey(tenantId: string, userId: string): string {
  return `${tenantId}_${userId}`;
}

/** One entry of the bucket. `value: null` marks a deletion and is kept, so that a late older version cannot revive it. */
export interface DirectoryEntry<K extends DirectoryKind> {
  readonly kind: K;
  readonly key: string;
  readonly version: number;
  readonly value: DirectoryKinds[K] | null;
}

/** What a service answers when asked what it knows of a trace (OBS-2). */
export interface TraceEntry {
  readonly at: string;
  readonly service: string;
  readonly kind: string;
  readonly id: string;
  readonly summary: string;
  readonly data?: Record<string, unknown>;
}

/** Questions between services, over core NATS request/reply. */
export const questions = {
  trace: (service: string) => `requests.${service}.trace`,
  directory: (kind: DirectoryKind) => `requests.directory.${kind}`,
  session: 'requests.admin.session',
} as const;

export interface TraceQuestion { readonly tenantId: string; readonly traceId: string }
export interface DirectoryQuestion { readonly key: string }
