import type { EventAction, Severity } from '@signalbox/contracts';
import type { SourceEvent } from '../contract.js';
import { event } from '../event.js';
import { address, fields, firstText, list, said, text, type Fields } from '../reading.js';
import { firstMeaning } from '../meaning.js';

/** developer.pagerduty.com, "Incidents": statuses. */
const STATUSES: Readonly<Record<string, EventAction>> = { triggered: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve' };

/** Looks up the first of some words that the table (or the integration) names. */
export type SeverityOfWords = (...words: readonly (string | undefined)[]) => Severity;

export interface Told {
  readonly action: EventAction;
  /** In PagerDuty's own words: `incident.escalated`. */
  readonly what: string;
  readonly occurredAt: unknown;
  readonly agent: unknown;
}

/** What the incident's status says, where nothing else does. */
export function statusOf(incident: Fields): EventAction {
  return firstMeaning(STATUSES, [incident.status]) ?? 'trigger';
}

/** The same for events that tell of something else about the incident: a resolved one has nothing to open. */
export function byStatus(incident: Fields): EventAction | 'ignored' {
  const action = statusOf(incident);
  return action === 'resolve' ? 'ignored' : action;
}

/** The id of an incident, which is the same in all versions of the webhooks; for a body that someone shortened, what else tells incidents apart. */
export function incidentId(incident: Fields): string | undefined {
  return firstText(
    incident.id, address(incident.html_url)?.split('/').at(-1), incident.incident_number,
    incident.number, incident.incident_key, incident.title, incident.summary,
  );
}

/** An incident of PagerDuty, in the fields of v3, v2 or v1. */
export function incidentEvent(incident: Fields, id: string, told: Told, severity: SeverityOfWords): SourceEvent {
  const service = fields(incident.service);
  const serviceName = firstText(service.summary, service.name);
  const number = firstText(incident.number, incident.incident_number);
  const trigger = fields(incident.trigger_summary_data);
  const title = firstText(incident.title, trigger.subject, trigger.description, incident.description, withoutNumber(incident.summary), incident.incident_key);
  const priority = fields(incident.priority);
  const bridge = fields(incident.conference_bridge);
  return event({
    action: told.action,
    dedupKey: `pagerduty-${id}`,
    summary: `${title ?? `Incident ${number ?? id}`}${serviceName === undefined ? '' : ` (${serviceName})`}`,
    source: serviceName ?? 'PagerDuty',
    severity: severity(firstText(priority.summary, priority.name), text(incident.urgency)),
    occurredAt: firstText(told.occurredAt, incident.last_status_change_at, incident.last_status_change_on, incident.created_at, incident.created_on),
    component: serviceName, group: firstText(...list(incident.teams).map((team) => fields(team).summary)), class: 'incident',
    details: said({
      event: told.what, number, status: incident.status, urgency: incident.urgency, priority: firstText(priority.summary, priority.name),
      incidentKey: incident.incident_key, assignees: assignees(incident),
      by: nameOf(told.agent) ?? nameOf(incident.resolved_by_user) ?? nameOf(incident.last_status_change_by),
      escalationPolicy: nameOf(incident.escalation_policy), teams: list(incident.teams).flatMap((team) => nameOf(team) ?? []),
      resolveReason: fields(incident.resolve_reason).type, conferenceNumber: bridge.conference_number,
    }),
    links: [
      { href: incident.html_url, text: 'PagerDuty' }, { href: trigger.client_url, text: text(trigger.client) ?? 'Client' },
      { href: bridge.conference_url, text: 'Conference' }, { href: service.html_url, text: serviceName },
    ],
    client: 'PagerDuty',
    clientUrl: incident.html_url,
  });
}

/** `[#33] Disk full` is the title with the number before it. */
function withoutNumber(summary: unknown): string | undefined {
  return text(summary)?.replace(/^\[#\d+\]\s*/, '');
}

function assignees(incident: Fields): string[] {
  const people = [
    ...list(incident.assignees), ...list(incident.assignments).map((one) => fields(one).assignee),
    ...list(incident.assigned_to).map((one) => fields(one).object),
    incident.assigned_to_user,
  ];
  return [...new Set(people.flatMap((person) => nameOf(person) ?? []))];
}

function nameOf(value: unknown): string | undefined {
  const { summary, name, email } = fields(value);
  return firstText(summary, name, email);
}
