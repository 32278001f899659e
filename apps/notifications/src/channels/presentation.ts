import type { Limits } from './contract.js';
import type { Notice, NoticeField } from './notice.js';
import { clean, cut, link, oneLine } from './text.js';

/** How Signalbox says things to people, the same in every channel. */

const EVENT_WORDS: Readonly<Record<string, string>> = {
  'incident.triggered': 'Triggered',
  'incident.updated': 'Updated',
  'incident.acknowledged': 'Acknowledged',
  'incident.resolved': 'Resolved',
  'incident.escalated': 'Escalated',
  'incident.sla_breached': 'SLA breached',
};

const OVER: readonly string[] = ['incident.resolved', 'incident.storm_over'];
const SEVERITY_SIGNS = { critical: '🔴', error: '🟠', warning: '🟡', info: '🔵' } as const;

/** `Triggered: High CPU on web-01 (#42)`; a notice without an incident is its title. */
export function headline(notice: Notice, limit: number): string {
  const title = oneLine(notice.title);
  if (notice.incident === undefined) return cut(title, limit);
  const before = `${EVENT_WORDS[notice.eventType] ?? 'Incident'}: `;
  const after = ` (#${notice.incident.number})`;
  return `${before}${cut(title, limit - before.length - after.length)}${after}`;
}

/** A coloured dot for the severity; green once it is over. */
export function sign(notice: Notice): string {
  return OVER.includes(notice.eventType) ? '🟢' : SEVERITY_SIGNS[notice.severity];
}

/** What a reader wants to see at a glance, then the notice's own fields; cut to the far side's limits. */
export function facts(notice: Notice, limits: Limits): NoticeField[] {
  return [...incidentFacts(notice), { label: 'Severity', value: notice.severity }, ...(notice.fields ?? [])]
    .slice(0, limits.fields)
    .map(({ label, value }) => ({ label: cut(oneLine(label), limits.fieldLabel), value: cut(clean(value).trim(), limits.fieldValue) }));
}

function incidentFacts({ incident }: Notice): NoticeField[] {
  if (incident === undefined) return [];
  return [
    { label: 'Service', value: incident.service.name },
    { label: 'Status', value: incident.status },
    { label: 'Urgency', value: incident.urgency },
    { label: 'Assignee', value: incident.assignee?.name ?? 'nobody' },
  ];
}

export interface Action {
  readonly id: 'acknowledge' | 'open' | 'source';
  readonly label: string;
  readonly url: string;
}

/** The buttons: acknowledge (while there is something to acknowledge) and open. */
export function actions(notice: Notice): Action[] {
  const acknowledge = notice.incident === undefined || notice.incident.status === 'OPEN' ? link(notice.ackUrl) : undefined;
  const open = link(notice.incident?.url ?? notice.sourceUrl);
  const source = notice.incident === undefined ? undefined : link(notice.sourceUrl);
  return [
    ...(acknowledge === undefined ? [] : [{ id: 'acknowledge', label: 'Acknowledge', url: acknowledge } as const]),
    ...(open === undefined ? [] : [{ id: 'open', label: notice.incident === undefined ? 'Open' : 'Open incident', url: open } as const]),
    ...(source === undefined ? [] : [{ id: 'source', label: 'Open source', url: source } as const]),
  ];
}
