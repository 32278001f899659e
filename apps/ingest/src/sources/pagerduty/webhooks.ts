import type { EventAction } from '@signalbox/contracts';
import { ignored, problem, together, type Rejected, type SourceEvent, type SourceResult } from '../contract.js';
import { fields, firstText, isFields, list, word, type Fields } from '../reading.js';
import { byStatus, incidentEvent, incidentId, statusOf, type SeverityOfWords } from './incident.js';

type Meaning = EventAction | 'status' | 'ignored';

/**
 * developer.pagerduty.com, "Webhooks overview", event types of v3, and the messages of v2 and v1 (`incident.trigger`). `status`: what is told changes
 * who is to look at the incident or how urgent it is; whether it is open, its status says.
 */
const EVENT_TYPES: Readonly<Record<string, Meaning>> = {
  'incident.triggered': 'trigger', 'incident.reopened': 'trigger', 'incident.unacknowledged': 'trigger',
  'incident.acknowledged': 'acknowledge',
  'incident.resolved': 'resolve',
  'incident.escalated': 'status', 'incident.reassigned': 'status', 'incident.delegated': 'status', 'incident.priority_updated': 'status',
  'incident.service_updated': 'status', 'incident.incident_type.changed': 'status',
  'incident.annotated': 'ignored', 'incident.status_update_published': 'ignored', 'incident.conference_bridge.updated': 'ignored',
  'incident.responder.added': 'ignored', 'incident.responder.replied': 'ignored',
  'incident.custom_field_values.updated': 'ignored', 'incident.action_invocation.created': 'ignored', 'incident.action_invocation.updated': 'ignored',
  'incident.action_invocation.terminated': 'ignored', 'incident.workflow.started': 'ignored', 'incident.workflow.completed': 'ignored',
  'incident.role.assigned': 'ignored', 'incident.role.unassigned': 'ignored', 'incident.task.created': 'ignored', 'incident.task.updated': 'ignored',
  'incident.trigger': 'trigger', 'incident.unacknowledge': 'trigger', 'incident.acknowledge': 'acknowledge', 'incident.resolve': 'resolve',
  'incident.assign': 'status', 'incident.escalate': 'status', 'incident.delegate': 'status',
  'incident.annotate': 'ignored', 'incident.custom': 'ignored',
};

/** v3: one event in an envelope. */
export function readV3(received: Fields, severity: SeverityOfWords): SourceResult {
  const type = word(received.event_type);
  if (type === undefined) return problem('event.event_type', 'is missing: it says what happened');
  const data = fields(received.data);
  if (type === 'pagey.ping') return ignored("PagerDuty's test event: the webhook is set up");
  const isIncident = type.startsWith('incident.') || word(data.type) === 'incident';
  if (!isIncident) return ignored(`PagerDuty's '${type.slice(0, 64)}' is not about an incident`);
  const incident = isFields(data.incident) ? data.incident : data;
  const action = actionOf(type, incident, isFields(data.incident));
  if (action === 'ignored') return ignored(`'${type.slice(0, 64)}' changes nothing about whether the incident is open`);
  const id = incidentId(incident);
  if (id === undefined) return problem('event.data.id', 'is missing: it says which incident this is');
  const told = { action, what: type, occurredAt: received.occurred_at, agent: received.agent };
  return { kind: 'events', events: [incidentEvent(incident, id, told, severity)] };
}

/** v2 and v1: a list of messages; in v1 the incident lies in `data`, and the message calls its event `type`. */
export function readMessages(messages: readonly unknown[], severity: SeverityOfWords): SourceResult {
  const events: SourceEvent[] = [];
  const rejected: Rejected[] = [];
  let reason = 'there are no messages in it';
  messages.forEach((value, index) => {
    const read = readMessage(fields(value), `messages[${index}]`, severity);
    if (read.kind === 'events') events.push(...read.events);
    else if (read.kind === 'problem') rejected.push({ index, errors: read.errors });
    else reason = read.reason;
  });
  return together(events, rejected, ignored(reason));
}

/** A message of v2 or v1; `path` is where it stands in the body. */
export function readMessage(message: Fields, path: string, severity: SeverityOfWords): SourceResult {
  const data = fields(message.data);
  const incident = [message.incident, data.incident].find(isFields);
  if (incident === undefined) return problem(`${path}.incident`, 'is missing');
  const type = firstText(word(message.event), word(message.type));
  const action = type === undefined ? statusOf(incident) : actionOf(type, incident, false);
  if (action === 'ignored') return ignored(`'${type!.slice(0, 64)}' changes nothing about whether the incident is open`);
  const id = incidentId(incident);
  if (id === undefined) return problem(`${path}.incident.id`, 'is missing: it says which incident this is');
  const agent = list(message.log_entries).map((entry) => fields(entry).agent)[0];
  return { kind: 'events', events: [incidentEvent(incident, id, { action, what: type ?? 'incident', occurredAt: message.created_on, agent }, severity)] };
}

/** `isReference`: the event is about a note, a responder, …, and only refers to the incident. */
function actionOf(type: string, incident: Fields, isReference: boolean): EventAction | 'ignored' {
  const known = Object.hasOwn(EVENT_TYPES, type) ? EVENT_TYPES[type]! : isReference ? 'ignored' : 'status';
  return known === 'status' ? byStatus(incident) : known;
}
