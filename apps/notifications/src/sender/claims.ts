import { newId } from '@signalbox/contracts';
import { encodeRows, recordset, type Database, type Queryable } from '@signalbox/database';
import type { Notice } from '../channels/notice.js';
import type { PageOf } from '../domain/page.js';
import type { IncidentLink } from '../domain/subject.js';
import { ENDS } from '../domain/repeat.js';
import { answered } from '../store/answered.js';
import type { Recipient } from '../store/recipients.js';

/** A notification that this process may send now. `attempts` counts this try. */
export interface Claimed {
  readonly id: string;
  /** Tells this claim from every other: only its holder may say what became of the try. */
  readonly claim: string;
  readonly tenant_id: string;
  readonly channel_id: string;
  /** Who has been told of its fingerprint once it is sent. */
  readonly audience_id: string;
  /** When it is for somebody: the channel sends it to their addresses and not to its own. */
  readonly recipient: Recipient | null;
  readonly event_type: string;
  readonly fingerprint: string;
  readonly incident_id: string | null;
  readonly incident: IncidentLink | null;
  /** Which page of its incident it is, when it is one. */
  readonly page: PageOf | null;
  readonly trace_id: string;
  readonly attempts: number;
  readonly notice: Notice;
  readonly remaining: string[] | null;
  readonly replay_job_id: string | null;
  readonly replay_letter_id: string | null;
  /** When a try began whose sender died: whether that one reached anybody is unknown. */
  readonly interrupted_at: Date | null;
  /** Somebody has acknowledged it, or another notification of its fingerprint; of a page: the incident has been answered since. */
  readonly silenced: boolean;
  /** When this process asked for it, by its own clock (`performance.now()`): a process that slept may have lost it. */
  readonly askedAtMs: number;
}

/** A try takes at most so long. A claim that runs out belongs to a process that died: it may begin a try only while there is time for it. */
export const TRY_MS = 15_000;
export const CLAIM_MS = 45_000;
export const MAY_BEGIN_MS = CLAIM_MS - 2 * TRY_MS;

/** A claim on a notification that is stored together with it: its first try, by the process that made it. */
export type FreshClaim = Omit<Claimed, 'claim' | 'askedAtMs' | 'attempts' | 'remaining' | 'replay_job_id' | 'replay_letter_id' | 'interrupted_at' | 'silenced'>;

export function freshClaim(made: FreshClaim): Claimed {
  return {
    ...made, claim: newId(), askedAtMs: performance.now(), attempts: 1, remaining: null,
    replay_job_id: null, replay_letter_id: null, interrupted_at: null, silenced: false,
  };
}

const CLAIM = `update notifications n set status = case when n.ack_at is null then 'processing' else n.status end,
    attempts = n.attempts + 1, claim = gen_random_uuid(),
    due_at = now() + make_interval(secs => ${CLAIM_MS / 1_000}), updated_at = now()
  from d where n.id = d.id
  returning n.id, n.claim, n.tenant_id, n.channel_id, n.audience_id, n.recipient, n.event_type, n.fingerprint,
    n.incident_id, n.incident, n.page, n.trace_id, n.attempts, n.notice, n.remaining,
    n.replay_job_id, n.replay_letter_id, d.interrupted_at, d.silenced`;

// A replay was asked for by somebody who knows: it goes out even though the thing was acknowledged.
const STATE = `n.id, case when n.status in ('processing', 'acknowledged') then n.updated_at end as interrupted_at,
  n.ack_at is not null or ${answered('n')}
    or (n.page is null and coalesce(f.acknowledged, false) and n.replay_job_id is null
      and n.event_type not in (${ENDS.map((type) => `'${type}'`).join(', ')})) as silenced`;
const WITH_FINGERPRINT = 'left join fingerprints f on f.audience_id = n.audience_id and f.fingerprint = n.fingerprint';
const OPEN = 'not exists (select 1 from far_sides s where s.channel_id = n.channel_id and s.closed_until > now())';

