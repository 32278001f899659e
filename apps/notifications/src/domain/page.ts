import type { ChangeKind, IncidentChange, PageTarget } from '@signalbox/contracts';
import type { NoticeField } from '../channels/notice.js';
import type { TargetType } from './rules.js';

/** Which step of an escalation policy a notification is a page of, and in which round; both null when a person asked for it. */
export interface PageOf {
  readonly step: number | null;
  readonly round: number | null;
}

/** Somebody is on it, or it is over, or put off: no page of before goes out any more. */
const ANSWERS: ReadonlySet<ChangeKind> = new Set(['acknowledged', 'resolved', 'snoozed', 'suppressed']);
/** It is everybody's again: an acknowledgement of before keeps nothing quiet any more. */
const BEGINS_ANEW: ReadonlySet<ChangeKind> = new Set(['acknowledgement_timed_out', 'reopened', 'unsnoozed']);

export function endsPages(kind: ChangeKind | null): boolean {
  return kind !== null && ANSWERS.has(kind);
}

export function endsAcknowledgement(kind: ChangeKind | null): boolean {
  return kind !== null && BEGINS_ANEW.has(kind);
}

/** Whether a person asked for a page, who knows what holds the incident quiet. */
export function isAskedFor({ page }: Pick<IncidentChange, 'page'>): boolean {
  return page?.step === null;
}

/** What a page says of itself: `step 2 of "Web shop", round 1`. */
export function pageField({ page, data, actor }: IncidentChange): NoticeField[] {
  if (page === undefined) return [];
  const policy = typeof data?.policy === 'string' ? ` of "${data.policy}"` : '';
  const what = page.step === null ? `${actor?.name ?? 'Somebody'} asked for you` : `step ${page.step}${policy}, round ${page.round}`;
  return [{ label: 'Page', value: what }];
}

const WHY: Readonly<Record<TargetType, string>> = {
  user: 'you are named for it', team: 'you are in a team that is named for it', channel: 'this channel is named for it',
};

/** Why a page comes to whom a target reaches: `you are on call for "Web primary"`. */
export function whyField({ type, schedule }: PageTarget): NoticeField {
  return { label: 'Sent to you because', value: schedule === undefined ? WHY[type] : `you are on call for "${schedule.name}"` };
}
