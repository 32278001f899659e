import type { IncidentState } from './incident-state.js';
import { matchesAll } from './matcher.js';
import type { TenantRules } from './rules.js';

/**
 * Whether an incident is to be held against a rule (or its service) that was made, changed or deleted, of which `id` is the id and `rules` what
 * is in force now: it is quiet because of it, or may be from now on.
 */
export function concerns(id: string, incident: IncidentState, rules: TenantRules, now: string): boolean {
  const { status, serviceId, plan: { quiet } } = incident;
  const ofService = serviceId === id;
  if (status === 'SUPPRESSED') return quiet?.ruleId === id || (ofService && (quiet?.kind === 'flapping' || quiet?.kind === 'inhibited'));
  if (status !== 'OPEN') return false;
  return rules.silences.some((one) => one.id === id && one.startsAt <= now && now < one.endsAt && matchesAll(one.matchers, incident))
    || rules.windows.some((one) => one.id === id && one.endAt(now) !== null && (one.serviceIds.length === 0 || one.serviceIds.includes(serviceId)) && matchesAll(one.matchers, incident))
    || rules.inhibitions.some((one) => one.id === id && matchesAll(one.target, incident))
    || (ofService && (rules.service(id)?.dependsOn.length ?? 0) > 0);
}
