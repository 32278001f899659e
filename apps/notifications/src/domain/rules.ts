import type { Subject } from './subject.js';

/** Whom something can be for: a channel, or people. */
export const TARGET_TYPES = ['channel', 'user', 'team'] as const;
export type TargetType = (typeof TARGET_TYPES)[number];
export interface Target { readonly type: TargetType; readonly id: string }

/** Conditions that are absent match all; within one, any of its values will do. */
export interface Conditions {
  readonly eventTypes?: readonly string[];
  readonly severities?: readonly string[];
  readonly urgencies?: readonly string[];
  readonly serviceIds?: readonly string[];
  readonly tags?: readonly string[];
  readonly branches?: readonly string[];
  readonly statusChanges?: readonly string[];
}

export interface RoutingRule {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Lower goes first. */
  readonly priority: number;
  /** When it matches, no later rule is looked at. */
  readonly stop: boolean;
  readonly conditions: Conditions;
  readonly targets: readonly Target[];
}

/** The targets that a subject goes to, each once, by the first rule that names it; `rules` in their order (`inOrder`). */
export function route(subject: Subject, rules: readonly RoutingRule[]): { target: Target; ruleId: string }[] {
  const targets = new Map<string, { target: Target; ruleId: string }>();
  for (const rule of rules) {
    if (!rule.enabled || !matches(subject, rule.conditions)) continue;
    for (const target of rule.targets) if (!targets.has(keyOf(target))) targets.set(keyOf(target), { target, ruleId: rule.id });
    if (rule.stop) break;
  }
  return [...targets.values()];
}

function keyOf({ type, id }: Target): string {
  return `${type}/${id}`;
}

/** Rules by priority; equal ones by their age (ids are made in order). */
export function inOrder(rules: readonly RoutingRule[]): RoutingRule[] {
  return [...rules].sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
}

function matches(subject: Subject, { eventTypes, severities, urgencies, serviceIds, tags, branches, statusChanges }: Conditions): boolean {
  if (subject.aside && eventTypes === undefined) return false;
  // What is aside is told to those who ask for it by its own name.
  const isAskedFor = among(eventTypes, subject.eventType) || (!subject.aside && among(eventTypes, subject.class));
  return isAskedFor && among(severities, subject.severity) && among(urgencies, subject.urgency) && among(serviceIds, subject.serviceId)
    && among(branches, subject.branch) && among(statusChanges, subject.statusChange) && (tags === undefined || tags.some((tag) => subject.tags.includes(tag)));
}

function among(wanted: readonly string[] | undefined, value: string | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}
