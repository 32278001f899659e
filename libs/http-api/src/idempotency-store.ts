import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ClaimBeats } from './claim-beats.js';
import type { Begun, Claim, IdempotencyStore, StoredAnswer } from './idempotency.js';

/** What the store needs of Postgres (`Database` of `@signalbox/database` is one). */
export interface Rows {
  query<R extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
}

/** Seals what answers may hold (a fresh API key); `SecretBox` of `@signalbox/access` is one. */
export interface AnswerBox {
  seal(plain: string, context: string): string;
  open(sealed: string, context: string): string;
}

export interface PgIdempotencyStore extends IdempotencyStore {
  /** Deletes what is older than 24 hours; out: how many. `begin` does it every ten minutes by itself. */
  purge(): Promise<number>;
}

/** A request that has not been heard of for this long is suspected to have died with its process: those that live say so each second. */
const SILENT_MS = 2_000;
/** It is then watched for so long (2.5 s): when it was only Postgres that could not be told, a word of it comes meanwhile. */
const LOOKS = 5;
const LOOK_EVERY_MS = 500;
const KEPT_HOURS = 24;
const PURGE_EVERY_MS = 600_000;

interface Known extends Record<string, unknown> { fingerprint: string; status: number | null; body: unknown; seen: string; silent: boolean }

export interface PgIdempotencyOptions {
  readonly db: Rows;
  /** Where requests say that they are being worked on: a connection of its own, which never waits behind the work. */
  readonly beats: Rows;
  readonly schema: string;
  /** A service whose answers ever show a secret must give one. */
  readonly box?: AnswerBox;
}

/**
 * The store in a service's `idempotency_keys` table. The body is kept as the exact text of the answer (in a jsonb string:
 * `jsonb` itself would reorder keys and refuse U+0000).
 */
export function pgIdempotencyStore({ db, beats: beatsDb, schema, box }: PgIdempotencyOptions): PgIdempotencyStore {
  const table = `"${schema.replaceAll('"', '""')}".idempotency_keys`;
  const beats = new ClaimBeats(beatsDb, table);
  let nextPurgeMs = 0;
  const purge = async (): Promise<number> => {
    const rows = await db.query<{ count: number }>(
      `with gone as (delete from ${table} where created_at < now() - interval '${KEPT_HOURS} hours' returning 1) select count(*)::int as count from gone`,
    );
    return rows[0]?.count ?? 0;
  };
  return {
    async begin(tenantId, key, fingerprint) {
      if (Date.now() >= nextPurgeMs) {
        nextPurgeMs = Date.now() + PURGE_EVERY_MS;
        await purge();
      }
      const claim = { tenantId, key, id: randomUUID() };
      for (;;) {
        if (await takeFree(db, table, claim, fingerprint)) break;
        const known = await look(db, table, claim);
        // Abandoned or purged between the two statements: the key is free again.
        if (known === undefined) continue;
        const begun = begunOf(known, fingerprint, (text) => box === undefined ? text : box.open(text, contextOf(claim)));
        if (begun !== 'in_progress' || !known.silent) return begun;
        if (await staysSilent(db, table, claim, known.seen) && await takeOver(db, table, claim, known.seen)) break;
      }
      beats.begin(claim);
      return { claim };
    },

    async finish(claim, { status, body }) {
      try {
        const text = JSON.stringify(body) ?? '';
        await db.query(
          `update ${table} set status = $4, body = $5, finished_at = now() where tenant_id = $1 and key = $2 and claim = $3 and finished_at is null`,
          [claim.tenantId, claim.key, claim.id, status, JSON.stringify(box === undefined ? text : box.seal(text, contextOf(claim)))],
        );
      } finally {
        beats.end(claim);
      }
    },

    async abandon(claim) {
      try {
        await db.query(`delete from ${table} where tenant_id = $1 and key = $2 and claim = $3 and finished_at is null`, [claim.tenantId, claim.key, claim.id]);
      } finally {
        beats.end(claim);
      }
    },

    purge,
  };
}

/** Takes a key that nobody has, or that is old enough to be forgotten. */
async function takeFree(db: Rows, table: string, { tenantId, key, id }: Claim, fingerprint: string): Promise<boolean> {
  const taken = await db.query(
    `insert into ${table} as mine (tenant_id, key, fingerprint, claim, created_at, seen_at) values ($1, $2, $3, $4, now(), clock_timestamp())
     on conflict (tenant_id, key) do update
     set fingerprint = excluded.fingerprint, claim = excluded.claim, created_at = now(), seen_at = excluded.seen_at,
       status = null, body = null, finished_at = null
     where mine.created_at < now() - interval '${KEPT_HOURS} hours'
     returning key`,
    [tenantId, key, fingerprint, id],
  );
  return taken.length > 0;
}

/** `seen` is a text: a `Date` would round it. */
async function look(db: Rows, table: string, { tenantId, key }: Claim): Promise<Known | undefined> {
  const [known] = await db.query<Known>(
    `select fingerprint, status, body, seen_at::text as seen, seen_at < clock_timestamp() - make_interval(secs => $3) as silent
     from ${table} where tenant_id = $1 and key = $2`,
    [tenantId, key, SILENT_MS / 1_000],
  );
  return known;
}

/**
 * Whether nothing is heard of a request while Postgres answers all along (that it does not is thrown).
 * By no clock: one that was away with Postgres has time to say that it lives.
 */
async function staysSilent(db: Rows, table: string, claim: Claim, seen: string): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    await setTimeout(LOOK_EVERY_MS);
    const known = await look(db, table, claim);
    if (known?.seen !== seen || known.status !== null) return false;
  }
  return true;
}

/** Takes the key of a request that died, unless somebody else just did. */
async function takeOver(db: Rows, table: string, { tenantId, key, id }: Claim, seen: string): Promise<boolean> {
  const taken = await db.query(
    `update ${table} set claim = $3, created_at = now(), seen_at = clock_timestamp()
     where tenant_id = $1 and key = $2 and seen_at = $4::timestamptz and finished_at is null returning key`,
    [tenantId, key, id, seen],
  );
  return taken.length > 0;
}

function begunOf(known: Known, fingerprint: string, open: (text: string) => string): Exclude<Begun, { readonly claim: Claim }> {
  if (known.fingerprint !== fingerprint) return 'conflict';
  if (known.status === null) return 'in_progress';
  const text = open(String(known.body));
  return { replay: { status: known.status, body: text === '' ? undefined : JSON.parse(text) as unknown } satisfies StoredAnswer };
}

/** A sealed answer opens only under its own tenant and key. */
function contextOf({ tenantId, key }: Claim): string {
  return `idempotency/${tenantId}/${key}`;
}
