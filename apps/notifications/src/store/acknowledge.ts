import { EVENTS, eventOrderKey, newId, partitionOf, stableId, subjects, type Actor } from '@signalbox/contracts';
import { enqueue, type OutboxRow, type Transaction } from '@signalbox/database';
import { acknowledgeEvent, type IncidentLink } from '../domain/subject.js';

export interface Acknowledgement {
  readonly tenantId: string;
  readonly notificationId: string;
  readonly userId: string | null;
  readonly actor: Actor | undefined;
  readonly note: string | null;
  /** Whether the incident behind it is to be acknowledged too (a link did that itself). */
  readonly tellIncident: boolean;
  readonly now: Date;
}

/**
 * Somebody has seen it: the notification is acknowledged, no retry or repeat of the same fingerprint goes out any more, and the incident behind it is
 * acknowledged by an event on the bus. Doing it twice changes nothing. Null when the tenant has no such notification.
 */
export async function acknowledge(tx: Transaction, ack: Acknowledgement): Promise<readonly OutboxRow[] | null> {
  const rows = await tx.query<{ fingerprint: string; incident: IncidentLink | null; trace_id: string; ack_at: Date | null }>(
    'select fingerprint, incident, trace_id, ack_at from notifications where tenant_id = $1 and id = $2 for update', [ack.tenantId, ack.notificationId]);
  const row = rows[0];
  if (row === undefined) return null;
  if (row.ack_at !== null) return [];
  await tx.query(
    `update notifications set ack_by_user_id = $3, ack_at = $4, ack_note = $5, updated_at = now(), status = 'acknowledged', due_at = null
     where tenant_id = $1 and id = $2`, [ack.tenantId, ack.notificationId, ack.userId, ack.now, ack.note]);
  // Other channels' notifications about the same that still wait for a retry are pointless now.
  await tx.query(
    `update notifications set status = 'suppressed', reason = 'acknowledged', due_at = null, updated_at = now()
     where tenant_id = $1 and fingerprint = $2 and status in ('queued', 'failed') and event_type not in ('incident.resolved', 'incident.acknowledged')`, [ack.tenantId, row.fingerprint]);
  await tx.query('update fingerprints set acknowledged = true where tenant_id = $1 and fingerprint = $2', [ack.tenantId, row.fingerprint]);
  if (!ack.tellIncident || row.incident === null) return [];
  const event = acknowledgeEvent(row.incident, { eventId: stableId('acknowledge', ack.notificationId), traceId: row.trace_id }, ack.actor, ack.note ?? undefined, ack.now);
  const partition = partitionOf(eventOrderKey(event.scopeId, event.dedupKey));
  return enqueue(tx, [{ subject: subjects.events(ack.tenantId, partition), messageId: newId(), body: EVENTS.encode({ tenantId: ack.tenantId, events: [event] }) }]);
}
