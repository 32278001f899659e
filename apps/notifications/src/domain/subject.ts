import {
  stableId,
  type ChangeKind, type Event, type IncidentChange, type Notice as BusNotice, type PageTarget, type Severity, type Urgency,
} from '@signalbox/contracts';
import type { Notice } from '../channels/notice.js';
import { cut } from '../channels/text.js';
import { isAskedFor, pageField, type PageOf } from './page.js';

/** Of an event's summary, in UTF-16 units (the contract). The API counts a note in characters. */
const SUMMARY_LIMIT = 1024;

/** What there is to tell, before it is known whom: what routing rules look at, and the text. */
export interface Subject {
  /** Of the change or the notice: a second copy of it makes no second notification. */
  readonly id: string;
  readonly tenantId: string;
  readonly traceId: string;
  readonly eventType: string;
  /** An incident's class (`ssl_expiry`): a rule that asks for it as an event type means each change of such an incident. */
  readonly class: string | null;
  readonly severity: Severity;
  readonly urgency: Urgency | null;
  readonly serviceId: string | null;
  readonly tags: readonly string[];
  readonly branch: string | null;
  readonly statusChange: ChangeKind | null;
  /** Told only to rules that name its event type. */
  readonly aside: boolean;
  /** Told to nobody but those whom a person asked for: beside that, only what it ends counts. */
  readonly quiet: boolean;
  /** Whom it names itself, beside what rules say. */
  readonly to: readonly PageTarget[];
  /** Set when it is a page for those. */
  readonly page: PageOf | null;
  /** Equal fingerprints are about the same thing. */
  readonly fingerprint: string;
  /** What is told about it: said again only when this differs from what was said last. */
  readonly content: string;
  readonly incident: IncidentLink | null;
  /** The notice without what each notification adds: its id, and its acknowledge link, which is made anew for each try and never stored. */
  readonly text: Omit<Notice, 'notificationId' | 'ackUrl'>;
}

/** What is needed to name the incident in an acknowledge event. */
export interface IncidentLink {
  readonly id: string;
  readonly version: number;
  readonly scopeId: string;
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly dedupKey: string;
}

/** Changes that rules hear of only when they name the event type: what people did on purpose is not news to them. */
const ASIDE: ReadonlySet<ChangeKind> = new Set(['edited', 'reassigned', 'snoozed', 'suppressed', 'unsuppressed', 'escalated']);

function eventTypeOf(kind: ChangeKind): string {
  return `incident.${kind}`;
}

/** An incident's change as something to tell. `consoleUrl`: where people reach the console. */
export function subjectOfChange(tenantId: string, change: IncidentChange, consoleUrl: string): Subject {
  const { incident } = change;
  const source = incident.links[0]?.href;
  return {
    id: change.id, tenantId, traceId: change.traceId, eventType: eventTypeOf(change.change), class: incident.class ?? null, severity: incident.severity,
    urgency: incident.urgency, serviceId: incident.service.id, tags: [], branch: null, statusChange: change.change, aside: ASIDE.has(change.change),
    quiet: change.quiet !== undefined, to: change.quiet === undefined || isAskedFor(change) ? change.page?.targets ?? [] : [],
    page: change.page === undefined ? null : { step: change.page.step, round: change.page.round },
    fingerprint: `incident/${incident.id}`, content: `${change.change}/${change.version}`,
    incident: {
      id: incident.id, version: change.version, scopeId: change.scopeId, serviceId: incident.service.id,
      integrationId: change.integrationId, dedupKey: incident.dedupKey,
    },
    text: {
      tenantId, traceId: change.traceId, eventType: eventTypeOf(change.change), occurredAt: change.at, title: incident.title,
      severity: incident.severity, urgency: incident.urgency, ...(source === undefined ? {} : { sourceUrl: source }),
      fields: [
        ...pageField(change),
        { label: 'Source', value: incident.source },
        ...(change.actor === null ? [] : [{ label: 'By', value: change.actor.name }]),
      ],
      incident: {
        id: incident.id, number: incident.number, title: incident.title, status: incident.status, urgency: incident.urgency, severity: incident.severity,
        service: incident.service, assignee: incident.assignee, url: `${consoleUrl}/incidents/${incident.id}`, openedAt: incident.openedAt,
        acknowledgedAt: incident.acknowledgedAt, resolvedAt: incident.resolvedAt,
      },
    },
  };
}

/** A notice that is about no incident. */
export function subjectOfNotice(notice: BusNotice): Subject {
  const { tenantId, traceId, eventType, severity, occurredAt, title, body, fields, sourceUrl } = notice;
  return {
    id: notice.id, tenantId, traceId, eventType, class: null, severity, urgency: null,
    serviceId: notice.serviceId ?? null, tags: notice.tags ?? [], branch: notice.branch ?? null,
    statusChange: null, aside: notice.targets !== undefined, quiet: false, to: notice.targets ?? [], page: null, incident: null,
    fingerprint: notice.fingerprint, content: stableId(JSON.stringify([eventType, severity, title, body ?? '', fields ?? []])),
    text: {
      tenantId, traceId, eventType, occurredAt, title, severity,
      ...(body === undefined ? {} : { body }), ...(fields === undefined ? {} : { fields }), ...(sourceUrl === undefined ? {} : { sourceUrl }),
    },
  };
}

/** The acknowledge event that an answer to a notification puts on the bus. */
export function acknowledgeEvent(
  link: IncidentLink,
  ids: { eventId: string; traceId: string },
  actor: Event['actor'],
  note: string | undefined,
  now: Date,
): Event {
  return {
    id: ids.eventId, traceId: ids.traceId, scopeId: link.scopeId, serviceId: link.serviceId, integrationId: link.integrationId, action: 'acknowledge',
    dedupKey: link.dedupKey, summary: cut(note ?? 'Acknowledged', SUMMARY_LIMIT), source: 'notification', severity: 'info', acceptedAt: now.toISOString(),
    details: note === undefined ? {} : { note }, links: [], ...(actor === undefined ? {} : { actor }),
  };
}
