import type { Event, Severity, Urgency } from '@signalbox/contracts';
import { advance, lookedInto } from './clock.js';
import { beginEscalation, heldByAcknowledgement, pageInstead } from './escalation.js';
import { NO_PLAN, changed, planned, type Change, type Decision, type IncidentState, type KeyState, type Plan } from './incident-state.js';
import { later, plusSeconds, secondsBetween } from './instant.js';
import { lookedAt, quietAtBirth, quietNow, quietPlan, recent, type Circumstances } from './quiet.js';
import type { ServiceRules, TenantRules } from './rules.js';
import { withAnswer } from './responders.js';
import { isWorse } from './severity.js';
import { held, met, resumed, slaOf, slaOfMoreUrgent } from './sla.js';

/** What a decision needs beside the key: the time, the tenant's rules, the neighbours, and the id of the incident that may open. */
export interface Situation extends Circumstances {
  readonly newIncidentId: () => string;
}

/** How urgent an incident is, from how severe its worst event was. */
export function urgencyOf(severity: Severity): Urgency {
  if (severity === 'critical' || severity === 'error') return 'HIGH';
  return severity === 'warning' ? 'MEDIUM' : 'LOW';
}

/**
 * What one event does to its key. Events of a key come in the order in which they were stored; `acceptedAt` tells which of them were
 * accepted earlier but came late (through the spool).
 */
export function decide(key: KeyState, event: Event, situation: Situation): Decision {
  switch (event.action) {
    case 'trigger': return trigger(key, event, situation);
    case 'acknowledge': return acknowledge(key, event, situation);
    case 'resolve': return resolve(key, event, situation);
  }
}

function trigger(key: KeyState, event: Event, situation: Situation): Decision {
  if (key.open !== null) return repeat(key, key.open, event, situation);
  if (key.lastResolvedAt !== null && event.acceptedAt < key.lastResolvedAt) return ignored(key, 'resolved_since');
  const service = situation.rules.service(event.serviceId);
  const again = key.last !== null && mayReopen(key.last, event, service) ? reopened(key.last, event, service) : null;
  const born = again ?? opened(event, service, situation.newIncidentId());
  const flipped = withFlip(key, event.acceptedAt, service);
  const { quiet, groupKey, notables } = quietAtBirth(born.incident, flipped, situation);
  const plan = planned(born.incident, { ...quietPlan(quiet, situation.now), groupKey, told: quiet === null });
  const incident: IncidentState = { ...born.incident, status: quiet === null ? 'OPEN' : 'SUPPRESSED', plan };
  const first = begun({ ...born, incident }, service, situation);
  return decided(flipped, [first, ...advance(first.incident, flipped, situation)], notables);
}

/** The incident that a trigger would open, as rules look at it. */
export function incidentOfTrigger(event: Event, rules: Pick<TenantRules, 'service'>): IncidentState {
  return opened(event, rules.service(event.serviceId), event.id).incident;
}

function opened(event: Event, service: ServiceRules | undefined, id: string): Change {
  const incident: IncidentState = {
    id, serviceId: event.serviceId, integrationId: event.integrationId, scopeId: event.scopeId, dedupKey: event.dedupKey,
    title: event.summary, source: event.source, class: event.class ?? null,
    status: 'OPEN', severity: event.severity, urgency: service?.urgency ?? urgencyOf(event.severity),
    eventCount: 1, version: 1, openedAt: event.acceptedAt, acknowledgedAt: null, resolvedAt: null, lastTriggeredAt: event.acceptedAt,
    details: event.details, links: event.links, priority: null, assignee: null, responders: [], tags: [], fields: {}, plan: NO_PLAN,
  };
  return { kind: 'triggered', incident };
}

/** The same incident goes on, with what the new trigger says. */
export function reopened(last: IncidentState, event: Event, service: ServiceRules | undefined): Change {
  return changed(last, 'reopened', {
    status: 'OPEN', severity: event.severity, urgency: service?.urgency ?? urgencyOf(event.severity), eventCount: last.eventCount + 1,
    acknowledgedAt: null, resolvedAt: null, lastTriggeredAt: event.acceptedAt,
    details: event.details, class: event.class ?? last.class, links: event.links.length > 0 ? event.links : last.links,
    plan: { ...last.plan, snoozedUntil: null },
  });
}

