import { jsonPointer, validateConfig as validate, type FieldFault } from '@signalbox/adapter-config';
import type { Static, TObject } from '@sinclair/typebox';
import type { Channel } from './contract.js';

export { MASK, configForm, maskConfig, mergeConfig, replaceConfig, secretsOf } from '@signalbox/adapter-config';

/** `path` is a JSON pointer into the config: `/headers/X-Token`. */
export type FieldError = FieldFault;

export interface ConfigPolicy {
  /** Refuses http: addresses. Off only where private far sides are allowed. */
  readonly httpsOnly: boolean;
}

export type ConfigResult<C> = { readonly ok: true; readonly config: C } | { readonly ok: false; readonly errors: readonly FieldError[] };

/** Holds a config against its kind: defaults filled in, or every fault at once, at most one per field. */
export function validateConfig<S extends TObject>(channel: Channel<S>, input: unknown, policy: ConfigPolicy): ConfigResult<Static<S>> {
  const result = validate(channel, input, { noun: 'channel', pathOf: jsonPointer, ...policy });
  return result.ok ? result : { ok: false, errors: result.faults };
}
