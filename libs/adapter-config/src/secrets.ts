import { isSecret, mapLeaves, valueAt } from './leaves.js';
import type { Configured } from './validate.js';

/** What stands for a stored secret wherever it is shown: in answers, exports, logs and the console. Sent back, it changes nothing. */
export const MASK = '••••••••';

/** The config as it may be shown: every secret, and whatever the schema no longer knows, is the mask. */
export function maskConfig(adapter: Configured, config: object): Record<string, unknown> {
  return mapLeaves(adapter.config, config, (value, schema) => (schema === undefined || isSecret(schema) ? MASK : value)) as Record<string, unknown>;
}

/**
 * A PATCH: the fields that are given change, `null` removes one, and a secret left as the mask keeps its value.
 * The answer is not yet validated.
 */
export function mergeConfig(adapter: Configured, old: object, patch: object): Record<string, unknown> {
  const merged = { ...old, ...replaceConfig(adapter, old, patch) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}

/** A PUT: only what is given stays, and a secret left as the mask keeps its value. The answer is not yet validated. */
export function replaceConfig(adapter: Configured, old: object, next: object): Record<string, unknown> {
  return mapLeaves(adapter.config, next, (value, schema, path) => (value === MASK && isSecret(schema) ? valueAt(old, path) : value)) as Record<string, unknown>;
}

/** Every secret in a config, for redaction. */
export function secretsOf(adapter: Configured, config: object): string[] {
  const secrets = new Set<string>();
  mapLeaves(adapter.config, config, (value, schema) => {
    if (isSecret(schema) && typeof value === 'string' && value !== '') secrets.add(value);
    return value;
  });
  return [...secrets];
}

/** The adapter's config as plain JSON Schema, with the keywords of `fields.ts`: what the console draws its form from. */
export function configForm(adapter: Configured): Record<string, unknown> {
  return JSON.parse(JSON.stringify(adapter.config)) as Record<string, unknown>;
}
