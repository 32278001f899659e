import type { Urgency } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { InputFault } from '@signalbox/http-api';
import type { ByUrgency } from '../../domain/rules.js';
import type { ServiceEntity } from '../../store/service.entity.js';
import { circleThrough, type Dependent } from '../domain/dependencies.js';
import { PolicyStore } from '../store/rule-store.js';
import type { ServiceSettingsAnswer } from './answers.dto.js';
import { References, refuse } from './references.js';
import { given } from './rule-resource.js';
import type { SecondsByUrgency, ServiceSettings, SlaTargets } from './service-settings.dto.js';

export const NO_POLICY: InputFault = { path: 'policyId', message: 'is not the id of an escalation policy of yours' };

const URGENCIES: readonly Urgency[] = ['HIGH', 'MEDIUM', 'LOW'];

/** Checks what a service is to say of its incidents against what the tenant has. */
export class SettingsOfServices {
  constructor(private readonly db: Database, private readonly policies: PolicyStore, private readonly references: References) {}

  /** The columns that a body sets; refuses (400) what cannot be, all of it at once. `id`: of the service that is changed. */
  async columnsOf(tenantId: string, settings: ServiceSettings, id?: string): Promise<object> {
    const { policyId, urgency, sla, autoResolveSeconds, reopenSeconds, stormPerMinute, flapping, dependsOn, runbookUrl } = settings;
    const faults = await Promise.all([this.policyFaults(tenantId, policyId), this.dependencyFaults(tenantId, dependsOn ?? [], id), slaFaults(sla)]);
    refuse(faults.flat());
    return given({
      policyId: policyId?.toLowerCase() ?? policyId, urgency, sla: slaOf(sla), autoResolveSeconds, reopenSeconds, stormPerMinute,
      flapping: flapping && { changes: flapping.changes, seconds: flapping.seconds }, dependsOn: dependsOn?.map((one) => one.toLowerCase()), runbookUrl,
    });
  }

  private async policyFaults(tenantId: string, policyId: string | null | undefined): Promise<InputFault[]> {
    if (policyId === undefined || policyId === null || await this.policies.find(tenantId, policyId) !== null) return [];
    return [NO_POLICY];
  }

  /** Two changes at the same moment may still close a circle: then the first that has an incident keeps the others quiet, as if the rest were not said. */
  private async dependencyFaults(tenantId: string, dependsOn: readonly string[], id: string | undefined): Promise<InputFault[]> {
    if (dependsOn.length === 0) return [];
    const faults = await this.references.serviceFaults(tenantId, 'dependsOn', dependsOn);
    if (faults.length > 0 || id === undefined) return faults;
    const services = await this.db.query<Dependent & Record<string, unknown>>(
      'select id, name, depends_on as "dependsOn" from services where tenant_id = $1',
      [tenantId],
    );
    const circle = circleThrough(id, dependsOn.map((one) => one.toLowerCase()), services);
    if (circle === null) return [];
    return [{ path: 'dependsOn', message: circle.length === 2 ? 'a service cannot depend on itself' : `would close a circle: ${circle.join(' needs ')}` }];
  }
}

/** An incident cannot be resolved in time and acknowledged later. */
function slaFaults(sla: SlaTargets | null | undefined): InputFault[] {
  return URGENCIES.flatMap((urgency) => {
    const [acknowledge, resolve] = [sla?.acknowledgeSeconds?.[urgency], sla?.resolveSeconds?.[urgency]];
    return typeof acknowledge === 'number' && typeof resolve === 'number' && acknowledge > resolve
      ? [{ path: `sla.acknowledgeSeconds.${urgency}`, message: 'must not be more than the seconds to resolve' }] : [];
  });
}

function slaOf(sla: SlaTargets | null | undefined): ServiceEntity['sla'] | undefined {
  if (sla === undefined || sla === null) return sla;
  const [acknowledgeSeconds, resolveSeconds] = [byUrgency(sla.acknowledgeSeconds), byUrgency(sla.resolveSeconds)];
  return Object.keys(acknowledgeSeconds).length + Object.keys(resolveSeconds).length === 0 ? null : { acknowledgeSeconds, resolveSeconds };
}

function byUrgency(seconds: SecondsByUrgency = {}): ByUrgency {
  return { ...seconds };
}

/** A service's settings as they are shown. */
export function shownSettings(row: ServiceEntity): ServiceSettingsAnswer {
  const { policyId, urgency, sla, autoResolveSeconds, reopenSeconds, stormPerMinute, flapping, dependsOn, runbookUrl } = row;
  return { policyId, urgency, sla, autoResolveSeconds, reopenSeconds, stormPerMinute, flapping, dependsOn, runbookUrl };
}