function mayReopen({ resolvedAt }: IncidentState, event: Event, service: ServiceRules | undefined): boolean {
  const seconds = service?.reopenSeconds ?? null;
  return seconds !== null && resolvedAt !== null && secondsBetween(resolvedAt, event.acceptedAt) <= seconds;
}

/** What is to happen to it from now on: its service's policy as it is now, its targets (of one that goes on: anew), its end when it goes stale. */
function begun(change: Change, service: ServiceRules | undefined, { rules, now }: Situation): Change {
  if (service === undefined) return change;
  const { incident } = change;
  const policy = service.policyId === null ? undefined : rules.policy(service.policyId);
  const sla = slaOf(service, { urgency: incident.urgency, openedAt: incident.lastTriggeredAt });
  const escalation = policy === undefined || policy.steps.length === 0 ? null : beginEscalation(policy, now);
  const plan = planned(incident, {
    escalation,
    sla: incident.status === 'SUPPRESSED' ? held(sla, now) : sla,
    ...goesStale(service.autoResolveSeconds, incident.lastTriggeredAt, now),
  });
  return { ...change, incident: { ...incident, plan } };
}

function goesStale(autoResolveSeconds: number | null, triggeredAt: string, now: string): Pick<Plan, 'autoResolveSeconds' | 'staleAt'> {
  return { autoResolveSeconds, staleAt: autoResolveSeconds === null ? null : plusSeconds(later(triggeredAt, now), autoResolveSeconds) };
}

/** A repeated trigger adds to the count and brings newer details; only a higher severity is worth telling. An acknowledged incident stays acknowledged. */
function repeat(key: KeyState, open: IncidentState, event: Event, situation: Situation): Decision {
  const worse = isWorse(event.severity, open.severity);
  const severity = worse ? event.severity : open.severity;
  const fixed = situation.rules.service(open.serviceId)?.urgency ?? null;
  const newest = event.acceptedAt >= open.lastTriggeredAt;
  const repeated: IncidentState = {
    ...open, severity, urgency: fixed ?? (worse ? urgencyOf(severity) : open.urgency),
    eventCount: open.eventCount + 1, lastTriggeredAt: later(open.lastTriggeredAt, event.acceptedAt),
    details: newest ? event.details : open.details, class: newest ? event.class ?? open.class : open.class,
    links: newest && event.links.length > 0 ? event.links : open.links,
    plan: planned(open, goesStale(open.plan.autoResolveSeconds, event.acceptedAt, situation.now)),
  };
  const patched = repeated.urgency === open.urgency ? repeated : moreUrgent(repeated, situation);
  // What does not keep it quiet as it is now (how severe, where) lets it go: that tells how it is.
  const letGo = open.status === 'SUPPRESSED' && quietNow(patched, key, situation) === null;
  if (!worse && !letGo) return { ...unchanged(key, patched), effect: 'repeated' };
  const told = letGo ? [] : [changed(lookedInto(patched, key, situation), 'updated', {})];
  return decided(key, [...told, ...advance(told[0]?.incident ?? patched, key, situation)]);
}

function moreUrgent(incident: IncidentState, { rules, now }: Situation): IncidentState {
  const sla = slaOfMoreUrgent(rules.service(incident.serviceId), incident, now);
  const stands = incident.status === 'SNOOZED' || incident.plan.quiet !== null;
  return { ...incident, plan: planned(incident, { sla: stands ? held(sla, now) : sla }) };
}

function acknowledge(key: KeyState, event: Event, situation: Situation): Decision {
  if (key.open === null) return ignored(key, 'nothing_open');
  if (key.open.status === 'ACKNOWLEDGED') return acknowledgedAgain(key, key.open, event, situation);
  if (event.acceptedAt < key.open.openedAt) return ignored(key, 'triggered_since', key.open);
  const { now } = situation;
  const open = lookedInto(key.open, key, situation);
  const { escalation, sla, quiet } = open.plan;
  return decided(key, [changed(open, 'acknowledged', {
    status: 'ACKNOWLEDGED', acknowledgedAt: event.acceptedAt, eventCount: open.eventCount + 1, responders: joinedBy(open, event, now),
    plan: planned(open, {
      snoozedUntil: null,
      sla: met(quiet === null ? resumed(sla, now) : held(sla, now), 'acknowledge'),
      escalation: escalation === null ? null : heldByAcknowledgement(escalation, now),
    }),
  })]);
}

