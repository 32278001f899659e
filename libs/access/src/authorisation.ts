/** Roles within a tenant, weakest first. Running the platform itself (tenants, bus) is the separate `platform` mark. */
export const ROLES = ['viewer', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export type Action = 'read' | 'write';

/** Who asks, as the front door established it. Everything is about `tenantId`, and nothing else decides the tenant. */
export interface Identity {
  readonly tenantId: string;
  readonly subject: { readonly type: 'user' | 'api_key' | 'service'; readonly id: string; readonly name: string };
  readonly role: Role;
  /** What an API key is narrowed to; not looked at for users and services. */
  readonly scopes: readonly string[];
  /** A platform operator: may do what is declared with `role: 'platform'`, on top of the role. */
  readonly platform?: boolean;
  readonly ip?: string;
  readonly requestId?: string;
}

/** What one operation asks for. `resource` is the word in the path and in the scope (`incidents`, `api-keys`, …). */
export interface Requirement {
  readonly resource: string;
  readonly action: Action;
  /** The weakest role that may, or `platform`: only operators of the platform. */
  readonly role: Role | 'platform';
}

const SCOPE = /^(\*|[a-z][a-z0-9-]*:(read|write))$/;

/** Whether a text is a scope that may be granted: `<resource>:read`, `<resource>:write` or `*`. */
export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

/**
 * Whether the granted scopes hold the needed one. Exact, or `*`: writing does not include reading, so that a device
 * that may send messages cannot read everybody's.
 */
export function hasScope(granted: readonly string[], needed: string): boolean {
  return granted.includes(needed) || granted.includes('*');
}

/** Whether an identity may do an operation: the role suffices, and an API key has the scope as well. */
export function allows(identity: Identity, { resource, action, role }: Requirement): boolean {
  if (role === 'platform' ? identity.platform !== true : !isAtLeast(identity.role, role)) return false;
  return identity.subject.type !== 'api_key' || hasScope(identity.scopes, `${resource}:${action}`);
}

export function isAtLeast(role: Role, minRole: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(minRole);
}

export function isRole(text: unknown): text is Role {
  return (ROLES as readonly unknown[]).includes(text);
}
