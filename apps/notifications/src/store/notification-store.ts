import type { TraceEntry } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { PageOf } from '../domain/page.js';
import type { Recipient } from './recipients.js';

export interface NotificationFilter {
  readonly status?: readonly string[];
  readonly eventType?: string;
  readonly channelId?: string;
  readonly incidentId?: string;
  readonly since?: Date;
  readonly until?: Date;
}

interface TryRow {
  readonly number: number;
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly request: object | null;
  readonly response: object | null;
}

interface Row {
  id: string; status: string; event_type: string; fingerprint: string;
  channel_id: string | null; channel_kind: string; channel_name: string; recipient: Recipient | null;
  incident_id: string | null; page: PageOf | null;
  attempts: number; due_at: Date | null; reason: string | null; detail: string | null; sent_at: Date | null; remote_id: string | null; trace_id: string;
  ack_by_user_id: string | null; ack_at: Date | null; ack_note: string | null; created_at: Date; updated_at: Date; closed_until: Date | null;
}

/** Reading notifications. */
export class NotificationStore {
  constructor(private readonly db: Database) {}

  /** Up to `limit + 1` notifications, newest first. */
  async list(tenantId: string, filter: NotificationFilter, limit: number, after?: { at: string; id: string }) {
    const rows = await this.db.query<Row & Record<string, unknown>>(
      `select n.*, f.closed_until from notifications n left join far_sides f on f.channel_id = n.channel_id and f.closed_until > now()
       where n.tenant_id = $1 and ($3::text[] is null or n.status = any($3)) and ($4::text is null or n.event_type = $4)
         and ($5::uuid is null or n.channel_id = $5) and ($6::uuid is null or n.incident_id = $6)
         and ($7::timestamptz is null or n.created_at >= $7) and ($8::timestamptz is null or n.created_at < $8)
         and ($9::timestamptz is null or (n.created_at, n.id) < ($9, $10::uuid))
       order by n.created_at desc, n.id desc limit $2`,
      [
        tenantId, limit + 1, filter.status ?? null, filter.eventType ?? null, filter.channelId ?? null, filter.incidentId ?? null,
        filter.since ?? null, filter.until ?? null, after?.at ?? null, after?.id ?? null,
      ]);
    return rows.map(shown);
  }

  async find(tenantId: string, id: string) {
    const rows = await this.db.query<Row & Record<string, unknown>>(
      `select n.*, f.closed_until from notifications n left join far_sides f on f.channel_id = n.channel_id and f.closed_until > now()
       where n.tenant_id = $1 and n.id = $2`, [tenantId, id]);
    return rows[0] === undefined ? null : shown(rows[0]);
  }

  /** Every try of a notification, oldest first. */
  async attempts(tenantId: string, id: string) {
    const rows = await this.db.query<TryRow & Record<string, unknown>>(
      `select number, started_at, duration_ms, outcome, reason, detail, request, response from notification_attempts
       where tenant_id = $1 and notification_id = $2 order by started_at, number`, [tenantId, id]);
    return rows.map((row) => ({
      number: row.number, startedAt: row.started_at.toISOString(), durationMs: row.duration_ms, outcome: row.outcome, reason: row.reason, detail: row.detail,
      request: row.request, response: row.response,
    }));
  }

  /** The part of the ledger that has not ended yet: what has a due time. */
  async inFlight(): Promise<number> {
    const rows = await this.db.query<{ n: number }>('select count(*) as n from notifications where due_at is not null');
    return rows[0]?.n ?? 0;
  }

  /** Of what could be sent now; what waits for its far side is not counted. */
  async oldestDueSeconds(): Promise<number> {
    const rows = await this.db.query<{ seconds: number }>(
      `select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as seconds from notifications n
       where due_at <= now() and not exists (select 1 from far_sides f where f.channel_id = n.channel_id and f.closed_until > now())`);
    return rows[0]?.seconds ?? 0;
  }

  /** What this service knows of a trace, oldest first. */
  async trace(tenantId: string, traceId: string): Promise<TraceEntry[]> {
    const rows = await this.db.query<{ id: string; at: Date; kind: string; summary: string; data: Record<string, unknown> }>(
      `select id, created_at as at, 'notification.' || status as kind, event_type || ' to ' || coalesce(recipient ->> 'name', channel_name) as summary,
         jsonb_build_object('channelId', channel_id, 'reason', reason, 'attempts', attempts) as data from notifications where trace_id = $2 and tenant_id = $1
       union all
       select n.id, a.started_at, 'notification.attempt', 'attempt ' || a.number || ': ' || a.outcome,
         jsonb_build_object('reason', a.reason, 'durationMs', a.duration_ms)
       from notifications n join notification_attempts a on a.notification_id = n.id where n.trace_id = $2 and n.tenant_id = $1
       order by at limit 1000`, [tenantId, traceId]);
    return rows.map((row) => ({ at: row.at.toISOString(), service: 'notifications', kind: row.kind, id: row.id, summary: row.summary, data: row.data }));
  }
}

function shown(row: Row) {
  return {
    id: row.id, status: row.status, eventType: row.event_type, fingerprint: row.fingerprint,
    channel: row.channel_id === null ? null : { id: row.channel_id, kind: row.channel_kind, name: row.channel_name },
    recipient: row.recipient,
    incidentId: row.incident_id, page: row.page, attempts: row.attempts,
    nextAttemptAt: row.status === 'queued' || row.status === 'failed' ? row.due_at?.toISOString() ?? null : null,
    waitingFor: row.closed_until !== null && row.due_at !== null ? `the far side asked to be left alone until ${row.closed_until.toISOString()}` : null,
    reason: row.reason, detail: row.detail, sentAt: row.sent_at?.toISOString() ?? null, remoteId: row.remote_id, traceId: row.trace_id,
    ackByUserId: row.ack_by_user_id, ackAt: row.ack_at?.toISOString() ?? null, ackNote: row.ack_note,
    createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
  };
}
