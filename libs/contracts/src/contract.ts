import type { Static, TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { StreamName } from './streams.js';

/** One kind of message on the bus: where it lives, what it looks like, and an example that a test holds against the schema. */
export interface Contract<T> {
  readonly type: string;
  readonly version: number;
  readonly stream: StreamName;
  readonly example: T;
  /** Serialises a value for the bus. Throws ContractError when it does not fit the schema: a bad message never leaves its maker. */
  encode(value: T): Uint8Array;
  /** Reads a message from the bus. Throws ContractError when it is no JSON, of another type, or does not fit. */
  decode(bytes: Uint8Array): T;
}

/** A message that does not fit its contract; `path` names the first offending field. */
export class ContractError extends Error {
  constructor(readonly contract: string, readonly path: string, message: string) {
    super(`${contract}: ${path === '' ? '' : `${path} `}${message}`);
  }
}

interface Frame { readonly type: string; readonly version: number; readonly data: unknown }

/** Declares a contract. On the wire a message is `{type, version, data}` in JSON. */
export function contract<S extends TSchema>(
  declared: { type: string; version: number; stream: StreamName; schema: S; example: Static<S> },
): Contract<Static<S>> {
  const { type, version, stream, schema, example } = declared;
  let compiled: ReturnType<typeof TypeCompiler.Compile<S>> | undefined;
  const check = (value: unknown): Static<S> => {
    compiled ??= TypeCompiler.Compile(schema);
    if (compiled.Check(value)) return value;
    const first = compiled.Errors(value).First();
    throw new ContractError(type, first?.path ?? '', first?.message ?? 'does not fit the schema');
  };
  return {
    type, version, stream, example,
    encode: (value) => Buffer.from(JSON.stringify({ type, version, data: check(value) })),
    decode: (bytes) => {
      const frame = parse(type, bytes);
      if (frame.type !== type) throw new ContractError(type, '/type', `is '${String(frame.type)}'`);
      return check(frame.data);
    },
  };
}

function parse(type: string, bytes: Uint8Array): Frame {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (typeof value === 'object' && value !== null && 'type' in value && 'data' in value) return value as Frame;
  } catch {
    throw new ContractError(type, '', 'is no JSON');
  }
  throw new ContractError(type, '', 'has no type and data');
}
