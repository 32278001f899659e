import { Type, type StringOptions } from '@sinclair/typebox';
import type { FaultStyle, FieldFault } from './faults.js';
import type { Described } from './fields.js';

/** A token of RFC 9110, section 5.6.2. */
const NAME = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Headers that are ours to set on what we post, or that would let a request be smuggled or sent elsewhere; lower-case. */
const RESERVED = [
  'host', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'trailer', 'expect',
  'proxy-authorization', 'proxy-connection', 'user-agent', 'traceparent', 'webhook-id',
  'webhook-timestamp', 'webhook-signature', 'x-signalbox-attempt', 'x-signalbox-trace',
];

/** The name of a header that we are to set. */
export function headerName(options: StringOptions & Described) {
  return Type.String({ ...options, maxLength: 100, pattern: NAME, problem: 'must be a header name, such as X-Signature' });
}

/** The headers that no operator may set, in lower case: those of every adapter, and `own` (lower-case) that this one sets besides. */
export function reservedHeaders(...own: string[]): ReadonlySet<string> {
  return new Set([...RESERVED, ...own]);
}

/**
 * What is wrong with the further headers that an operator wants sent: the name or value of
 * each, one that is `reserved` (lower-case names), one that is there twice.
 */
export function headerFaults(headers: Readonly<Record<string, string>> = {}, reserved: ReadonlySet<string>, pathOf: FaultStyle['pathOf']): FieldFault[] {
  const [name, seen] = [new RegExp(NAME), new Set<string>()];
  return Object.entries(headers).flatMap(([header, value]) => {
    const lower = header.toLowerCase();
    const message = !name.test(header) ? 'is no header name'
      : reserved.has(lower) ? 'is set by Signalbox itself'
        : seen.has(lower) ? 'is there twice'
          : !VALUE.test(value) ? 'must be one line of plain characters' : undefined;
    seen.add(lower);
    return message === undefined ? [] : [{ path: pathOf(['headers', header]), message }];
  });
}
