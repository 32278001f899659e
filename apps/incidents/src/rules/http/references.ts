import type { Database } from '@signalbox/database';
import { badRequest, type InputFault } from '@signalbox/http-api';
import type { PolicyTarget } from '../../domain/rules.js';

/** By the type of a target: whether it is the tenant's. Throws OwnerAwayError when that cannot be told now. */
export type OwnTargets = Readonly<Record<PolicyTarget['type'], (tenantId: string, id: string) => Promise<boolean>>>;


/** Whether what a rule names is the tenant's: another tenant's id is as wrong as one of nothing. */
export class References {
  constructor(private readonly db: Database, private readonly targets: OwnTargets) {}

  /** What is wrong with ids that are to be services; `path` is the list's. */
  async serviceFaults(tenantId: string, path: string, ids: readonly string[]): Promise<InputFault[]> {
    if (ids.length === 0) return [];
    const rows = await this.db.query<{ id: string }>('select id from services where tenant_id = $1 and id = any($2::uuid[])', [tenantId, ids]);
    const own = new Set(rows.map(({ id }) => id));
    return ids.flatMap((id, index) => (own.has(id.toLowerCase()) ? [] : [{ path: `${path}[${index}]`, message: 'is not the id of a service of yours' }]));
  }

  /** The names of the services that use a policy. */
  async servicesWithPolicy(tenantId: string, policyId: string): Promise<string[]> {
    const rows = await this.db.query<{ name: string }>(
      'select name from services where tenant_id = $1 and policy_id = $2 order by lower(name) limit 20',
      [tenantId, policyId],
    );
    return rows.map(({ name }) => name);
  }

  /** Refuses (400) targets that are not the tenant's; by the path of each (`steps[0].targets[1]`). */
  async requireTargets(tenantId: string, targets: ReadonlyMap<string, PolicyTarget>): Promise<void> {
    const faults = await Promise.all([...targets].map(async ([path, { type, id }]): Promise<InputFault[]> =>
      (await this.targets[type](tenantId, id.toLowerCase()) ? [] : [{ path: `${path}.id`, message: `is not the id of a ${type} of yours` }])));
    refuse(faults.flat());
  }
}

/** 400 with all faults, when there are any. */
export function refuse(faults: readonly InputFault[]): void {
  if (faults.length > 0) throw badRequest(faults);
}
