import { auditMessage, type Identity } from '@signalbox/access';
import type { ResourceStore } from '@signalbox/database';
import { directoryMessage } from '@signalbox/messaging';
import type { LiveRoute, LiveRoutes } from '../store/live-routes.js';
import type { RouteEntity } from '../store/route.entity.js';

/** Pauses a route whose destination says that it will never take anything again: what it matches is held until somebody mends it. */
export function routePauser(rows: ResourceStore<RouteEntity>, routes: LiveRoutes) {
  return async (route: LiveRoute, reason: string): Promise<void> => {
    if (routes.get(route.tenantId, route.id)?.state !== 'active') return;
    const delivery: Identity = { tenantId: route.tenantId, subject: { type: 'service', id: 'delivery', name: 'delivery' }, role: 'admin', scopes: [] };
    const row = await rows.update(route.tenantId, route.id, (r) => {
      r.state = 'paused';
      r.stateReason = reason;
    }, (before, after) => [
      directoryMessage('routes', route.id, after!.version, { id: route.id, tenantId: route.tenantId }),
      auditMessage(delivery, {
        action: 'pause', resource: 'message-routes', resourceId: route.id,
        before: { state: before!.state }, after: { state: 'paused', reason },
      }),
    ]);
    if (row !== null) routes.keep(route.id, row);
  };
}
