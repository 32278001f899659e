import type { AttemptRecord } from '@signalbox/contracts';
import type { LetterState } from '../domain/letters.js';

export interface LetterRow {
  readonly id: string;
  readonly kind: string;
  readonly owner: string;
  readonly reason: string;
  readonly detail: string;
  readonly state: LetterState;
  readonly subject: string;
  readonly payload: unknown;
  readonly raw: Buffer | null;
  readonly headers: Record<string, string>;
  readonly attempts: AttemptRecord[];
  readonly trace_id: string;
  readonly route_id: string | null;
  readonly channel_id: string | null;
  readonly integration_id: string | null;
  readonly delivery_id: string | null;
  readonly notification_id: string | null;
  readonly destination_host: string | null;
  readonly size_bytes: number;
  readonly replay_job_id: string | null;
  readonly died_at: Date;
  readonly updated_at: Date;
  /** In lists: payload and original bytes were left out for their size. */
  readonly shortened?: boolean;
}

/** A letter as the API shows it. */
export interface Letter extends Pick<LetterRow, 'id' | 'kind' | 'owner' | 'reason' | 'detail' | 'state' | 'subject' | 'payload' | 'headers'> {
  /** The original bytes in base64, where JSON could not hold them or a replay needs them to the letter. */
  readonly raw?: string;
  readonly attempts: readonly AttemptRecord[];
  readonly traceId: string;
  readonly routeId?: string;
  readonly channelId?: string;
  readonly integrationId?: string;
  readonly deliveryId?: string;
  readonly notificationId?: string;
  readonly destinationHost?: string;
  readonly sizeBytes: number;
  /** The last replay job that sent it. */
  readonly replayJobId?: string;
  readonly diedAt: string;
  readonly updatedAt: string;
  readonly shortened?: true;
}

export function letterOf(row: LetterRow): Letter {
  const { id, kind, owner, reason, detail, state, subject, payload, headers, attempts } = row;
  return {
    id, kind, owner, reason, detail, state, subject, payload,
    ...(row.raw === null ? {} : { raw: row.raw.toString('base64') }), headers, attempts, traceId: row.trace_id,
    ...present({
      routeId: row.route_id, channelId: row.channel_id, integrationId: row.integration_id, deliveryId: row.delivery_id, notificationId: row.notification_id,
      destinationHost: row.destination_host, replayJobId: row.replay_job_id,
    }),
    sizeBytes: row.size_bytes, diedAt: row.died_at.toISOString(),
    updatedAt: row.updated_at.toISOString(), ...(row.shortened === true ? { shortened: true } : {}),
  };
}

/** The fields that are there. */
export function present<K extends string>(fields: Record<K, string | null>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Partial<Record<K, string>>;
}
