import { gzipSync } from 'node:zlib';
import type { Chance } from '../../chaos/random.mjs';
import { fieldsOf, filled, resolved, withValue, type ApiOperation, type Schema } from './api-document.js';
import { conforms } from './conformance.js';
import { WRONG } from './corpus.js';
import type { RawRequest } from './raw-request.js';

/** What no client should send to an operation, and some client does: generated from what the document says of it. */

export interface BadRequest extends RawRequest {
  readonly operation: ApiOperation;
  /** What is bad about it. */
  readonly name: string;
  /** The field or parameter that a 400 or 422 has to name. */
  readonly names?: string;
  /** By the document it is not valid: it must not be done. */
  readonly mustBeRefused?: boolean;
  readonly wants?: number;
}

/** A request that the operation takes; `own` is the path to a resource that is there, `path` where it may be done a thousand times. */
export interface Good {
  readonly operation: ApiOperation;
  readonly path: string;
  readonly own: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const TIMES = [
  '2026-W01-1', '2026-001', '2026-02-30T00:00:00Z', '2026-13-01', '0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z', '9999-12-31T23:59:60Z', '2026-11-21T24:00:00Z', '2026-11-21T09:30:00+99:99', '1e3', 'now',
];
const TEXTS = [
  "' or 1=1 --", '%', '_', '\\', '${7*7}', '{{7*7}}', '../../../etc/passwd', '\u202e\u0007\u001b[31m',
  '😀'.repeat(200), 'x'.repeat(6_000), ' ', '\n', 'ｆｕｌｌ', '00000000-0000-0000-0000-000000000000', 'NaN',
  '-0', '1e400', 'Infinity', '9'.repeat(400), '-1', '2147483648', '9223372036854775808', '0x10',
];
const JSON_VALUES = [
  ...WRONG, ...[...TIMES, ...TEXTS].map((text) => [`the text ${text.slice(0, 40)}`, JSON.stringify(text)] as const),
  ['-0', '-0'], ['2^31', '2147483648'], ['2^63', '9223372036854775808'], ['2^53 + 1', '9007199254740993'], ['5e-324', '5e-324'],
  ['1,000 elements', JSON.stringify(Array(1_000).fill('x'))], ['nested null', '[null]'],
] as const;

const PATH_IDS = [
  'x', '0', '-1', 'null', 'undefined', '%00', '%ff', '%C0%AF', '%ED%A0%80', '%', '%zz', '..', '.',
  '..%2f..%2fetc%2fpasswd', '%2e%2e', '%2e%2e%2f', '..;', "'", '%27%20or%201=1', '*', '{id}', '%7Bid%7D',
  '%F0%9F%98%80', '01920000-0000-7000-8000-00000000000g', '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'x'.repeat(4_000), '1%3B', '%0d%0aX-Injected:%201', 'constructor', '__proto__',
];
const CREDENTIALS = [
  '', 'Bearer', 'Bearer ', 'Bearer x', 'Basic %%%', 'Token token=', 'Negotiate x',
  `Bearer sk_live_${'A'.repeat(40)}`, `Bearer ${'x'.repeat(5_000)}`,
];
const IDEMPOTENCY_KEYS = ['', 'has a space', 'x'.repeat(256), '\u00e9'];
const ETAGS = ['"nonsense"', 'W/"nonsense"', 'nonsense', '', ',,,', 'x'.repeat(2_000)];
const CONTENT_TYPES = [
  'text/plain', 'application/xml', 'multipart/form-data', 'application/x-www-form-urlencoded',
  'application/json; charset=utf-16', 'application/json; charset=nonsense', ';;;', '',
];
const ENCODINGS = ['gzip', 'zstd', 'br', 'nonsense'];
const CURSORS = ['AAAA', 'eyJhIjoxfQ', 'x'.repeat(500)];
const QUERY_VALUES = ['', '%00', '%ff', '%', '%ED%A0%80', '%0a', ...[...TIMES, ...TEXTS].map(encodeURIComponent)];

/** Every request to an operation that is bad in one way. */
export function badRequests(good: Good): BadRequest[] {
  return [...badPaths(good), ...badQueries(good), ...badHeaders(good), ...badBodies(good), ...badFields(good)];
}

function badPaths({ operation, headers, body, path }: Good): BadRequest[] {
  const values = path.split('/').filter((_, index) => operation.path.split('/')[index]?.startsWith('{'));
  return values.flatMap((_, place) => PATH_IDS.map((bad) => ({
    operation, method: operation.method, headers, body: json(body), name: `path ${bad.slice(0, 40)}`,
    mustBeRefused: operation.requires !== undefined && !operation.path.startsWith('/api/v1/trace'),
    path: filled(operation, values.map((value, index) => (index === place ? bad : value))),
  })));
}

function badQueries({ operation, headers, body, path }: Good): BadRequest[] {
  const to = (name: string, query: string, names: string, more: object = {}): BadRequest => ({
    operation, method: operation.method, headers, body: json(body), path: `${path}?${query}`, name, names, ...more,
  });
  const known = operation.parameters.filter((parameter) => parameter.in === 'query').flatMap(({ name, schema = {} }) => [
    ...QUERY_VALUES.map((value) => to(`?${name}=${value.slice(0, 40)}`, `${name}=${value}`, name)),
    to(`?${name} twice`, `${name}=a&${name}=b`, name), to(`?${name}[]`, `${name}[]=a`, name),
    to(`?${name}[x]`, `${name}[x][y]=a`, name), to(`?${name} 300 times`, Array(300).fill(`${name}=a`).join('&'), name),
    ...(schema.maximum === undefined ? [] : [to(`?${name} too large`, `${name}=${schema.maximum + 1}`, name, { mustBeRefused: true })]),
    ...(schema.minimum === undefined ? [] : [to(`?${name} too small`, `${name}=${schema.minimum - 1}`, name, { mustBeRefused: true })]),
    ...(schema.maxLength === undefined ? [] : [to(`?${name} too long`, `${name}=${'x'.repeat(schema.maxLength + 1)}`, name, { mustBeRefused: true })]),
    ...(name !== 'cursor' ? [] : CURSORS.map((bad) => to(`?cursor=${bad.slice(0, 20)}`, `cursor=${bad}`, name, { mustBeRefused: true }))),
  ]);
  // An operation that takes no parameters does not look at them.
  if (known.length === 0) return [];
  return [
    ...known,
    to('an unknown parameter', 'nonsense=1', 'nonsense', { mustBeRefused: operation.requires !== undefined }),
    to('a polluting parameter', '__proto__[x]=1&constructor=1', 'constructor'),
  ];
}

function badHeaders(good: Good): BadRequest[] {
  const { operation, headers, body, path, own } = good;
  const { method } = operation;
  const as = (name: string, more: Record<string, string>, rest: Partial<BadRequest> = {}): BadRequest => ({
    operation, method, path, body: json(body), name, headers: { ...headers, ...more }, ...rest,
  });
  const takes = (header: string): boolean => operation.parameters.some(({ name }) => name === header);
  const ofOperators = operation.requires !== undefined;
  const isKeyed = takes('Idempotency-Key') && ofOperators;
  const isConditional = takes('If-Match') && operation.path.includes('{');
  const hasBody = method !== 'GET' && body !== undefined;
  const refusedKey = { names: 'Idempotency-Key', mustBeRefused: true };
  return [
    ...CREDENTIALS.map((value) => as(
      `Authorization: ${value.slice(0, 20)}`, { authorization: value, cookie: '' }, ofOperators ? { mustBeRefused: true, wants: 401 } : {})),
    as('a long X-Request-Id', { 'x-request-id': 'x'.repeat(1_000) }), as('a bad traceparent', { traceparent: '00-x' }),
    as('a bad Accept', { accept: ';;;,*' }),
    ...(ofOperators ? [as('no tenant', { 'x-tenant-id': 'x' }, { mustBeRefused: true })] : []),
    ...(isKeyed ? IDEMPOTENCY_KEYS : []).map((value) => as(`Idempotency-Key: ${value.slice(0, 20)}`, { 'idempotency-key': value }, refusedKey)),
    ...(isConditional ? ETAGS : []).map((value) =>
      as(`If-Match: ${value.slice(0, 20)}`, { 'if-match': value }, { path: own, wants: 412, mustBeRefused: true })),
    ...(hasBody ? CONTENT_TYPES : []).map((value) => as(`Content-Type: ${value}`, { 'content-type': value })),
    ...(hasBody ? ENCODINGS : []).map((value) =>
      as(`Content-Encoding: ${value}`, { 'content-encoding': value }, ofOperators ? { mustBeRefused: true } : {})),
  ];
}

function badBodies({ operation, headers, body, path }: Good): BadRequest[] {
  if (body === undefined) return [];
  const { method } = operation;
  const valid = JSON.stringify(body);
  const refused = operation.requires === undefined ? {} : { mustBeRefused: true };
  /** The body without its end, for more fields. */
  const open = `${valid.slice(0, -1)}${valid === '{}' ? '' : ','}`;
  const as = (name: string, sent: string | Uint8Array, rest: Partial<BadRequest> = {}): BadRequest => ({
    operation, method, path, headers, body: sent, name, ...rest,
  });
  return [
    as('truncated JSON', valid.slice(0, -1), refused), as('JSON and more', `${valid}x`, refused),
    as('no JSON', 'hello', refused), as('HTML', '<html></html>', refused), as('a NUL byte', `${valid}\0`, refused),
    ...['null', '[null]', '"text"', '5', 'true', '[]', '[[[]]]'].map((sent) => as(`JSON that is ${sent}`, sent, refused)), as('no body', ''),
    as('30,000 open brackets', '['.repeat(30_000), refused), as('30,000 nested objects', `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`, refused),
    as('1 MB', `{"x":"${'x'.repeat(1_048_576)}",${valid.slice(1)}`, refused), as('1 MB of spaces', `${valid}${' '.repeat(1_048_576)}`, refused),
    as('invalid UTF-8', Buffer.concat([Buffer.from(`${open}"x":"`), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]), refused),
    as('UTF-16', Buffer.from(valid, 'utf16le'), refused),
    as('a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(valid)])),
    as('duplicate keys', valid === '{}' ? '{"x":1,"x":2}' : `${valid.slice(0, -1)},${valid.slice(1)}`),
    as('polluting keys', `${open}"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`, refused),
    as('20,000 unknown fields', `${open}${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}`, refused),
    as('an unknown field', JSON.stringify({ ...(body as object), nonsense: 1 }),
      operation.requires === undefined ? {} : { names: 'nonsense', mustBeRefused: true }),
    as('a gzip bomb', gzipSync(Buffer.alloc(20_000_000, ' ')), { ...refused, headers: { ...headers, 'content-encoding': 'gzip' } }),
  ];
}

const MARK = '<bad>';

/** Every field, of whatever depth, with every bad value; where the document calls that value invalid, it must be refused. */
function badFields({ operation, headers, body, path }: Good): BadRequest[] {
  if (operation.body === undefined) return [];
  const { method } = operation;
  return fieldsOf(operation.body.schema).flatMap((field) => [...JSON_VALUES, ...longest(field.schema)].map(([name, value]) => ({
    operation, method, path, headers, name: `${field.path.join('.')} is ${name}`, names: field.path.join('.'),
    body: JSON.stringify(withValue(body, operation.body!.schema, field.path, MARK)).replace(JSON.stringify(MARK), () => value),
    mustBeRefused: operation.requires !== undefined && isInvalid(field.schema, value),
  })));
}

/** As long as it may be and longer, in characters that take two of UTF-16's units. */
function longest(schema: Schema): (readonly [string, string])[] {
  const { maxLength, items } = resolved(schema);
  if (items !== undefined) return longest(items).map(([name, value]) => [name, `[${value}]`]);
  return maxLength === undefined ? [] : [maxLength, maxLength + 1].map((length) => [`${length} wide characters`, JSON.stringify('😀'.repeat(length))]);
}

/** A character to JSON Schema and the validator, two to TypeBox. */
const BEYOND_16_BITS = /[\u{10000}-\u{10ffff}]/gu;

/** By its type and its bounds; forms of texts (`date-time`) the document tells more loosely than the validator knows them, or less. */
function isInvalid(schema: Schema, value: string): boolean {
  const parsed = JSON.parse(value.replaceAll(BEYOND_16_BITS, 'x')) as unknown;
  const isOdd = typeof parsed === 'string' && resolved(schema).format !== undefined;
  return !isOdd && !conforms(schema, parsed);
}

/** A request with several things wrong at once, by chance: for as long as one likes. */
export function anyRequest(good: Good, dice: Chance): BadRequest {
  const { operation, headers, body, path } = good;
  const queries = operation.parameters.filter((parameter) => parameter.in === 'query' && dice.happens(0.3)).map(({ name }) =>
    `${name}=${dice.of(QUERY_VALUES)}`);
  const fields = operation.body === undefined ? [] : dice.shuffled(fieldsOf(operation.body!.schema)).slice(0, 3);
  const changed = fields.reduce((before, field) => withValue(before, operation.body!.schema, field.path, anyValue(dice, 0)), body);
  return {
    operation, method: operation.method, headers, name: 'by chance', path: queries.length === 0 ? path : `${path}?${queries.join('&')}`,
    body: json(changed),
  };
}

function anyValue(dice: Chance, depth: number): unknown {
  const key = (): string => dice.of([...TEXTS, '$gt', '$and', '$or', '$not', '$in', 'url', 'type', 'config', 'a.b', 'payload']);
  const many = <T>(make: () => T): T[] => Array.from({ length: Math.floor(dice.between(0, 4)) }, make);
  switch (dice.weighted({ json: 5, array: depth > 5 ? 0 : 1, object: depth > 5 ? 0 : 3 })) {
    case 'array': return many(() => anyValue(dice, depth + 1));
    case 'object': return Object.fromEntries(many(() => [key(), anyValue(dice, depth + 1)]));
    default: return dice.of([null, true, 0, -1, 0.5, 1e308, '', 'http://127.0.0.1:9/', ...TEXTS, ...TIMES]);
  }
}

function json(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}
