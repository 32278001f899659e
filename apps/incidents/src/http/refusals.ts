import { conflict, type Problem } from '@signalbox/http-api';
import type { Action } from '../domain/actions.js';
import type { Acted } from '../store/incident-store.js';
import type { ShownIncident } from '../store/shown-incident.js';

type Kind = Action['kind'];

/** Why something cannot be done to an incident as it is, in words; undefined when it was done. */
export function refusalOf(kind: Kind, { decision, refused }: Acted, incident: ShownIncident): string | undefined {
  const it = `Incident #${incident.number}`;
  if (refused === 'target_resolved') return 'The incident of intoId is resolved: nothing can be merged into it any more.';
  if (refused === 'circular') {
    return `The incident of intoId is quiet for #${incident.number} itself, or for one that is merged into it: both would be quiet. `
      + `Merge that one into #${incident.number} instead.`;
  }
  if (decision !== null && decision.reason === undefined) return undefined;
  if (incident.status === 'RESOLVED') return `${it} is resolved: only notes and edits are possible now. The next trigger of its key opens a new one.`;
  switch (kind) {
    case 'unsnooze': return `${it} is not snoozed.`;
    case 'unsuppress': return `${it} was not suppressed by a person.${whyQuiet(incident)}`;
    case 'unmerge': return `${it} is not merged into another.`;
    case 'merge': return `${it} cannot be merged into itself.`;
    case 'snooze': return `${it} cannot be snoozed until a time that has passed.`;
    case 'escalate': return incident.escalation === null
      ? `${it} has no escalation policy: name whom to page in targets.`
      : `${it} is suppressed: end that first, or name whom to page in targets.${whyQuiet(incident)}`;
    default: return `${it} is ${incident.status}: this is not possible now.`;
  }
}

function whyQuiet({ quiet }: ShownIncident): string {
  return quiet === null ? '' : ` It is quiet because of: ${quiet.name} (${quiet.kind}).`;
}

/** 409, unless it was done. */
export function requireDone(kind: Kind, acted: Acted, incident: ShownIncident): void {
  const problem: Problem | undefined = asConflict(refusalOf(kind, acted, incident));
  if (problem !== undefined) throw problem;
}

function asConflict(words: string | undefined): Problem | undefined {
  return words === undefined ? undefined : conflict(words, 'not-possible-now');
}
