import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { Value } from '@sinclair/typebox/value';
import { addressFaults, schemaFault, type FaultStyle, type FieldFault } from './faults.js';

/** An adapter with settings: anything that an operator configures by a form. */
export interface Configured<S extends TObject = TObject> {
  readonly config: S;
  /** Rules that a schema cannot tell; runs only on a config that fits the schema. Its paths are in the adapter's own style. */
  check?(config: Static<S>): readonly FieldFault[];
}

export interface ValidateOptions extends FaultStyle {
  /** Refuses http: addresses in fields marked `url`. */
  readonly httpsOnly?: boolean;
}

export type ConfigResult<C> = { readonly ok: true; readonly config: C } | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** Holds a config against its adapter: a copy with the defaults filled in, or every fault at once, at most one per field. */
export function validateConfig<S extends TObject>(adapter: Configured<S>, input: unknown, options: ValidateOptions): ConfigResult<Static<S>> {
  const config: unknown = Value.Default(adapter.config, structuredClone(input));
  const faults = configFaults(adapter, config, options);
  return faults.length === 0 ? { ok: true, config: config as Static<S> } : { ok: false, faults };
}

/** Every fault of a config as it is, no default filled in; at most one per field. */
export function configFaults<S extends TObject>(adapter: Configured<S>, config: unknown, options: ValidateOptions): FieldFault[] {
  const check = compiled(adapter.config);
  const addresses = addressFaults(adapter.config, config, options.httpsOnly === true, options);
  const faults = check.Check(config)
    ? [...addresses, ...(adapter.check?.(config as Static<S>) ?? [])]
    : [...addresses, ...[...check.Errors(config)].map((error) => schemaFault(error, options))];
  const byPath = new Map<string, FieldFault>();
  for (const fault of faults) if (!byPath.has(fault.path)) byPath.set(fault.path, fault);
  return [...byPath.values()];
}

const checks = new WeakMap<TSchema, TypeCheck<TSchema>>();

function compiled(schema: TSchema): TypeCheck<TSchema> {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const check = TypeCompiler.Compile(schema);
  checks.set(schema, check);
  return check;
}
