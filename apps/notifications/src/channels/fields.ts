import { Type, type StringOptions } from '@sinclair/typebox';

/**
 * What a config schema says beyond JSON Schema, as keywords that also reach the console's form:
 * `secret` (sealed, masked, redacted), `url` (a web address that is checked as one), `problem` (the message when the value does not fit).
 */
export interface FieldKeywords {
  readonly secret?: boolean;
  readonly url?: boolean;
  readonly problem?: string;
}

type Described = StringOptions & FieldKeywords & { title: string; description: string };

/** A text that is sealed at rest and never shown again. */
export function secretText(options: Described) {
  return Type.String({ minLength: 1, maxLength: 4096, ...options, secret: true, writeOnly: true });
}

/** An http(s) address without credentials in it. */
export function webAddress(options: Described) {
  return Type.String({ minLength: 1, maxLength: 2048, ...options, url: true });
}

/** Header names to values; the values are secrets, since tokens are what they are mostly used for. */
export function secretHeaders(options: { title: string; description: string }) {
  return Type.Record(Type.String(), Type.String({ maxLength: 4096, secret: true, writeOnly: true }), { ...options, maxProperties: 20 });
}

/** One of a few words. */
export function choice<const V extends readonly string[]>(values: V, options: { title: string; description: string; default: V[number] }) {
  return Type.Unsafe<V[number]>(Type.Union(values.map((value) => Type.Literal(value)), { ...options, problem: `must be one of: ${values.join(', ')}` }));
}

const ADDRESS = '[^\\s<>@,;"]+@[^\\s<>@,;"]+';
const MAILBOX = `^(?:${ADDRESS}|[^<>\\r\\n]*<${ADDRESS}>)$`;

/** `a@example.com` or `Name <a@example.com>`. */
export function mailbox(options: { title: string; description: string }) {
  return Type.String({ maxLength: 320, ...options, pattern: MAILBOX, problem: 'must be an e-mail address, such as ops@example.com or Ops <ops@example.com>' });
}

/** The two parts of a mailbox: `Ops <ops@example.com>` → name `Ops`, address `ops@example.com`. */
export function parseMailbox(text: string): { name: string; address: string } {
  const named = /^(.*)<([^<>]+)>$/.exec(text);
  if (named === null) return { name: '', address: text };
  return { name: named[1]!.trim().replace(/^"(.*)"$/, '$1'), address: named[2]! };
}
