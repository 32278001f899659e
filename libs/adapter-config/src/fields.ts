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

/** What a form shows of a field. */
export interface Described { readonly title: string; readonly description: string }

/** A text that is sealed at rest and never shown again. */
export function secretText(options: StringOptions & FieldKeywords & Described) {
  return Type.String({ minLength: 1, maxLength: 4096, ...options, secret: true, writeOnly: true });
}

/** Header names to values; the values are secrets, since tokens are what they are mostly used for. */
export function secretHeaders(options: Described) {
  return Type.Record(Type.String(), Type.String({ maxLength: 4096, secret: true, writeOnly: true }), { ...options, maxProperties: 20 });
}

/** One of a few words. */
export function choice<const V extends readonly string[]>(values: V, options: Described & { readonly default: V[number] }) {
  return Type.Unsafe<V[number]>(Type.Union(values.map((value) => Type.Literal(value)), { ...options, problem: `must be one of: ${values.join(', ')}` }));
}
