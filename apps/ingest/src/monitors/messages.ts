import { EVENTS, NOTICES, eventOrderKey, partitionOf, stableId, subjects, type Event, type Notice } from '@signalbox/contracts';
import type { OutboxMessage } from '@signalbox/database';
import { event } from '../sources/event.js';
import type { EventTold, NoticeTold, Told } from './domain/decision.js';
import type { MonitorKind } from './monitor.entity.js';

/** Of which monitor something is told. */
export interface Teller { readonly id: string; readonly tenantId: string; readonly kind: MonitorKind; readonly name: string; readonly serviceId: string | null }

/** `heartbeat-<id>`: the key under which a monitor's events open and close an incident. */
export function dedupKeyOf({ kind, id }: Pick<Teller, 'kind' | 'id'>): string {
  return `${kind}-${id}`;
}

/**
 * What a decision tells, for the outbox: its events in one envelope (so that they stay in order), its notices one by one. Ids come from what is told:
 * the same told twice is the same message.
 */
export function messagesOf(teller: Teller, told: readonly Told[], now: Date): OutboxMessage[] {
  const events = told.flatMap((one) => (one.tell === 'event' ? [eventOf(teller, one)] : []));
  const notices = told.flatMap((one) => (one.tell === 'notice' ? [noticeOf(teller, one, now)] : []));
  return [
    ...envelope(teller, events),
    ...notices.map((notice) => ({ subject: subjects.notices(teller.tenantId), messageId: notice.id, body: NOTICES.encode(notice) })),
  ];
}

function envelope({ tenantId }: Teller, events: readonly Event[]): OutboxMessage[] {
  const [first] = events;
  if (first === undefined) return [];
  const subject = subjects.events(tenantId, partitionOf(eventOrderKey(first.scopeId, first.dedupKey)));
  return [{ subject, messageId: stableId('monitor-envelope', ...events.map(({ id }) => id)), body: EVENTS.encode({ tenantId, events: [...events] }) }];
}

/** The monitor is the scope of its key: its incident stays its own, also when it moves to another service. */
function eventOf(teller: Teller, { action, episode, at, severity, summary, class: eventClass, details }: EventTold): Event {
  const { id, kind, name, serviceId } = teller;
  const made = event({
    action, dedupKey: dedupKeyOf(teller), summary, source: kind, severity,
    component: name, class: eventClass, details: { ...details, monitorId: id },
  });
  return {
    ...made, id: stableId('monitor-event', id, String(episode), action),
    traceId: stableId('monitor-trace', id, String(episode)), scopeId: id, serviceId: serviceId ?? id,
    integrationId: null, acceptedAt: at, occurredAt: at,
  };
}

function noticeOf({ id, tenantId, serviceId }: Teller, { key, eventType, severity, title, fingerprint, fields, tags, branch }: NoticeTold, now: Date): Notice {
  return {
    id: stableId('monitor-notice', id, key), tenantId, traceId: stableId('monitor-trace', id, key),
    eventType, occurredAt: now.toISOString(), title, severity, fingerprint,
    fields: [...fields], ...(serviceId === null ? {} : { serviceId }),
    ...(tags === undefined ? {} : { tags: [...tags] }), ...(branch === undefined ? {} : { branch }),
  };
}
