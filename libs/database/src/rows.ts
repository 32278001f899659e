import type { Queryable } from './database.js';

/** Column name → Postgres type, in the order in which they are written. */
export type Columns = Readonly<Record<string, string>>;

const statements = new Map<string, string>();

/**
 * The one way many rows travel in one statement: as a single JSON parameter that Postgres turns into a record set.
 * (One `JSON.stringify` is native code; arrays of text for `unnest` are escaped in JavaScript.)
 * Gives `select a, b from json_to_recordset($n::json) as r(a type, b type)`. `bytea` values are given as Buffers by `encodeRows`.
 */
export function recordset(columns: Columns, parameter = 1): string {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  const typed = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
  return `select ${names.join(', ')} from json_to_recordset($${parameter}::json) as r(${typed.join(', ')})`;
}

/** Rows as the JSON parameter of `recordset`. Undefined is null, dates are RFC 3339, Buffers are bytea hex. */
export function encodeRows(rows: readonly object[]): string {
  return JSON.stringify(rows, encodeValue);
}

function encodeValue(_key: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value && Array.isArray(value.data)) {
    return `\\x${Buffer.from(value.data as number[]).toString('hex')}`;
  }
  return value;
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

const NUL = /\\u0000/;
const LONE = /\\ud[89a-f][0-9a-f]{2}/i;

/**
 * JSON text that `jsonb` can hold: Postgres refuses `\u0000` and lone surrogates, and one such alert must not fail a batch.
 * `altered` tells that something was replaced by U+FFFD: keep the original beside it as bytea then.
 */
export function storableJson(value: unknown): { json: string; altered: boolean } {
  const json = JSON.stringify(value) ?? 'null';
  // JSON.stringify escapes exactly these (and paired surrogates never), so a cheap test keeps the common case to one pass.
  if (!NUL.test(json) && !LONE.test(json)) return { json, altered: false };
  const clean = json.replace(/(\\\\)|\\u0000|\\ud[89a-f][0-9a-f]{2}/gi, (_match, escaped: string | undefined) => escaped ?? '\ufffd');
  return { json: clean, altered: clean !== json };
}

/** A text that a `text` column can hold: NUL and lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  return text.replace(/\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
}
