import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { ValueErrorType, type ValueError } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import type { Channel } from './contract.js';
import type { FieldKeywords } from './fields.js';

/** What stands for a secret wherever a config is shown; sent back, it changes nothing. */
export const MASK = '••••••••';

export interface FieldError {
  /** JSON pointer into the config: `/headers/X-Token`. */
  readonly path: string;
  readonly message: string;
}

export interface ConfigPolicy {
  /** Refuses http: addresses. Off only where private far sides are allowed. */
  readonly httpsOnly: boolean;
}

export type ConfigResult<C> = { readonly ok: true; readonly config: C } | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Holds a config against its kind: defaults filled in, or every fault at once, at most one per field. */
export function validateConfig<S extends TObject>(channel: Channel<S>, input: unknown, policy: ConfigPolicy): ConfigResult<Static<S>> {
  const config: unknown = Value.Default(channel.config, structuredClone(input));
  const check = compiled(channel.config);
  const faults = check.Check(config)
    ? [...addressFaults(channel.config, config, policy), ...(channel.check?.(config as Static<S>) ?? [])]
    : [...addressFaults(channel.config, config, policy), ...[...check.Errors(config)].map(fieldError)];
  if (faults.length === 0) return { ok: true, config: config as Static<S> };
  const byPath = new Map<string, FieldError>();
  for (const fault of faults) if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  return { ok: false, errors: [...byPath.values()] };
}

/** The config as it may be shown: every secret, and whatever the schema no longer knows, is the mask. */
export function maskConfig(channel: Channel, config: object): Record<string, unknown> {
  return mapLeaves(channel.config, config, (value, schema) => (schema === undefined || isSecret(schema) ? MASK : value)) as Record<string, unknown>;
}

/**
 * A PATCH: the fields that are given change, `null` removes one, and a secret left as the mask keeps its value.
 * The answer is not yet validated.
 */
export function mergeConfig(channel: Channel, old: object, patch: object): Record<string, unknown> {
  const merged = { ...old, ...replaceConfig(channel, old, patch) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** A PUT: only what is given stays, and a secret left as the mask keeps its value. The answer is not yet validated. */
export function replaceConfig(channel: Channel, old: object, next: object): Record<string, unknown> {
  return mapLeaves(channel.config, next, (value, schema, path) =>
    value === MASK && schema !== undefined && isSecret(schema) ? valueAt(old, path) : value,
  ) as Record<string, unknown>;
}

/** Every secret in a config, for redaction. */
export function secretsOf(channel: Channel, config: object): string[] {
  const secrets = new Set<string>();
  mapLeaves(channel.config, config, (value, schema) => {
    if (schema !== undefined && isSecret(schema) && typeof value === 'string' && value !== '') secrets.add(value);
    return value;
  });
  return [...secrets];
}

/** The kind's config as plain JSON Schema, with the keywords of `fields.ts`: what the console draws its form from. */
export function configForm(channel: Channel): Record<string, unknown> {
  return JSON.parse(JSON.stringify(channel.config)) as Record<string, unknown>;
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
  if (schema?.type === 'object' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([key, child]) => [key, mapLeaves(childSchema(schema, key), child, leaf, [...path, key])]);
    return Object.fromEntries(entries.filter(([, child]) => child !== undefined)) as unknown;
  }
  if (schema?.type === 'array' && Array.isArray(value)) {
    return value.map((item: unknown, index) => mapLeaves(schema.items as TSchema, item, leaf, [...path, String(index)])).filter((item) => item !== undefined);
  }
  return leaf(value, schema, path);
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

function addressFaults(schema: TSchema, config: unknown, policy: ConfigPolicy): FieldError[] {
  const faults: FieldError[] = [];
  mapLeaves(schema, config, (value, of, path) => {
    const message = of !== undefined && (of as FieldKeywords).url === true && typeof value === 'string' ? addressFault(value, policy) : undefined;
    if (message !== undefined) faults.push({ path: pointer(path), message });
    return value;
  });
  return faults;
}

function addressFault(text: string, policy: ConfigPolicy): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be a web address that begins with https://';
  if (policy.httpsOnly && url.protocol !== 'https:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password: put credentials into a header';
  return undefined;
}

function pointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldError(error: ValueError): FieldError {
  return { path: error.path, message: faultMessage(error) };
}

function faultMessage({ type, schema, message }: ValueError): string {
  const problem = (schema as FieldKeywords).problem;
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty: return 'is required';
    case ValueErrorType.ObjectAdditionalProperties: return 'is no setting of this kind of channel';
    case ValueErrorType.String: return 'must be a text';
    case ValueErrorType.Array: return 'must be a list';
    case ValueErrorType.Object: return 'must be an object';
    case ValueErrorType.StringMinLength: return 'must not be empty';
    case ValueErrorType.StringMaxLength: return `must be at most ${schema.maxLength} characters long`;
    case ValueErrorType.ArrayMinItems: return `must have at least ${schema.minItems} entry`;
    case ValueErrorType.ArrayMaxItems: return `must have at most ${schema.maxItems} entries`;
    case ValueErrorType.ObjectMaxProperties: return `must have at most ${schema.maxProperties} entries`;
    default: return problem ?? message.charAt(0).toLowerCase() + message.slice(1);
  }
}
