import type { TSchema } from '@sinclair/typebox';
import { ValueErrorType, type ValueError } from '@sinclair/typebox/errors';
import type { FieldKeywords } from './fields.js';
import { mapLeaves } from './leaves.js';

export interface FieldFault {
  /** Within the config, in the style that was asked for. */
  readonly path: string;
  readonly message: string;
}

/** How the faults of one kind of adapter are worded. */
export interface FaultStyle {
  /** `channel` gives "is no setting of this kind of channel". */
  readonly noun: string;
  /** A field's path from its keys: `jsonPointer` (`/headers/X-Token`) or `dotted` (`headers.X-Token`). */
  readonly pathOf: (keys: readonly string[]) => string;
}

export function jsonPointer(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function dotted(keys: readonly string[]): string {
  return keys.join('.');
}

/** What a schema has against a value. */
export function schemaFault(error: ValueError, style: FaultStyle): FieldFault {
  const keys = error.path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { path: style.pathOf(keys), message: messageOf(error, style) };
}

/** Fields marked `url` that hold no web address, or one with credentials in it; with `httpsOnly` also http: addresses. */
export function addressFaults(schema: TSchema, config: unknown, httpsOnly: boolean, style: FaultStyle): FieldFault[] {
  const faults: FieldFault[] = [];
  mapLeaves(schema, config, (value, of, keys) => {
    const message = (of as FieldKeywords | undefined)?.url === true && typeof value === 'string' ? addressFault(value, httpsOnly) : undefined;
    if (message !== undefined) faults.push({ path: style.pathOf(keys), message });
    return value;
  });
  return faults;
}

function addressFault(text: string, httpsOnly: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be a web address that begins with https://';
  if (httpsOnly && url.protocol !== 'https:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password: put credentials into a header';
  return undefined;
}

function messageOf({ type, schema, message }: ValueError, { noun }: FaultStyle): string {
  switch (type) {
    case ValueErrorType.ObjectRequiredProperty: return 'is required';
    case ValueErrorType.ObjectAdditionalProperties: return `is no setting of this kind of ${noun}`;
    case ValueErrorType.String: return 'must be a text';
    case ValueErrorType.Array: return 'must be a list';
    case ValueErrorType.Object: return 'must be an object';
    case ValueErrorType.StringMinLength: return 'must not be empty';
    case ValueErrorType.StringMaxLength: return `must be at most ${schema.maxLength} characters long`;
    case ValueErrorType.ArrayMinItems: return `must have at least ${schema.minItems} entry`;
    case ValueErrorType.ArrayMaxItems: return `must have at most ${schema.maxItems} entries`;
    case ValueErrorType.ObjectMaxProperties: return `must have at most ${schema.maxProperties} entries`;
    default: return (schema as FieldKeywords).problem ?? message.charAt(0).toLowerCase() + message.slice(1);
  }
}
