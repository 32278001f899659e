import { EVENTS, eventOrderKey, newId, partitionOf, stableId, subjects, type Actor } from '@signalbox/contracts';
import { book, enqueue, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import { ENDS } from '../domain/repeat.js';
import { acknowledgeEvent, type IncidentLink } from '../domain/subject.js';
import { replayResult } from './replay-result.js';

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

interface Row {
  readonly status: string;
  readonly fingerprint: string;
  readonly incident: IncidentLink | null;
  readonly trace_id: string;
  readonly ack_at: Date | null;
}
interface Stopped { readonly replay_job_id: string | null; readonly replay_letter_id: string | null }

/**
 * Somebody has seen it: the notification is acknowledged, no retry or repeat of the same fingerprint goes out any more, and the incident behind it is
 * acknowledged by an event on the bus. Doing it twice changes nothing. Null when the tenant has no such notification.
 * A try that is in the air keeps its claim: whoever holds it books what became of it.
 */
export async function acknowledge(tx: Transaction, ack: Acknowledgement): Promise<readonly OutboxRow[] | null> {
  const { tenantId, notificationId, now } = ack;
  const rows = await tx.query<Row & Record<string, unknown>>(
    'select status, fingerprint, incident, trace_id, ack_at from notifications where tenant_id = $1 and id = $2 for update',
    [tenantId, notificationId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  if (row.ack_at !== null) return [];
  const own = await tx.query<Stopped & Record<string, unknown>>(
    `update notifications set ack_by_user_id = $3, ack_at = $4, ack_note = $5, updated_at = now(), status = 'acknowledged',
       due_at = case when status = 'processing' then due_at end
     where tenant_id = $1 and id = $2 returning replay_job_id, replay_letter_id`, [tenantId, notificationId, ack.userId, now, ack.note]);
  const others = await tx.query<Stopped & Record<string, unknown>>(
    `update notifications set status = 'suppressed', reason = 'acknowledged', due_at = null, updated_at = now()
       where tenant_id = $1 and fingerprint = $2 and status in ('queued', 'failed') and event_type <> all($3)
       returning replay_job_id, replay_letter_id`, [tenantId, row.fingerprint, ENDS]);
  await tx.query('update fingerprints set acknowledged = true where tenant_id = $1 and fingerprint = $2', [tenantId, row.fingerprint]);
  const stopped = [...(row.status === 'queued' || row.status === 'failed' ? own : []), ...others];
  await book(tx, [{ ledger: 'notifications', tenantId, entry: 'suppressed', count: stopped.length }], now, 0);
  const results = stopped.flatMap(({ replay_job_id: jobId, replay_letter_id: letterId }) => (jobId === null || letterId === null ? [] : [
    replayResult({ tenantId, jobId, letterId }, { outcome: 'skipped', detail: 'somebody acknowledged it before it was sent' }, [], now),
  ]));
  return enqueue(tx, [...results, ...(ack.tellIncident && row.incident !== null ? [tellIncident(row.incident, row.trace_id, ack)] : [])]);
}

function tellIncident(incident: IncidentLink, traceId: string, { tenantId, notificationId, actor, note, now }: Acknowledgement): OutboxMessage {
  const event = acknowledgeEvent(incident, { eventId: stableId('acknowledge', notificationId), traceId }, actor, note ?? undefined, now);
  const partition = partitionOf(eventOrderKey(event.scopeId, event.dedupKey));
  return { subject: subjects.events(tenantId, partition), messageId: newId(), body: EVENTS.encode({ tenantId, events: [event] }) };
}
