import { goesOn, pageNext } from './escalation.js';
import { changed, planned, type Change, type IncidentState, type KeyState } from './incident-state.js';
import { earliest } from './instant.js';
import { settleQuiet, withQuiet, type Circumstances } from './quiet.js';
import { held, isHeld, met, resumed, slaChanges, slaDueAt } from './sla.js';

/** More steps than this at once wait for the next look: nothing may keep a key locked for ever. */
const AT_ONCE = 40;

/** When the next thing of an incident is due; null when nothing ever is. */
export function dueAt(incident: IncidentState): string | null {
  const { escalation, sla, snoozedUntil, quiet, lookAgain, staleAt } = incident.plan;
  const quietEnds = quiet === null ? null : earliest([quiet.until, lookAgain?.at ?? null]);
  switch (incident.status) {
    case 'RESOLVED': return null;
    case 'SNOOZED': return snoozedUntil;
    case 'SUPPRESSED': return earliest([quietEnds, staleAt]);
    case 'OPEN': return earliest([escalation?.nextAt ?? null, slaDueAt(sla), staleAt]);
    case 'ACKNOWLEDGED': return earliest([escalation?.acknowledgementEndsAt ?? null, isHeld(sla) ? quietEnds : slaDueAt(sla), staleAt]);
  }
}

/** Carries out everything that is due now, and looks at quiet again before anything is said. */
export function advance(incident: IncidentState, key: KeyState, circumstances: Circumstances): Change[] {
  const changes: Change[] = [];
  for (let current = incident; changes.length < AT_ONCE;) {
    const next = step(current, key, circumstances);
    if (next.length === 0) break;
    changes.push(...next);
    current = next.at(-1)!.incident;
  }
  return changes;
}

function step(found: IncidentState, key: KeyState, circumstances: Circumstances): Change[] {
  const { now, rules, neighbours } = circumstances;
  const isDue = (at: string | null | undefined): boolean => typeof at === 'string' && at <= now;
  if (found.status === 'RESOLVED') return [];
  if (found.plan.quiet?.kind === 'merged' && !neighbours.holds(found.plan.quiet)) return [resolvedBySystem(found, now, 'merged_incident_resolved')];
  const incident = lookedInto(found, key, circumstances);
  const { escalation, snoozedUntil, sla, staleAt } = incident.plan;
  if (incident.status === 'SNOOZED') return isDue(snoozedUntil) ? [awake(incident, now)] : [];
  if (isDue(staleAt)) return [resolvedBySystem(incident, now, 'stale')];
  const settled = settleQuiet(incident, key, circumstances).map((change) => withClocks(change, now));
  if (settled.length > 0) return settled;
  if (incident.status === 'SUPPRESSED') return [];
  if (isDue(slaDueAt(sla))) return slaChanges(incident, now);
  if (incident.status === 'ACKNOWLEDGED') return isDue(escalation?.acknowledgementEndsAt) ? [acknowledgementEnded(incident, now)] : [];
  return isDue(escalation?.nextAt) ? pageNext(incident, rules, now) : [];
}

/** As it is now: what keeps it quiet, and the clock of its targets, which stands still meanwhile also for one that is acknowledged. */
export function lookedInto(incident: IncidentState, key: KeyState, circumstances: Circumstances): IncidentState {
  const current = withQuiet(incident, key, circumstances);
  if (current.status !== 'ACKNOWLEDGED') return current;
  const { sla, quiet } = current.plan;
  return { ...current, plan: planned(current, { sla: quiet === null ? resumed(sla, circumstances.now) : held(sla, circumstances.now) }) };
}

/** Quiet stops an incident's clocks, and its end starts them: escalation with the first step when nobody had been told before. */
function withClocks(change: Change, now: string): Change {
  const { incident } = change;
  const { sla, escalation } = incident.plan;
  const loud = incident.status === 'OPEN';
  const plan = planned(incident, {
    sla: loud ? resumed(sla, now) : held(sla, now),
    escalation: loud && escalation !== null ? goesOn(escalation, now) : escalation,
  });
  return { ...change, incident: { ...incident, plan } };
}

/** A snooze that is over begins the escalation anew. */
export function awake(incident: IncidentState, now: string): Change {
  const { escalation, sla } = incident.plan;
  return changed(incident, 'unsnoozed', {
    status: 'OPEN',
    plan: planned(incident, {
      ...nowTold(incident),
      snoozedUntil: null,
      sla: resumed(sla, now),
      escalation: escalation === null ? null : { ...goesOn(escalation, now), step: 0, round: 1 },
    }),
  });
}

function acknowledgementEnded(incident: IncidentState, now: string): Change {
  const escalation = incident.plan.escalation!;
  const plan = planned(incident, { ...nowTold(incident), escalation: goesOn(escalation, now) });
  return changed(incident, 'acknowledgement_timed_out', { status: 'OPEN', acknowledgedAt: null, plan });
}

/** Whether people know of it once this is told. */
export function nowTold({ plan: { told, quiet } }: IncidentState): { told: boolean } {
  return { told: told || quiet === null };
}

function resolvedBySystem(incident: IncidentState, now: string, reason: 'stale' | 'merged_incident_resolved'): Change {
  const sla = met(met(resumed(incident.plan.sla, now), 'acknowledge'), 'resolve');
  return changed(incident, 'resolved', { status: 'RESOLVED', resolvedAt: now, plan: planned(incident, { sla }) }, { data: { reason } });
}
