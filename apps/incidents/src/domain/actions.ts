import type { Quiet } from '@signalbox/contracts';
import { advance, awake, lookedInto, nowTold } from './clock.js';
import { decided, ignored } from './decide.js';
import { pageAskedFor, pageOnDemand, goesOn } from './escalation.js';
import { changed, planned, type Assignee, type Change, type Decision, type IncidentState, type KeyState } from './incident-state.js';
import { quietPlan, withQuiet, type Circumstances } from './quiet.js';
import { withAnswer } from './responders.js';
import type { PolicyTarget } from './rules.js';
import { held, resumed } from './sla.js';

/** What people do to an incident, beside acknowledging and resolving it (which are events). */
export type Action =
  | { readonly kind: 'snooze'; readonly until: string }
  | { readonly kind: 'unsnooze' }
  | { readonly kind: 'suppress'; readonly until: string | null; readonly reason: string }
  | { readonly kind: 'unsuppress' }
  /** `page`: whether the assignee is told of it, as whoever takes it on for themselves is not. */
  | { readonly kind: 'reassign'; readonly assignee: Assignee | null; readonly page: boolean }
  /** The next step now, or the targets that are named. */
  | { readonly kind: 'escalate'; readonly targets: readonly PolicyTarget[] | null }
  | { readonly kind: 'respond'; readonly userId: string; readonly answer: 'joined' | 'declined' }
  | {
    readonly kind: 'edit';
    readonly priority?: string | null;
    readonly title?: string;
    readonly tags?: readonly string[];
    readonly fields?: Readonly<Record<string, unknown>>;
  }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'merge'; readonly into: { readonly id: string; readonly number: number } }
  | { readonly kind: 'unmerge' };

/** What an action does to an incident, the one that is open under its key or one that is over. `reason: not_possible` where its state does not allow it. */
export function decideAction(key: KeyState, incident: IncidentState, action: Action, circumstances: Circumstances): Decision {
  if (action.kind === 'note') return { effect: 'noted', incident, key, changes: [], notables: [] };
  const changes = changesOf(key, lookedInto(incident, key, circumstances), action, circumstances);
  if (changes.length === 0) return ignored(key, 'not_possible', incident);
  // One that is over stays beside its key.
  if (key.open?.id !== incident.id) return { effect: changes[0]!.kind, incident: changes.at(-1)!.incident, key, changes, notables: [] };
  return decided(key, changes);
}

function changesOf(key: KeyState, incident: IncidentState, action: Action, circumstances: Circumstances): Change[] {
  const { now } = circumstances;
  if (action.kind === 'edit') return [edited(incident, action)];
  if (incident.status === 'RESOLVED') return [];
  const goOn = (change: Change): Change[] => [change, ...advance(change.incident, key, circumstances)];
  switch (action.kind) {
    case 'snooze': return action.until <= now ? [] : [snoozed(incident, action.until, now)];
    case 'unsnooze': return incident.status !== 'SNOOZED' ? [] : goOn(awake(incident, now));
    case 'suppress': return action.until !== null && action.until <= now
      ? []
      : [goneQuiet(incident, { kind: 'manual', ruleId: null, name: action.reason, until: action.until, byIncidentId: null }, now)];
    case 'unsuppress': return incident.plan.quiet?.kind !== 'manual' ? [] : released(key, incident, circumstances);
    case 'merge': return action.into.id === incident.id ? [] : [mergedInto(incident, action.into, now)];
    case 'unmerge': return incident.plan.quiet?.kind !== 'merged' ? [] : released(key, incident, circumstances);
    case 'reassign': return [reassigned(incident, action, circumstances)];
    case 'respond': return [changed(incident, 'edited',
      { responders: withAnswer(incident.responders, action.userId, action.answer, now) },
      { data: { responder: action.userId, answer: action.answer } },
    )];
    case 'escalate': return escalated(incident, action.targets, key, circumstances);
    case 'note': return [];
  }
}

function edited(incident: IncidentState, { priority, title, tags, fields }: Extract<Action, { kind: 'edit' }>): Change {
  const patch = {
    ...(priority === undefined ? {} : { priority }),
    ...(title === undefined ? {} : { title }),
    ...(tags === undefined ? {} : { tags }),
    ...(fields === undefined ? {} : { fields: withFields(incident.fields, fields) }),
  };
  return changed(incident, 'edited', patch, { data: patch });
}

/** Who gets it is paged, whatever keeps it quiet; the policy goes on as it was. Giving it once more to who has it pages nobody. */
function reassigned(incident: IncidentState, { assignee, page }: Extract<Action, { kind: 'reassign' }>, { rules, now }: Circumstances): Change {
  const isNew = assignee !== null && assignee.id !== incident.assignee?.id;
  const data = { from: incident.assignee, to: assignee };
  if (!page || !isNew) return changed(incident, 'reassigned', { assignee }, { data });
  return changed(incident, 'reassigned', { assignee }, { page: pageAskedFor([{ type: assignee.type, id: assignee.id }], rules, now), data });
}

/** An incident's own fields after an edit: null takes one away. */
export function withFields(before: IncidentState['fields'], edit: Readonly<Record<string, unknown>>): IncidentState['fields'] {
  return Object.fromEntries(Object.entries({ ...before, ...edit }).filter(([, value]) => value !== null));
}

function snoozed(incident: IncidentState, until: string, now: string): Change {
  const plan = planned(incident, { snoozedUntil: until, sla: held(incident.plan.sla, now) });
  return changed(incident, 'snoozed', { status: 'SNOOZED', acknowledgedAt: null, plan }, { data: { until } });
}

function mergedInto(incident: IncidentState, { id, number }: Extract<Action, { kind: 'merge' }>['into'], now: string): Change {
  return goneQuiet(incident, { kind: 'merged', ruleId: null, name: `merged into #${number}`, until: null, byIncidentId: id }, now);
}

function goneQuiet(incident: IncidentState, quiet: Quiet, now: string): Change {
  const plan = planned(incident, { ...quietPlan(quiet, now), snoozedUntil: null, sla: held(incident.plan.sla, now) });
  return changed(incident, 'suppressed', { status: 'SUPPRESSED', plan }, { data: { ...quiet } });
}

/** Without what people said; whatever else keeps it quiet is looked for again. */
function released(key: KeyState, incident: IncidentState, circumstances: Circumstances): Change[] {
  const free: IncidentState = { ...incident, plan: planned(incident, { quiet: null, lookAgain: null }) };
  if (incident.status === 'SUPPRESSED') return advance(free, key, circumstances);
  return [changed(withQuiet(free, key, circumstances), 'unsuppressed', {}, { data: { afterQuiet: incident.plan.quiet } })];
}

function escalated(incident: IncidentState, targets: readonly PolicyTarget[] | null, key: KeyState, circumstances: Circumstances): Change[] {
  const { now, rules } = circumstances;
  if (targets !== null) return [pageOnDemand(incident, targets, rules, now)];
  const { escalation, sla } = incident.plan;
  // Of a quiet one, whatever keeps it quiet would only quiet it again.
  if (escalation === null || incident.plan.quiet !== null) return [];
  // Somebody who escalates an acknowledged incident hands it on.
  const goingOn = { ...nowTold(incident), snoozedUntil: null, sla: resumed(sla, now), escalation: goesOn(escalation, now) };
  const open: IncidentState = { ...incident, status: 'OPEN', acknowledgedAt: null, plan: planned(incident, goingOn) };
  return advance(open, key, circumstances);
}
