import type { Urgency } from '@signalbox/contracts';
import type { Matcher } from './matcher.js';

/** A target as a policy names it: a schedule stands for whoever is on call. */
export interface PolicyTarget { readonly type: 'user' | 'team' | 'channel' | 'schedule'; readonly id: string }

export interface PolicyStep {
  /** How long after the step before it (the first: after the incident opened). */
  readonly delaySeconds: number;
  readonly targets: readonly PolicyTarget[];
}

/** An escalation policy as an incident carries it. */
export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly steps: readonly PolicyStep[];
  /** How many times all steps are gone through; after the last the reminders begin. */
  readonly rounds: number;
  /** An acknowledgement that nobody follows up ends after this; null: never. */
  readonly acknowledgeTimeoutSeconds: number | null;
  /** Reached when a step reaches nobody (nobody on call, the last user deleted). */
  readonly fallback: readonly PolicyTarget[];
}

export type ByUrgency = Readonly<Partial<Record<Urgency, number>>>;

/** What a service says of its incidents. Times in seconds; null switches off. */
export interface ServiceRules {
  readonly id: string;
  readonly name: string;
  readonly policyId: string | null;
  /** Instead of what follows from the severity. */
  readonly urgency: Urgency | null;
  readonly sla: { readonly acknowledgeSeconds: ByUrgency; readonly resolveSeconds: ByUrgency } | null;
  readonly autoResolveSeconds: number | null;
  /** A trigger so soon after the resolve goes on with the same incident. */
  readonly reopenSeconds: number | null;
  /** More new incidents than this in a minute are a storm. */
  readonly stormPerMinute: number | null;
  readonly flapping: { readonly changes: number; readonly seconds: number } | null;
  /** Services that this one cannot work without: while one of them has an incident, this one's are quiet. */
  readonly dependsOn: readonly string[];
}

/** Quiet for a time, for what matches. */
export interface Silence {
  readonly id: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly startsAt: string;
  readonly endsAt: string;
}

/** A maintenance window: an interval, or one that comes again. */
export interface Window {
  readonly id: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly serviceIds: readonly string[];
  /** The end of the window that holds at a time (RFC 3339), or null when none does. */
  readonly endAt: (at: string) => string | null;
  /** When it begins next after a time, or null when it does not any more. */
  readonly beginsAfter: (at: string) => string | null;
}

/** While an incident that matches `source` is open, those that match `target` and have equal fields are quiet. */
export interface Inhibition {
  readonly id: string;
  readonly name: string;
  readonly source: readonly Matcher[];
  readonly target: readonly Matcher[];
  readonly equal: readonly string[];
}

/** Incidents with equal fields that open within the window of each other are one for those who are told. */
export interface Grouping {
  readonly id: string;
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly by: readonly string[];
  readonly windowSeconds: number;
}

/** Somebody who is on call, and by which schedule. */
export interface OnDuty { readonly userId: string; readonly schedule: { readonly id: string; readonly name: string } }

/** Everything that a tenant has said about its incidents. */
export interface TenantRules {
  readonly service: (id: string) => ServiceRules | undefined;
  readonly policy: (id: string) => Policy | undefined;
  /** Users on call for a schedule at a time; empty when nobody is. */
  readonly onCall: (scheduleId: string, at: string) => readonly OnDuty[];
  /** Whether somebody of this kind can still be reached: a user or a team that was deleted cannot. */
  readonly exists: (type: 'user' | 'team' | 'channel', id: string) => boolean;
  readonly silences: readonly Silence[];
  readonly windows: readonly Window[];
  readonly inhibitions: readonly Inhibition[];
  readonly groupings: readonly Grouping[];
}

export const NO_RULES: TenantRules = {
  service: () => undefined, policy: () => undefined, onCall: () => [], exists: () => true, silences: [], windows: [], inhibitions: [], groupings: [],
};