export interface ClaimLimits {
  readonly most: number;
  readonly perChannel: number;
  /** Channels that may have less than that. */
  readonly rooms: readonly { readonly channelId: string; readonly room: number }[];
  /** Channels that have failed lately, and how many all of them together may have. */
  readonly troubled: { readonly ids: readonly string[]; readonly room: number };
  /** Only what was due at this time already. */
  readonly before?: Date;
  /** Only this tenant's. */
  readonly tenantId?: string;
  /** Not these: what became of them is known here, and about to be stored. */
  readonly mine: readonly string[];
  /** Whether claims that have run out may be taken over: their holder died, unless it cannot reach Postgres either. */
  readonly takeOver: boolean;
}

/**
 * Takes what is due, oldest first and a few per channel, so that one slow far side does not hold up the others, nor many of them together. Channels that
 * asked to be left alone wait. Each row goes to one process, whatever number of them look.
 */
export async function claimDue(db: Database, { most, perChannel, rooms, before, tenantId, mine, takeOver, troubled }: ClaimLimits): Promise<Claimed[]> {
  const askedAtMs = performance.now();
  const rows = await db.prepared<Claimed & Record<string, unknown>>(
    `with fair as materialized (
       select id from (
         select *, row_number() over (partition by troubled, place <= room order by due_at) as turn from (
           select id, due_at, room, troubled, row_number() over (partition by channel_id order by due_at) as place from (
             select n.id, n.channel_id, n.due_at, coalesce(r.room, $2) as room, n.channel_id = any($9::uuid[]) as troubled from notifications n
             left join unnest($3::uuid[], $4::int[]) as r(channel_id, room) on r.channel_id = n.channel_id
             where n.due_at <= now() and n.due_at <= coalesce($5, now()) and ($6::uuid is null or n.tenant_id = $6) and coalesce(r.room, $2) > 0 and ${OPEN}
               and n.id <> all($7::uuid[]) and ($8 or n.claim is null)
             order by n.due_at limit 1000) due) placed) ranked
       where place <= room and (not troubled or turn <= $10) order by due_at limit $1),
     d as (select ${STATE} from fair join notifications n using (id) ${WITH_FINGERPRINT} where n.due_at <= now() for update of n skip locked)
     ${CLAIM}`, [
      most, perChannel, rooms.map((r) => r.channelId), rooms.map((r) => r.room), before ?? null, tenantId ?? null, mine, takeOver,
      troubled.ids, troubled.room,
    ]);
  return rows.map((row) => ({ ...row, askedAtMs }));
}

/**
 * Makes claims last longer, those that still stand: what became of their tries is known, and Postgres is too slow to be told.
 * What is being settled at this moment is passed over.
 */
export async function renewClaims(db: Queryable, held: readonly { readonly id: string; readonly claim: string }[]): Promise<void> {
  await db.query(
    `update notifications n set due_at = now() + make_interval(secs => ${CLAIM_MS / 1_000}) from (
       select m.id from (${recordset({ id: 'uuid', claim: 'uuid' })}) c
       join notifications m on m.id = c.id and m.claim = c.claim and m.due_at is not null for update of m skip locked) s
     where n.id = s.id`, [encodeRows(held)]);
}

/**
 * Takes certain notifications that nobody has tried to send yet, whether due or not:
 * for a send whose caller waits. Those of channels that want to be left alone stay.
 */
export async function claimThese(db: Queryable, ids: readonly string[]): Promise<Claimed[]> {
  const askedAtMs = performance.now();
  const rows = await db.query<Claimed & Record<string, unknown>>(
    `with d as (select ${STATE} from notifications n ${WITH_FINGERPRINT}
       where n.id = any($1::uuid[]) and n.status = 'queued' and ${OPEN} for update of n skip locked)
     ${CLAIM}`, [ids]);
  return rows.map((row) => ({ ...row, askedAtMs }));
}

/** Leaves notifications that nobody has tried to send yet to the sender; returns until when their channels want to be left alone. */
export async function release(db: Queryable, ids: readonly string[]): Promise<Map<string, Date>> {
  await db.query(`update notifications set due_at = now() where id = any($1::uuid[]) and status = 'queued'`, [ids]);
  const rows = await db.query<{ channel_id: string; closed_until: Date }>(
    `select s.channel_id, s.closed_until from far_sides s join notifications n using (channel_id)
     where n.id = any($1::uuid[]) and s.closed_until > now()`, [ids]);
  return new Map(rows.map((row) => [row.channel_id, row.closed_until]));
}