/** Who was asked in and acknowledges has come. */
function joinedBy({ responders }: IncidentState, { actor }: Event, now: string): IncidentState['responders'] {
  const id = actor?.type === 'user' ? actor.id : null;
  return id !== null && responders.some((one) => one.id === id) ? withAnswer(responders, id, 'joined', now) : responders;
}

/** A person who still works on it has the whole time of the acknowledgement once more; what a tool repeats changes nothing. */
function acknowledgedAgain(key: KeyState, open: IncidentState, event: Event, { now }: Situation): Decision {
  const { escalation } = open.plan;
  if (event.actor === undefined || escalation === null || escalation.acknowledgementEndsAt === null) return ignored(key, 'already_acknowledged', open);
  return { ...unchanged(key, { ...open, plan: planned(open, { escalation: heldByAcknowledgement(escalation, now) }) }), effect: 'repeated' };
}

function resolve(key: KeyState, event: Event, situation: Situation): Decision {
  const tombstone = key.lastResolvedAt === null ? event.acceptedAt : later(key.lastResolvedAt, event.acceptedAt);
  if (key.open === null) return ignored({ ...key, lastResolvedAt: tombstone }, 'nothing_open');
  if (event.acceptedAt < key.open.lastTriggeredAt) return ignored(key, 'triggered_since', key.open);
  const open = lookedInto(key.open, key, situation);
  const flipped = withFlip({ ...key, lastResolvedAt: tombstone }, event.acceptedAt, situation.rules.service(open.serviceId));
  const sla = met(met(resumed(open.plan.sla, situation.now), 'acknowledge'), 'resolve');
  const plan = planned(open, { sla });
  return decided(flipped, [changed(open, 'resolved', {
    status: 'RESOLVED', resolvedAt: event.acceptedAt, eventCount: open.eventCount + 1, plan,
  })]);
}

/** What the clock does to a key whose time has come, or that was poked. */
export function decideByClock(key: KeyState, circumstances: Circumstances): Decision {
  if (key.open === null) return ignored(key, 'nothing_open');
  const changes = advance(key.open, key, circumstances);
  return changes.length === 0 ? unchanged(key, lookedAt(lookedInto(key.open, key, circumstances), circumstances.now)) : decided(key, changes);
}

/**
 * What it does to a key that the page with this version of its incident reached nobody: the policy goes on at once, as where nobody is on call. What is due
 * anyway comes first; who answered meanwhile, and what page came since, has the last word.
 */
export function decideUnreached(key: KeyState, version: number, circumstances: Circumstances): Decision {
  const due = decideByClock(key, circumstances);
  const instead = due.incident === null ? null : pageInstead(due.incident, version, circumstances.rules, circumstances.now);
  return instead === null ? due : decided(due.key, [...due.changes, instead, ...advance(instead.incident, due.key, circumstances)]);
}

/**
 * A decision whose effect is that of its first change, with the key as the last one leaves it. Of one that ended by itself only the triggers that it knew
 * are over: one that was accepted before that moment and comes after it opens the next.
 */
export function decided(key: KeyState, changes: readonly Change[], notables: Decision['notables'] = []): Decision {
  const { incident } = changes.at(-1)!;
  const over = incident.status === 'RESOLVED';
  const lastResolvedAt = over ? later(key.lastResolvedAt ?? incident.lastTriggeredAt, incident.lastTriggeredAt) : key.lastResolvedAt;
  return { effect: changes[0]!.kind, incident, changes, notables, key: { ...key, open: over ? null : incident, last: incident, lastResolvedAt } };
}

export function unchanged(key: KeyState, incident: IncidentState): Decision {
  return { effect: 'ignored', incident, key: { ...key, open: incident }, changes: [], notables: [] };
}

export function ignored(key: KeyState, reason: NonNullable<Decision['reason']>, incident: IncidentState | null = null): Decision {
  return { effect: 'ignored', reason, incident, key, changes: [], notables: [] };
}

/** Openings and resolutions are remembered as long as they may count for flapping. */
function withFlip(key: KeyState, at: string, service: ServiceRules | undefined): KeyState {
  const flapping = service?.flapping ?? null;
  if (flapping === null) return key.flips.length === 0 ? key : { ...key, flips: [] };
  return { ...key, flips: [...recent(key.flips, at, flapping.seconds), at].sort().slice(-flapping.changes * 2) };
}
