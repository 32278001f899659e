import type { IncidentState } from './incident-state.js';
import { matchesAll } from './matcher.js';
import type { TenantRules } from './rules.js';

/**
 * Whether an incident is to be held against a rule (or its service) that was made, changed or deleted, of which `id` is the id and `rules` what
 * is in force now: it is quiet because of it in another way than now, or may be from now on. One that a slower look left as it should be is no concern.
 */
export function concerns(id: string, incident: IncidentState, rules: TenantRules, now: string): boolean {
  const { status, serviceId, plan: { quiet } } = incident;
  const ofService = serviceId === id;
  const until = quietUntil(id, incident, rules, now);
  if (status === 'SUPPRESSED') {
    if (quiet?.ruleId === id) return until === null || until !== quiet.until;
    return ofService && (quiet?.kind === 'flapping' || quiet?.kind === 'inhibited');
  }
  // Somebody is on it, and stays so: only the clock of its targets stands still.
  if (status === 'ACKNOWLEDGED') return incident.plan.sla !== null && (quiet?.ruleId === id ? until !== quiet.until : quiet === null && until !== null);
  if (status !== 'OPEN') return false;
  return until !== null
    || rules.inhibitions.some((one) => one.id === id && matchesAll(one.target, incident))
    || (ofService && (rules.service(id)?.dependsOn.length ?? 0) > 0);
}

/** When a silence or a window of this id begins next after now: open incidents are held against it then. Null when none does. */
export function beginsNext(id: string, rules: TenantRules, now: string): string | null {
  const silence = rules.silences.find((one) => one.id === id);
  if (silence !== undefined) return silence.startsAt > now ? silence.startsAt : null;
  return rules.windows.find((one) => one.id === id)?.beginsAfter(now) ?? null;
}

/** Until when a silence or a window of this id keeps an incident quiet; null when none does. */
function quietUntil(id: string, incident: IncidentState, rules: TenantRules, now: string): string | null {
  const silence = rules.silences.find((one) => one.id === id);
  if (silence !== undefined) return silence.startsAt <= now && now < silence.endsAt && matchesAll(silence.matchers, incident) ? silence.endsAt : null;
  const window = rules.windows.find((one) => one.id === id);
  if (window === undefined) return null;
  const isOfService = window.serviceIds.length === 0 || window.serviceIds.includes(incident.serviceId);
  if (!isOfService || !matchesAll(window.matchers, incident)) return null;
  return window.endAt(now);
}
