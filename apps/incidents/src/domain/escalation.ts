import type { Page, PageTarget } from '@signalbox/contracts';
import { changed, planned, type Change, type Escalation, type IncidentState, type Paged } from './incident-state.js';
import { plusSeconds } from './instant.js';
import { withAsked } from './responders.js';
import type { Policy, PolicyTarget, TenantRules } from './rules.js';

/** How often the last step is paged again once all rounds are over: an escalation never ends by itself. */
export const REMINDER_SECONDS = 1_800;
/** Between rounds in which nobody could be reached. */
const NOBODY_SECONDS = 60;

export function beginEscalation(policy: Policy, now: string): Escalation {
  return { policy, step: 0, round: 1, nextAt: now, acknowledgementEndsAt: null };
}

/** Somebody is on it: nothing is due any more but, if the policy says so, the end of the acknowledgement. */
export function heldByAcknowledgement(escalation: Escalation, now: string): Escalation {
  const { acknowledgeTimeoutSeconds } = escalation.policy;
  return { ...escalation, nextAt: null, acknowledgementEndsAt: acknowledgeTimeoutSeconds === null ? null : plusSeconds(now, acknowledgeTimeoutSeconds) };
}

/** Goes on with the step that comes next. */
export function goesOn(escalation: Escalation, now: string): Escalation {
  return { ...escalation, nextAt: now, acknowledgementEndsAt: null };
}

/** Pages the step that is due and sets the time of the one after it. What happened to an escalation that has gone through all rounds is told as well. */
export function pageNext(incident: IncidentState, rules: TenantRules, now: string): Change[] {
  const escalation = incident.plan.escalation!;
  const { policy, step, round } = escalation;
  const over = round > policy.rounds;
  const reached = resolve(policy.steps[step]!.targets, rules, now);
  const fallback = reached.length === 0 || over;
  const targets = fallback ? unique([...reached, ...resolve(policy.fallback, rules, now)]) : reached;
  const page: StepPage = { targets, fallback, ...(targets.length === 0 ? { reason: 'nobody_to_reach' } : {}) };
  const escalatedTo = (from: IncidentState): Change => pageOf(from, escalation, page, now);
  if (!over || round > policy.rounds + 1) return [escalatedTo(incident)];
  const exhausted = changed(incident, 'escalation_exhausted', {}, { data: { policy: policy.name, rounds: policy.rounds, reminderSeconds: REMINDER_SECONDS } });
  return [exhausted, escalatedTo(exhausted.incident)];
}

/**
 * The page with this version of the incident reached nobody: its step is paged again, as if its targets were
 * nobody, so the fallback is; and when the page was the fallback's already, it is as if there were none. Null
 * when the escalation waits behind that page no more, and for reminders, which come again whoever is reached.
 */
export function pageInstead(incident: IncidentState, version: number, rules: TenantRules, now: string): Change | null {
  const { escalation } = incident.plan;
  if (incident.status !== 'OPEN' || escalation?.paged?.version !== version || escalation.paged.round > escalation.policy.rounds) return null;
  const { step, round, fallback } = escalation.paged;
  const targets = fallback ? [] : resolve(escalation.policy.fallback, rules, now);
  return pageOf(incident, { ...escalation, step, round }, { targets, fallback: true, reason: 'nobody_reached' }, now);
}

interface StepPage { readonly targets: readonly PageTarget[]; readonly fallback: boolean; readonly reason?: 'nobody_to_reach' | 'nobody_reached' }

/** The page of the step that an escalation stands at, which stands behind it then. */
function pageOf(incident: IncidentState, escalation: Escalation, { targets, fallback, reason }: StepPage, now: string): Change {
  const { policy, step, round } = escalation;
  const paged: Paged = { version: incident.version + 1, step, round, fallback };
  return changed(incident, 'escalated', { plan: planned(incident, { escalation: { ...following(escalation, targets.length > 0, now), paged } }) }, {
    page: { targets: [...targets], step: step + 1, round }, data: { policy: policy.name, step: step + 1, round, ...(reason === undefined ? {} : { reason }) },
  });
}

/** A page that a person asked for, of whoever can be reached now. */
export function pageAskedFor(wanted: readonly PolicyTarget[], rules: TenantRules, now: string): Page {
  return { targets: resolve(wanted, rules, now), step: null, round: null };
}

/** Pages whom a person asked for: the incident's responders. The policy goes on as it was. */
export function pageOnDemand(incident: IncidentState, wanted: readonly PolicyTarget[], rules: TenantRules, now: string): Change {
  const page = pageAskedFor(wanted, rules, now);
  const data = { requested: wanted, ...(page.targets.length === 0 ? { reason: 'nobody_to_reach' } : {}) };
  return changed(incident, 'escalated', { responders: withAsked(incident.responders, page.targets, now) }, { page, data });
}

/** Where it stands after a step. A step that reached nobody is not waited for, except where a round ends. */
function following(escalation: Escalation, reachedSomebody: boolean, now: string): Escalation {
  const { policy, step, round } = escalation;
  const last = policy.steps.length - 1;
  if (round > policy.rounds) return { ...escalation, round: round + 1, nextAt: plusSeconds(now, REMINDER_SECONDS) };
  const delay = policy.steps[step]!.delaySeconds;
  if (step < last) return { ...escalation, step: step + 1, nextAt: reachedSomebody ? plusSeconds(now, delay) : now };
  const over = round + 1 > policy.rounds;
  return { ...escalation, step: over ? last : 0, round: round + 1, nextAt: plusSeconds(now, reachedSomebody ? delay : Math.min(delay, NOBODY_SECONDS)) };
}

/** Who is reached by targets now, each once: schedules are who is on call, and those who are gone are nobody. */
function resolve(targets: readonly PolicyTarget[], rules: TenantRules, now: string): PageTarget[] {
  const people = targets.flatMap(({ type, id }): PageTarget[] => {
    if (type !== 'schedule') return [{ type, id }];
    return rules.onCall(id, now).map(({ userId, schedule }) => ({ type: 'user', id: userId, schedule }));
  });
  return unique(people).filter(({ type, id }) => rules.exists(type, id));
}

/** The first that leads to somebody says why. */
function unique(targets: readonly PageTarget[]): PageTarget[] {
  const found = new Map<string, PageTarget>();
  for (const target of targets) {
    const key = `${target.type} ${target.id}`;
    if (!found.has(key)) found.set(key, target);
  }
  return [...found.values()];
}
