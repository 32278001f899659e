/** The part of an OpenAPI 3.1 document that we build and merge. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags: readonly { readonly name: string }[];
  readonly security: readonly Record<string, readonly string[]>[];
  readonly paths: Record<string, PathItem>;
  readonly components: Components;
}

export type PathItem = Record<string, Operation>;

export interface Operation {
  operationId: string;
  summary?: string;
  tags: string[];
  parameters: (Parameter | Reference)[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, Response | Reference>;
  [extra: string]: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  description?: string;
  schema?: Schema;
}

export interface Response {
  description: string;
  content?: Record<string, { schema: Schema }>;
  headers?: Record<string, unknown>;
}

/** A type and no interface, so that it is a `Schema` as well. */
export type Reference = { $ref: string };

/** A JSON Schema (2020-12, which is what OpenAPI 3.1 uses). */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  [keyword: string]: unknown;
}

export interface Components {
  readonly schemas: Record<string, Schema>;
  readonly parameters: Record<string, Parameter>;
  readonly responses: Record<string, Response>;
  readonly securitySchemes: Record<string, unknown>;
}

export const SCHEMAS = '#/components/schemas/';
