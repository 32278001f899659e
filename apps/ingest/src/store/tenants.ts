import type { ReadModel } from '@signalbox/messaging';

/** The tenants as this gateway knows them; `ready` once it has heard of all. */
export type Tenants = Pick<ReadModel<'tenants'>, 'get' | 'ready'>;

/**
 * Whether an operator of the platform has disabled a tenant. One of which this gateway has
 * not heard yet counts as enabled: one alert too many is better than one lost.
 */
export function isDisabled(tenants: Pick<Tenants, 'get'>, tenantId: string): boolean {
  return tenants.get(tenantId)?.enabled === false;
}

/** What a sender is told of a disabled tenant, `whose` ("The integration's"). */
export function disabledTenant(whose: string): string {
  return `${whose} tenant is disabled: an operator of the platform has to enable it.`;
}
