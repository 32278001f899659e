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

/** Rows for one table. `conflict` is the whole `on conflict …` clause; `values` says, for a column, what is stored instead of what the row has. */
export interface Write {
  readonly table: string;
  readonly columns: Columns;
  readonly rows: readonly object[];
  readonly conflict?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** Inserts many rows in one statement. `returning` is a list of columns. */
export async function insertRows<R extends Record<string, unknown> = Record<string, never>>(
  db: Queryable, table: string, columns: Columns, rows: readonly object[], clauses: { conflict?: string; returning?: string } = {},
): Promise<R[]> {
  if (rows.length === 0) return [];
  const { conflict, returning } = clauses;
  const text = remembered(`${table} ${Object.keys(columns).join()} ${conflict ?? ''} ${returning ?? ''}`, () =>
    `${insertion({ table, columns, rows, ...(conflict === undefined ? {} : { conflict }) }, 1)} ${returning === undefined ? '' : `returning ${returning}`}`);
  return db.query<R>(text, [encodeRows(rows)]);
}

/** Inserts rows into several tables by one statement, whose parts do not see each other: cheaper than one for each of them. */
export async function insertTogether(db: Queryable, writes: readonly Write[]): Promise<void> {
  const filled = writes.filter(({ rows }) => rows.length > 0);
  if (filled.length === 0) return;
  const text = remembered(`together ${filled.map(({ table, conflict }) => `${table} ${conflict ?? ''}`).join()}`, () =>
    `with ${filled.map((write, index) => `w${index} as (${insertion(write, index + 1)})`).join(', ')} select 1`);
  await db.query(text, filled.map(({ rows }) => encodeRows(rows)));
}

function insertion({ table, columns, conflict = '', values = {} }: Write, parameter: number): string {
  const names = Object.keys(columns);
  const selected = names.map((name) => values[name] ?? `"${name}"`).join(', ');
  return `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) select ${selected} from (${recordset(columns, parameter)}) given ${conflict}`;
}

function remembered(key: string, make: () => string): string {
  let text = statements.get(key);
  if (text === undefined) statements.set(key, text = make());
  return text;
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
