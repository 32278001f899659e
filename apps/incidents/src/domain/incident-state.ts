import type { ChangeKind, IncidentStatus, Link, Page, Quiet, Severity, Urgency } from '@signalbox/contracts';
import type { Responder } from './responders.js';
import type { Policy } from './rules.js';

export interface Assignee { readonly type: 'user' | 'team'; readonly id: string; readonly name: string }

/** An incident as the domain sees it. `number` is given when it is first stored. */
export interface IncidentState {
  readonly id: string;
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly scopeId: string;
  readonly dedupKey: string;
  readonly title: string;
  readonly source: string;
  readonly class: string | null;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly eventCount: number;
  /** Counts every change of what others see of it. */
  readonly version: number;
  readonly openedAt: string;
  readonly acknowledgedAt: string | null;
  readonly resolvedAt: string | null;
  /** When the gateway accepted the newest trigger: an older resolve that comes late does not close it. */
  readonly lastTriggeredAt: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly links: readonly Link[];
  readonly priority: string | null;
  readonly assignee: Assignee | null;
  readonly responders: readonly Responder[];
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly plan: Plan;
}

/** What is still to happen to an incident, and what holds it back. */
export interface Plan {
  /** Whether anybody was told that it opened. */
  readonly told: boolean;
  readonly quiet: Quiet | null;
  /** The group or storm that it belongs to, as its head or as one of the quiet ones. */
  readonly groupKey: string | null;
  readonly snoozedUntil: string | null;
  readonly escalation: Escalation | null;
  readonly sla: Sla | null;
  readonly autoResolveSeconds: number | null;
  /** When it goes stale: counted from when its newest trigger was taken in, which may be long after it was accepted. */
  readonly staleAt: string | null;
  /** When one that is quiet for another is looked at again, though nobody said that the other is over: after seconds first, then less and less often. */
  readonly lookAgain: { readonly at: string; readonly seconds: number } | null;
}

export const NO_PLAN: Plan = {
  told: true, quiet: null, groupKey: null, snoozedUntil: null, escalation: null, sla: null,
  autoResolveSeconds: null, staleAt: null, lookAgain: null,
};

export function nothingPlanned({ told, quiet, groupKey, snoozedUntil, escalation, sla, autoResolveSeconds }: Plan): boolean {
  return told && quiet === null && groupKey === null && snoozedUntil === null && escalation === null && sla === null && autoResolveSeconds === null;
}

/** Where an incident stands in its policy, which stays as it was when the incident opened. */
export interface Escalation {
  readonly policy: Policy;
  /** The step that comes next, from 0, and its round, from 1. */
  readonly step: number;
  readonly round: number;
  /** When it comes; null while somebody is on it. */
  readonly nextAt: string | null;
  readonly acknowledgementEndsAt: string | null;
  /** The page that it waits behind; none before the first, and missing where that was before this was kept. */
  readonly paged?: Paged;
}

/** A page of a policy: its step, from 0, and round, the incident's version with it, and whether it went to the fallback. */
export interface Paged {
  readonly version: number;
  readonly step: number;
  readonly round: number;
  readonly fallback: boolean;
}

export interface SlaTarget {
  readonly by: string;
  readonly warnAt: string;
  readonly state: 'pending' | 'warned' | 'breached' | 'met';
}

export interface Sla {
  readonly acknowledge: SlaTarget | null;
  readonly resolve: SlaTarget | null;
  /** Since when the clock stands still (snoozed, suppressed); null while it runs. */
  readonly heldSince: string | null;
}

/** What is known of one dedup key. */
export interface KeyState {
  readonly open: IncidentState | null;
  /** `acceptedAt` of the last resolve, kept when nothing is open: a trigger accepted before it opens nothing any more. */
  readonly lastResolvedAt: string | null;
  /** The incident that was resolved last, while its service may still want it reopened. */
  readonly last: IncidentState | null;
  /** When incidents of this key opened and were resolved, newest last; kept only where flapping is looked for. */
  readonly flips: readonly string[];
}

export const UNKNOWN_KEY: KeyState = { open: null, lastResolvedAt: null, last: null, flips: [] };

/** One thing that happened to an incident, as others see it. */
export interface Change {
  readonly kind: ChangeKind;
  /** As it is after it. */
  readonly incident: IncidentState;
  readonly page?: Page;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Something to tell that is more than one incident: a storm, a key that flaps. */
export interface Notable {
  readonly eventType: 'incident.storm' | 'incident.storm_over' | 'incident.flapping';
  readonly title: string;
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly serviceId: string;
}

/** What an event, a person or the clock did to a key. */
export type Effect = ChangeKind | 'repeated' | 'noted' | 'ignored';

export interface Decision {
  readonly effect: Effect;
  /** The incident that the event belongs to, as it is now; null when it belongs to none. */
  readonly incident: IncidentState | null;
  readonly key: KeyState;
  /** Everything that others see, in order; a repeat and a note are none. */
  readonly changes: readonly Change[];
  readonly notables: readonly Notable[];
  /** Why an event was ignored. */
  readonly reason?: 'nothing_open' | 'already_acknowledged' | 'resolved_since' | 'triggered_since' | 'not_possible';
}

/** The incident after a change of this kind: everything that others see counts as a version. */
export function changed(incident: IncidentState, kind: ChangeKind, patch: Partial<IncidentState>, more: Pick<Change, 'page' | 'data'> = {}): Change {
  return { kind, incident: { ...incident, ...patch, version: incident.version + 1 }, ...more };
}

export function planned(incident: IncidentState, patch: Partial<Plan>): Plan {
  return { ...incident.plan, ...patch };
}
