import { dotted, validateConfig as validate, type ConfigResult } from '@signalbox/adapter-config';
import type { Static, TObject } from '@sinclair/typebox';
import type { Destination } from './contract.js';

export { configForm, maskConfig, replaceConfig, secretsOf } from '@signalbox/adapter-config';

/** Holds a config against its kind: defaults filled in, or every fault at once, at most one per field. */
export function validateConfig<S extends TObject>(destination: Destination<S>, input: unknown): ConfigResult<Static<S>> {
  return validate(destination, input, { noun: 'destination', pathOf: dotted });
}
