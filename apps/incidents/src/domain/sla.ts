import { changed, planned, type Change, type IncidentState, type Sla, type SlaTarget } from './incident-state.js';
import { earliest, plusSeconds, secondsBetween } from './instant.js';
import type { ServiceRules } from './rules.js';

/** A warning comes when this share of the time has gone. */
const WARN_AT = 0.8;

const NAMES = ['acknowledge', 'resolve'] as const;
type Name = (typeof NAMES)[number];

/** The targets that a service sets for an incident of its urgency; null when there are none. */
export function slaOf(service: ServiceRules | undefined, { urgency, openedAt }: Pick<IncidentState, 'urgency' | 'openedAt'>): Sla | null {
  const wanted = service?.sla ?? null;
  if (wanted === null) return null;
  const target = (seconds: number | undefined): SlaTarget | null =>
    (seconds === undefined ? null : { by: plusSeconds(openedAt, seconds), warnAt: plusSeconds(openedAt, seconds * WARN_AT), state: 'pending' });
  const sla: Sla = { acknowledge: target(wanted.acknowledgeSeconds[urgency]), resolve: target(wanted.resolveSeconds[urgency]), heldSince: null };
  return sla.acknowledge === null && sla.resolve === null ? null : sla;
}

/** One that becomes more urgent has that urgency's targets from now on, where they end before what it had; what was met or missed stays so. */
export function slaOfMoreUrgent(service: ServiceRules | undefined, { urgency, acknowledgedAt, plan }: IncidentState, now: string): Sla | null {
  const fresh = slaOf(service, { urgency, openedAt: now });
  if (fresh === null) return plan.sla;
  const before = resumed(plan.sla, now);
  const sooner = (old: SlaTarget | null, young: SlaTarget | null): SlaTarget | null =>
    (old === null || (young !== null && (old.state === 'pending' || old.state === 'warned') && young.by < old.by) ? young : old);
  const sla: Sla = {
    acknowledge: sooner(before?.acknowledge ?? null, fresh.acknowledge),
    resolve: sooner(before?.resolve ?? null, fresh.resolve),
    heldSince: null,
  };
  return acknowledgedAt === null ? sla : met(sla, 'acknowledge');
}

/** The clock stands still from now on: snoozed and suppressed time does not count. */
export function held(sla: Sla | null, now: string): Sla | null {
  return sla === null || sla.heldSince !== null ? sla : { ...sla, heldSince: now };
}

export function isHeld(sla: Sla | null): boolean {
  return sla !== null && sla.heldSince !== null;
}

/** The clock runs again: what was not reached yet moves by the time that it stood. */
export function resumed(sla: Sla | null, now: string): Sla | null {
  if (sla === null || sla.heldSince === null) return sla;
  const seconds = Math.max(0, secondsBetween(sla.heldSince, now));
  const move = (target: SlaTarget | null): SlaTarget | null => (target === null || target.state === 'breached' || target.state === 'met' ? target
    : { ...target, by: plusSeconds(target.by, seconds), warnAt: plusSeconds(target.warnAt, seconds) });
  return { acknowledge: move(sla.acknowledge), resolve: move(sla.resolve), heldSince: null };
}

export function met(sla: Sla | null, name: Name): Sla | null {
  const target = sla?.[name] ?? null;
  return sla === null || target === null || target.state === 'breached' ? sla : { ...sla, [name]: { ...target, state: 'met' } };
}

/** When the next warning or breach is due. */
export function slaDueAt(sla: Sla | null): string | null {
  if (sla === null || sla.heldSince !== null) return null;
  return earliest(NAMES.map((name) => dueOf(sla[name])));
}

/** The warnings and breaches that are due, in the order of their times. */
export function slaChanges(incident: IncidentState, now: string): Change[] {
  const changes: Change[] = [];
  for (let current = incident; ;) {
    const { sla } = current.plan;
    const isDue = (one: Name): boolean => { const at = dueOf(sla?.[one]); return at !== null && at <= now; };
    const [name] = NAMES.filter(isDue).sort((a, b) => (dueOf(sla![a])! < dueOf(sla![b])! ? -1 : 1));
    if (name === undefined) return changes;
    const target = sla![name]!;
    const breached = target.state === 'warned' || target.by <= now;
    const after: Sla = { ...sla!, [name]: { ...target, state: breached ? 'breached' : 'warned' } };
    const change = changed(current, breached ? 'sla_breached' : 'sla_warning',
      { plan: planned(current, { sla: after }) },
      { data: { target: name, by: target.by } },
    );
    changes.push(change);
    current = change.incident;
  }
}

function dueOf(target: SlaTarget | null | undefined): string | null {
  if (target === null || target === undefined) return null;
  return target.state === 'pending' ? target.warnAt : target.state === 'warned' ? target.by : null;
}
