import type { Notice } from '../channels/notice.js';
import type { IncidentLink } from '../domain/subject.js';
import type { Queryable } from '@signalbox/database';

/** A notification that this process may send now. `attempts` counts this try. */
export interface Claimed {
  readonly id: string;
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly event_type: string;
  readonly fingerprint: string;
  readonly incident_id: string | null;
  readonly incident: IncidentLink | null;
  readonly trace_id: string;
  readonly attempts: number;
  readonly notice: Notice;
  readonly remaining: string[] | null;
  readonly replay_job_id: string | null;
  readonly replay_letter_id: string | null;
  /** It was being sent when its sender died: whether that try reached anybody is unknown. */
  readonly interrupted: boolean;
}

/** How long a claim stands. A try takes at most `TRY_MS`, so a claim that runs out belongs to a process that died. */
export const TRY_MS = 15_000;
const CLAIM_SECONDS = 45;

const RETURNING = `n.id, n.tenant_id, n.channel_id, n.event_type, n.fingerprint, n.incident_id, n.incident, n.trace_id, n.attempts, n.notice, n.remaining,
  n.replay_job_id, n.replay_letter_id, d.was = 'processing' as interrupted`;

export interface ClaimLimits {
  readonly most: number;
  readonly perChannel: number;
  /** Channels that have as much in hand as they may. */
  readonly busy: readonly string[];
}

/**
 * Takes what is due, oldest first and a few per channel, so that one slow far side does not hold up the others. Channels that asked to be left alone
 * wait. Each row goes to one process, whatever number of them look.
 */
export function claimDue(db: Queryable, limits: ClaimLimits): Promise<Claimed[]> {
  return db.query<Claimed & Record<string, unknown>>(
    `with fair as (
       select id from (
         select id, due_at, row_number() over (partition by channel_id order by due_at) as place from (
           select id, channel_id, due_at from notifications n
           where due_at <= now() and channel_id <> all($3::uuid[])
             and not exists (select 1 from far_sides f where f.channel_id = n.channel_id and f.closed_until > now())
           order by due_at limit 1000) due) ranked
       where place <= $2 order by due_at limit $1),
     d as (select n.id, n.status as was from notifications n join fair using (id) where n.due_at <= now() for update of n skip locked)
     update notifications n set status = 'processing', attempts = n.attempts + 1, due_at = now() + make_interval(secs => ${CLAIM_SECONDS}), updated_at = now()
     from d where n.id = d.id returning ${RETURNING}`, [limits.most, limits.perChannel, limits.busy]);
}

/** Takes certain notifications, whether due or not: for a send whose caller waits. */
export function claimThese(db: Queryable, ids: readonly string[]): Promise<Claimed[]> {
  return db.query<Claimed & Record<string, unknown>>(
    `with d as (select id, status as was from notifications where id = any($1::uuid[]) and status in ('queued', 'failed') for update skip locked)
     update notifications n set status = 'processing', attempts = n.attempts + 1, due_at = now() + make_interval(secs => ${CLAIM_SECONDS}), updated_at = now()
     from d where n.id = d.id returning ${RETURNING}`, [ids]);
}
