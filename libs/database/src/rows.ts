import type { Queryable } from './database.js';

/** Column name → Postgres type, in the order in which they are written. */
export type Columns = Readonly<Record<string, string>>;

const statements = new Map<string, string>();

/**
 * The one way many rows travel in one statement: as a single JSON parameter that Postgres turns into a record set.
 * (One `JSON.stringify` is native code; arrays of text for `unnest` are escaped in JavaScript.)
 * Gives `select a, b from json_to_recordset($n::json) as r(a type, b type)`.
 */
export function recordset(columns: Columns, parameter = 1): string {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  const typed = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
  return `select ${names.join(', ')} from json_to_recordset($${parameter}::json) as r(${typed.join(', ')})`;
}

/** Rows as the JSON parameter of `recordset`, made storable (see `storable`). Undefined is null, dates are RFC 3339; bytes are given as `bytea(…)`. */
export function encodeRows(rows: readonly object[]): string {
  return storable(JSON.stringify(rows));
}

/** Bytes in the text form of `bytea`. */
export function bytea(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}

/** Inserts many rows in one statement. `conflict` is the whole `on conflict …` clause; `returning` a list of columns. */
export async function insertRows<R extends Record<string, unknown> = Record<string, never>>(
  db: Queryable, table: string, columns: Columns, rows: readonly object[], clauses: { conflict?: string; returning?: string } = {},
): Promise<R[]> {
  if (rows.length === 0) return [];
  const key = `${table} ${Object.keys(columns).join()} ${clauses.conflict ?? ''} ${clauses.returning ?? ''}`;
  let text = statements.get(key);
  if (text === undefined) {
    const names = Object.keys(columns).map((name) => `"${name}"`).join(', ');
    text = `insert into ${table} (${names}) ${recordset(columns)} ${clauses.conflict ?? ''} ${clauses.returning === undefined ? '' : `returning ${clauses.returning}`}`;
    statements.set(key, text);
  }
  return db.query<R>(text, [encodeRows(rows)]);
}

// JSON.stringify escapes exactly these (a paired surrogate is never escaped), so one cheap test keeps the common case to one pass.
const UNSTORABLE = /\\u0000|\\ud[89a-f][0-9a-f]{2}/i;

/**
 * JSON text that Postgres can hold: `jsonb` and `text` refuse `\u0000` and lone surrogates, and one such alert must not fail a batch.
 * They become U+FFFD; keep the original bytes beside it when the text comes back changed.
 */
export function storable(json: string): string {
  if (!UNSTORABLE.test(json)) return json;
  return json.replace(/(\\\\)|\\u0000|\\ud[89a-f][0-9a-f]{2}/gi, (_match, escaped: string | undefined) => escaped ?? '\ufffd');
}
