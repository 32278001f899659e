import { badRequest } from '@signalbox/http-api';
import type { ReadModel } from '@signalbox/messaging';

/** Which services a tenant has, as the directory tells; their owner is asked about one that is not known yet. */
export class OwnServices {
  constructor(private readonly services: ReadModel<'services'>) {}

  /** Refuses (400) ids that are no services of this tenant. In: where each stands in the body (`serviceId`), and the id. */
  async require(tenantId: string, ids: Readonly<Record<string, string>>): Promise<void> {
    const faults = await Promise.all(Object.entries(ids).map(async ([path, id]) =>
      (await this.services.find(id.toLowerCase()))?.tenantId === tenantId ? [] : [{ path, message: 'is not the id of a service of yours' }]));
    if (faults.flat().length > 0) throw badRequest(faults.flat());
  }
}
