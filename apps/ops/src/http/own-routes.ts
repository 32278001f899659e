import { badRequest } from '@signalbox/http-api';
import type { ReadModel } from '@signalbox/messaging';

/** Which message routes a tenant has, as the directory tells; their owner is asked about one that is not known yet. */
export class OwnRoutes {
  constructor(private readonly routes: ReadModel<'routes'>) {}

  /** Refuses (400) a `routeId` that is no message route of this tenant. */
  async require(tenantId: string, routeId: string): Promise<void> {
    if ((await this.routes.find(routeId.toLowerCase()))?.tenantId !== tenantId) {
      throw badRequest([{ path: 'routeId', message: 'is not the id of a message route of yours' }]);
    }
  }
}
