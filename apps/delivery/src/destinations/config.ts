import { MASK } from '@signalbox/access';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { ValueErrorType, type ValueError } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import type { Destination, FieldFault } from './contract.js';
import type { FieldKeywords } from './fields.js';

export type ConfigResult<C> = { readonly ok: true; readonly config: C } | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** Holds a config against its kind: defaults filled in, or every fault at once, at most one per field. */
export function validateConfig<S extends TObject>(destination: Destination<S>, input: unknown): ConfigResult<Static<S>> {
  const config: unknown = Value.Default(destination.config, structuredClone(input));
  const check = compiled(destination.config);
  const faults = check.Check(config) ? destination.check?.(config as Static<S>) ?? [] : [...check.Errors(config)].map(fieldFault);
  if (faults.length === 0) return { ok: true, config: config as Static<S> };
  const byPath = new Map<string, FieldFault>();
  for (const fault of faults) if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  return { ok: false, faults: [...byPath.values()] };
}

/** The config as it may be shown: every secret, and whatever the schema does not know, is the mask. */
export function maskConfig(destination: Destination, config: object): Record<string, unknown> {
  return mapLeaves(destination.config, config, (value, schema) => (schema === undefined || isSecret(schema) ? MASK : value)) as Record<string, unknown>;
}

/** What is given replaces what was, but a secret that comes back as the mask keeps its value. Not yet validated. */
export function replaceConfig(destination: Destination, old: object, next: object): Record<string, unknown> {
  return mapLeaves(destination.config, next, (value, schema, path) =>
    value === MASK && schema !== undefined && isSecret(schema) ? valueAt(old, path) : value,
  ) as Record<string, unknown>;
}

/** Every secret in a config, for redaction. */
export function secretsOf(destination: Destination, config: object): string[] {
  const secrets = new Set<string>();
  mapLeaves(destination.config, config, (value, schema) => {
    if (schema !== undefined && isSecret(schema) && typeof value === 'string' && value !== '') secrets.add(value);
    return value;
  });
  return [...secrets];
}

/** The kind's config as plain JSON Schema: what the console draws its form from. */
export function configForm(destination: Destination): Record<string, unknown> {
  return JSON.parse(JSON.stringify(destination.config)) as Record<string, unknown>;
}

const checks = new WeakMap<TSchema, TypeCheck<TSchema>>();

function compiled(schema: TSchema): TypeCheck<TSchema> {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = TypeCompiler.Compile(schema);
  checks.set(schema, check);
  return check;
}

type Leaf = (value: unknown, schema: TSchema | undefined, path: readonly string[]) => unknown;

/** A copy of a config with every leaf replaced by what `leaf` makes of it (`undefined` leaves it out); an unknown field has no schema. */
function mapLeaves(schema: TSchema | undefined, value: unknown, leaf: Leaf, path: readonly string[] = []): unknown {
  if (schema?.type !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value)) return leaf(value, schema, path);
  const entries = Object.entries(value).map(([key, child]) => [key, mapLeaves(childSchema(schema, key), child, leaf, [...path, key])]);
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined)) as unknown;
}

function childSchema(schema: TSchema, key: string): TSchema | undefined {
  const properties = (schema.properties ?? {}) as Record<string, TSchema>;
  if (Object.hasOwn(properties, key)) return properties[key];
  return Object.values((schema.patternProperties ?? {}) as Record<string, TSchema>)[0];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined), value);
}

function isSecret(schema: TSchema): boolean {
  return (schema as FieldKeywords).secret === true;
}

function fieldFault(error: ValueError): FieldFault {
  const path = error.path.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
  return { path, message: faultMessage(error) };
}

function faultMessage({ type, schema, message }: ValueError): string {
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty: return 'is required';
    case ValueErrorType.ObjectAdditionalProperties: return 'is no setting of this kind of destination';
    case ValueErrorType.String: return 'must be a text';
    case ValueErrorType.Object: return 'must be an object';
    case ValueErrorType.StringMinLength: return 'must not be empty';
    case ValueErrorType.StringMaxLength: return `must be at most ${schema.maxLength} characters long`;
    case ValueErrorType.ObjectMaxProperties: return `must have at most ${schema.maxProperties} entries`;
    default: return (schema as FieldKeywords).problem ?? message.charAt(0).toLowerCase() + message.slice(1);
  }
}
