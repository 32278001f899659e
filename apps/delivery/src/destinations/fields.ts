import { Type, type StringOptions } from '@sinclair/typebox';

/** What a config schema says beyond JSON Schema: `secret` (sealed, masked, redacted), `problem` (the message when the value does not fit). */
export interface FieldKeywords {
  readonly secret?: boolean;
  readonly problem?: string;
}

interface Described { readonly title: string; readonly description: string }

/** A text that is sealed at rest and never shown again. */
export function secretText(options: StringOptions & Described) {
  return Type.String({ minLength: 1, maxLength: 4096, ...options, secret: true, writeOnly: true });
}

/** Header names to values; the values are secrets, since tokens are what they are mostly used for. */
export function secretHeaders(options: Described) {
  return Type.Record(Type.String(), Type.String({ maxLength: 4096, secret: true, writeOnly: true }), { ...options, maxProperties: 20 });
}
