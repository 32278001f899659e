import type { TSchema } from '@sinclair/typebox';
import type { FieldKeywords } from './fields.js';

export type Leaf = (value: unknown, schema: TSchema | undefined, path: readonly string[]) => unknown;

/** A copy of a config with every leaf replaced by what `leaf` makes of it (`undefined` leaves it out); an unknown field has no schema. */
export function mapLeaves(schema: TSchema | undefined, value: unknown, leaf: Leaf, path: readonly string[] = []): unknown {
  if (schema?.type === 'object' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([key, child]) => [key, mapLeaves(childSchema(schema, key), child, leaf, [...path, key])]);
    return Object.fromEntries(entries.filter(([, child]) => child !== undefined)) as unknown;
  }
  if (schema?.type === 'array' && Array.isArray(value)) {
    return value.map((item: unknown, index) => mapLeaves(schema.items as TSchema, item, leaf, [...path, String(index)])).filter((item) => item !== undefined);
  }
  return leaf(value, schema, path);
}

/** What a config holds at a path; undefined when there is nothing. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined),
    value,
  );
}

export function isSecret(schema: TSchema | undefined): boolean {
  return (schema as FieldKeywords | undefined)?.secret === true;
}

function childSchema(schema: TSchema, key: string): TSchema | undefined {
  const properties = (schema.properties ?? {}) as Record<string, TSchema>;
  if (Object.hasOwn(properties, key)) return properties[key];
  return Object.values((schema.patternProperties ?? {}) as Record<string, TSchema>)[0];
}
