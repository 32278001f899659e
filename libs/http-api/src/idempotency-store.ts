import type { Begun, IdempotencyStore, StoredAnswer } from './idempotency.js';

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

/** A request that has not come to an end after this long died with its process. */
const STALE_SECONDS = 60;
const KEPT_HOURS = 24;
const PURGE_EVERY_MS = 600_000;

/**
 * The store in a service's `idempotency_keys` table. The body is kept as the exact text of the answer (in a jsonb string:
 * `jsonb` itself would reorder keys and refuse U+0000). A service whose answers ever show a secret must give a `box`.
 */
export function pgIdempotencyStore(db: Rows, schema: string, box?: AnswerBox): PgIdempotencyStore {
  const table = `"${schema.replaceAll('"', '""')}".idempotency_keys`;
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
      for (;;) {
        const claimed = await db.query(
          `insert into ${table} as mine (tenant_id, key, fingerprint, created_at) values ($1, $2, $3, now())
           on conflict (tenant_id, key) do update set fingerprint = excluded.fingerprint, created_at = now(), status = null, body = null, finished_at = null
           where mine.created_at < now() - interval '${KEPT_HOURS} hours'
              or (mine.finished_at is null and mine.fingerprint = excluded.fingerprint and mine.created_at < now() - interval '${STALE_SECONDS} seconds')
           returning key`,
          [tenantId, key, fingerprint],
        );
        if (claimed.length > 0) return 'new';
        const [known] = await db.query<{ fingerprint: string; status: number | null; body: unknown }>(
          `select fingerprint, status, body from ${table} where tenant_id = $1 and key = $2`, [tenantId, key],
        );
        if (known !== undefined) return begunOf(known, fingerprint, (text) => box === undefined ? text : box.open(text, contextOf(tenantId, key)));
        // Abandoned or purged between the two statements: the key is free again.
      }
    },

    async finish(tenantId, key, fingerprint, { status, body }) {
      const text = JSON.stringify(body) ?? '';
      await db.query(
        `update ${table} set status = $4, body = $5, finished_at = now() where tenant_id = $1 and key = $2 and fingerprint = $3 and finished_at is null`,
        [tenantId, key, fingerprint, status, JSON.stringify(box === undefined ? text : box.seal(text, contextOf(tenantId, key)))],
      );
    },

    async abandon(tenantId, key, fingerprint) {
      await db.query(`delete from ${table} where tenant_id = $1 and key = $2 and fingerprint = $3 and finished_at is null`, [tenantId, key, fingerprint]);
    },

    purge,
  };
}

function begunOf(known: { fingerprint: string; status: number | null; body: unknown }, fingerprint: string, open: (text: string) => string): Begun {
  if (known.fingerprint !== fingerprint) return 'conflict';
  if (known.status === null) return 'in_progress';
  const text = open(String(known.body));
  return { replay: { status: known.status, body: text === '' ? undefined : JSON.parse(text) as unknown } satisfies StoredAnswer };
}

/** A sealed answer opens only under its own tenant and key. */
function contextOf(tenantId: string, key: string): string {
  return `idempotency/${tenantId}/${key}`;
}
