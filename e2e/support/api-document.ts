import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { system } from './system.js';

/** docs/openapi.json as the generated tests walk it: every operation with its parameters, its body and its answers, references followed. */

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly examples?: readonly unknown[];
}

export interface Parameter { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly schema?: Schema }
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Described {
  readonly tags: readonly string[];
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content } | { readonly $ref: string }>>;
  readonly security?: readonly object[];
  readonly 'x-signalbox-requires'?: { readonly resource: string; readonly action: string; readonly role: 'viewer' | 'editor' | 'admin' | 'platform' };
}

export interface ApiOperation {
  /** `GET /api/v1/incidents/{id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly service: string;
  readonly parameters: readonly Parameter[];
  /** Of a JSON body: its schema, and what that is called. */
  readonly body: { readonly name: string; readonly schema: Schema } | undefined;
  /** By status; nothing for one without a body. */
  readonly answers: Readonly<Record<string, Content | undefined>>;
  /** What it asks of operators. Nothing: it is for everybody, or has credentials of its own (the gateway). */
  readonly requires: Described['x-signalbox-requires'];
}

const document = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'openapi.json'), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

export const OPERATIONS: readonly ApiOperation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, described]) => operationOf(method.toUpperCase(), path, described)));

export const READS = OPERATIONS.filter(({ method }) => method === 'GET');

/** The paths of a tenant's lists. */
export const LISTS = READS.filter(({ path, parameters, requires }) => requires?.role !== 'platform'
  && !path.includes('{')
  && parameters.some(({ name }) => name === 'limit')).map(({ path }) => path);

function operationOf(method: string, path: string, { tags, parameters, requestBody, responses, 'x-signalbox-requires': requires }: Described): ApiOperation {
  const body = requestBody?.content['application/json']?.schema;
  return {
    name: `${method} ${path}`, method, path, service: tags[0]!, requires,
    parameters: parameters.map((one) => ('$ref' in one ? referred<Parameter>(one.$ref) : one)),
    body: body === undefined ? undefined : { name: nameOf(body), schema: resolved(body) },
    answers: Object.fromEntries(Object.entries(responses).map(([status, one]) => [
      status,
      ('$ref' in one ? referred<{ content: Content }>(one.$ref) : one).content,
    ])),
  };
}

/** Of a choice (one message or many) the first. */
function nameOf(schema: Schema): string {
  return (schema.$ref ?? schema.anyOf?.[0]?.$ref ?? '').split('/').at(-1)!;
}

/** The schema itself: a reference followed, `null` left out of a choice. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref !== undefined) return resolved(referred(schema.$ref));
  const choices = schema.anyOf?.filter(({ type, const: value }) => type !== 'null' && value === undefined) ?? [];
  return choices[0] === undefined ? schema : resolved(choices[0]);
}

export function referred<T = Schema>(reference: string): T {
  return reference.split('/').slice(1).reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], document) as T;
}

/** Where a client finds it: the gateway's operations at the gateway, all others at the front door. */
export function baseOf({ service }: ApiOperation): string {
  return service === 'gateway' ? system.urls.ingest : system.urls.admin;
}

/** What stands before a parameter in its path and so says whose id it is: `/api/v1/incidents` of `/api/v1/incidents/{id}/timeline`. */
export function collectionsOf({ path }: ApiOperation): string[] {
  return [...path.matchAll(/\{[^}]+\}/g)].map(({ index }) => path.slice(0, index - 1));
}

/** The path with its parameters replaced, in their order. */
export function filled({ path }: ApiOperation, values: readonly string[]): string {
  const rest = [...values];
  return path.replaceAll(/\{[^}]+\}/g, () => rest.shift()!);
}

/** Every field of a body, of whatever depth; the elements of a list count as the list. */
export function fieldsOf(schema: Schema, path: readonly string[] = []): { path: string[]; schema: Schema }[] {
  const one = resolved(schema);
  if (one.items !== undefined) return fieldsOf(one.items, path);
  return Object.entries(one.properties ?? {}).flatMap(([key, child]) => [{ path: [...path, key], schema: child }, ...fieldsOf(child, [...path, key])]);
}

/** The body with a value put where `path` leads; lists on the way have one element. */
export function withValue(body: unknown, schema: Schema, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const { items, properties } = resolved(schema);
  if (items !== undefined) return [withValue((body as unknown[] | undefined)?.[0], items, path, value)];
  const before = body as Readonly<Record<string, unknown>> | null | undefined;
  return { ...before, [key]: withValue(before?.[key], properties![key]!, rest, value) };
}
