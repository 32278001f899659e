import { FormatRegistry, Type, type TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { referred, type ApiOperation, type Schema } from './api-document.js';

/** Holds answers (and what is sent) against the schemas of the API document, compiled by TypeBox. */

FormatRegistry.Set('uuid', (text) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text));
// The validator of requests takes more of ISO 8601 than this; of answers it is the promise.
FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)));
for (const loose of ['email', 'uri']) FormatRegistry.Set(loose, () => true);

const compiled = new Map<Schema, TypeCheck<TSchema>>();

/** Where a value departs from a schema, at most five places; nothing when it conforms. What the schema does not name must not be there. */
function departures(schema: Schema, value: unknown): string[] {
  const check = checkOf(schema);
  if (check.Check(value)) return [];
  return [...check.Errors(value)]
    .slice(0, 5)
    .map(({ path, message, value: found }) => `${path}: ${message}, not ${JSON.stringify(found)?.slice(0, 80) ?? 'nothing'}`);
}

export function conforms(schema: Schema, value: unknown): boolean {
  return checkOf(schema).Check(value);
}

function checkOf(schema: Schema): TypeCheck<TSchema> {
  const known = compiled.get(schema) ?? TypeCompiler.Compile(typeOf(schema));
  compiled.set(schema, known);
  return known;
}

export interface Answered { readonly status: number; readonly contentType: string | undefined; readonly text: string }

/** What is wrong with an answer by the document: its status, its media type or its body. */
export function misfit(operation: ApiOperation, { status, contentType, text }: Answered): string | undefined {
  if (!(status in operation.answers)) return `${status} is not documented`;
  const content = operation.answers[status];
  if (content === undefined) return text === '' ? undefined : `${status} has a body`;
  const mediaType = contentType?.split(';')[0] ?? '';
  const described = content[mediaType];
  if (described === undefined) return `${status} is ${mediaType || 'of no media type'}, not ${Object.keys(content).join(' or ')}`;
  if (mediaType === 'application/x-ndjson' || !mediaType.endsWith('json')) return undefined;
  try {
    const found = departures(described.schema, JSON.parse(text) as unknown);
    return found.length === 0 ? undefined : `${status} departs from its schema: ${found.join('; ')}`;
  } catch {
    return `${status} is no JSON: ${text.slice(0, 200)}`;
  }
}

function typeOf(schema: Schema): TSchema {
  const { $ref, anyOf, type } = schema;
  if ($ref !== undefined) return typeOf(referred($ref));
  if (anyOf !== undefined) return Type.Union(anyOf.map(typeOf));
  if ('const' in schema) return Type.Literal(schema.const as string);
  if (schema.enum !== undefined) return Type.Union(schema.enum.map((value) => (value === null ? Type.Null() : Type.Literal(value as string))));
  if (Array.isArray(type)) return Type.Union(type.map((one: string) => typeOf({ ...schema, type: one })));
  const { items, properties, required, format, pattern, minLength, maxLength, minimum, maximum, maxItems } = schema;
  switch (type) {
    case 'null': return Type.Null();
    case 'boolean': return Type.Boolean();
    case 'integer': return Type.Integer(given({ minimum, maximum }));
    case 'number': return Type.Number(given({ minimum, maximum }));
    case 'string': return Type.String(given({ format, pattern, minLength, maxLength }));
    case 'array': return Type.Array(items === undefined ? Type.Unknown() : typeOf(items), given({ maxItems }));
    case 'object': return properties === undefined ? Type.Record(Type.String(), Type.Unknown()) : objectOf(properties, required ?? []);
    default: return Type.Unknown();
  }
}

function objectOf(properties: Readonly<Record<string, Schema>>, required: readonly string[]): TSchema {
  const fields = Object.entries(properties).map(([name, child]) => [name, required.includes(name) ? typeOf(child) : Type.Optional(typeOf(child))] as const);
  return Type.Object(Object.fromEntries(fields), { additionalProperties: false });
}

function given<O extends object>(options: O): { [K in keyof O]: Exclude<O[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof O]: Exclude<O[K], undefined> };
}
