import { gzipSync } from 'node:zlib';

/** Bodies that no sender should send, and every one of them does some day. */

export interface Case {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly headers?: Record<string, string>;
  /** What may be answered; without it anything below 500 will do. */
  readonly status?: readonly number[];
}

/** 512 KB: the largest body that is taken. */
export const LIMIT = 524_288;

const gzipped = { 'content-encoding': 'gzip' };

/** Broken whatever the endpoint. `valid` is a body that it takes. */
export function brokenBodies(valid: object): Case[] {
  const json = JSON.stringify(valid);
  const padded = (bytes: number) => `${json}${' '.repeat(bytes - Buffer.byteLength(json))}`;
  return [
    { name: 'an empty body', body: '', status: [400] },
    { name: 'truncated JSON', body: json.slice(0, -2), status: [400] },
    { name: 'JSON and more', body: `${json}x`, status: [400] },
    { name: 'no JSON', body: 'hello', status: [400] },
    { name: 'HTML', body: '<html></html>', status: [400] },
    ...['null', '[null]', '"text"', '5', 'true', '[[[]]]'].map((body) => ({ name: `JSON that is ${body}`, body, status: [400] })),
    { name: 'an empty list', body: '[]', status: [202, 400] }, // a source may take it for nothing to tell

    { name: '100,000 open brackets', body: '['.repeat(100_000), status: [400] },
    { name: '100,000 nested arrays', body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
    { name: '80,000 nested objects', body: `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}` },
    { name: 'exactly 512 KB', body: padded(LIMIT), status: [202] },
    { name: '512 KB and one byte', body: padded(LIMIT + 1), status: [413] },
    { name: '5 MB', body: padded(5_000_000), status: [413] },
    {
      name: 'invalid UTF-8',
      body: Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]),
      status: [400],
    },
    { name: 'a byte order mark', body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]) },
    { name: 'UTF-16', body: Buffer.from(json, 'utf16le'), status: [400] },
    { name: 'a NUL byte', body: Buffer.concat([Buffer.from(json), Buffer.from([0])]), status: [400] },
    { name: 'duplicate keys', body: `${json.slice(0, -1)},${json.slice(1)}` },
    { name: '__proto__ and constructor', body: `${json.slice(0, -1)},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}` },
    { name: '50,000 unknown fields', body: `${json.slice(0, -1)},${Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join()}}` },
    { name: 'gzip', body: gzipSync(json), headers: gzipped, status: [202] },
    { name: 'a gzip bomb of 200 MB', body: gzipSync(Buffer.alloc(200_000_000, ' ')), headers: gzipped, status: [413] },
    { name: 'gzip that is none', body: json, headers: gzipped, status: [400] },
    { name: 'truncated gzip', body: gzipSync(json).subarray(0, -9), headers: gzipped, status: [400] },
    { name: 'an unknown encoding', body: json, headers: { 'content-encoding': 'zstd' }, status: [415, 400] },
    { name: 'another media type', body: '<event/>', headers: { 'content-type': 'application/xml' } },
    { name: 'a form', body: 'a=b&c=%ff', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    { name: 'no media type at all', body: json, headers: { 'content-type': '' } },
    { name: 'a media type that is none', body: json, headers: { 'content-type': ';;;' } },
  ];
}

export const WRONG: readonly (readonly [string, string])[] = [
  ['null', 'null'], ['zero', '0'], ['a negative number', '-1'], ['a number too large for a double', '1e400'],
  ['a number of 400 digits', '9'.repeat(400)], ['a fraction', '0.1'],
  ['true', 'true'], ['an empty text', '""'], ['a text of 70,000', JSON.stringify('x'.repeat(70_000))],
  ['a NUL', '"a\\u0000b"'], ['half a character', '"\\ud800"'],
  ['controls', '"\\u0007\\u001b[31m"'], ['right-to-left', '"\\u202e"'], ['an empty array', '[]'],
  ['an array', '["a",1,null]'], ['an empty object', '{}'], ['an object', '{"a":{"b":[]}}'],
  ['30,000 levels', `${'['.repeat(30_000)}${']'.repeat(30_000)}`], ['polluting keys', '{"__proto__":{"x":1},"toString":"x","hasOwnProperty":1}'],
];

export interface WrongField extends Case { readonly path: string }

/** A valid body with one field (at any depth) replaced by something of every wrong type, or left out. */
export function wrongFields(valid: object): WrongField[] {
  return pathsOf(valid).flatMap((path) => [
    { path: path.join('.'), name: `${path.join('.')} left out`, body: JSON.stringify(replaced(valid, path, undefined)) },
    ...WRONG.map(([name, json]) => ({
      path: path.join('.'), name: `${path.join('.')} is ${name}`, body: JSON.stringify(replaced(valid, path, MARK)).replace(JSON.stringify(MARK), () => json),
    })),
  ]);
}

const MARK = '<wrong>';

function pathsOf(value: object): string[][] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => [
    [key], ...(typeof child === 'object' && child !== null ? pathsOf(child).map((path) => [key, ...path]) : []),
  ]);
}

function replaced(value: object, [key, ...rest]: readonly string[], by: unknown): object {
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key!] = rest.length === 0 ? by : replaced(copy[key!] as object, rest, by);
  return copy;
}
