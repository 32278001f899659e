/**
 * The membership under which a request acts: the one of the tenant that it names (`X-Tenant-Id`), else the first (oldest).
 * Nothing when there is no such membership: a tenant is never taken on trust.
 */
export function chooseTenant<M extends { readonly tenantId: string }>(memberships: readonly M[], wanted: string | undefined): M | undefined {
  return wanted === undefined ? memberships[0] : memberships.find(({ tenantId }) => tenantId === wanted.toLowerCase());
}
