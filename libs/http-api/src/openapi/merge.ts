import { isDeepStrictEqual } from 'node:util';
import type { OpenApiDocument, Operation, PathItem, Schema } from './document.js';
import { SCHEMAS } from './document.js';

/**
 * One document of the documents of all services. An operation id or a schema name that two services use for different
 * things is prefixed with the service in both; one operation of two services must be the very same, or it is an error.
 */
export function mergeDocuments(documents: readonly OpenApiDocument[], info: OpenApiDocument['info']): OpenApiDocument {
  const [first] = documents;
  if (first === undefined) throw new Error('there are no API documents to merge');
  const renamed = withUniqueIds(withUniqueSchemas(documents));
  const paths: Record<string, PathItem> = {};
  for (const document of renamed) {
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) addOperation(paths, path, method, operation);
    }
  }
  const parts = renamed.map((document) => document.components);
  return {
    ...first, info, tags: renamed.flatMap(({ tags }) => tags), paths,
    components: {
      schemas: Object.assign({}, ...parts.map(({ schemas }) => schemas)) as Record<string, Schema>,
      parameters: Object.assign({}, ...parts.map(({ parameters }) => parameters)) as typeof first.components.parameters,
      responses: Object.assign({}, ...parts.map(({ responses }) => responses)) as typeof first.components.responses,
      securitySchemes: Object.assign({}, ...parts.map(({ securitySchemes }) => securitySchemes)) as typeof first.components.securitySchemes,
    },
  };
}

function addOperation(paths: Record<string, PathItem>, path: string, method: string, operation: Operation): void {
  const item = (paths[path] ??= {});
  const known = item[method];
  if (known === undefined) {
    item[method] = operation;
    return;
  }
  if (!isDeepStrictEqual({ ...known, operationId: '', tags: [] }, { ...operation, operationId: '', tags: [] })) {
    throw new Error(`${method.toUpperCase()} ${path} belongs to ${known.tags.join(', ')} and to ${operation.tags.join(', ')}`);
  }
  item[method] = { ...known, tags: [...known.tags, ...operation.tags] };
}

function withUniqueIds(documents: readonly OpenApiDocument[]): OpenApiDocument[] {
  const counts = new Map<string, number>();
  for (const { paths } of documents) {
    for (const { operationId } of operationsOf(paths)) counts.set(operationId, (counts.get(operationId) ?? 0) + 1);
  }
  return documents.map((document) => {
    const copy = structuredClone(document);
    for (const operation of operationsOf(copy.paths)) {
      if ((counts.get(operation.operationId) ?? 0) > 1) operation.operationId = prefixed(serviceOf(document), operation.operationId);
    }
    return copy;
  });
}

function withUniqueSchemas(documents: readonly OpenApiDocument[]): OpenApiDocument[] {
  const byName = new Map<string, Schema>();
  const torn = new Set<string>();
  for (const { components } of documents) {
    for (const [name, schema] of Object.entries(components.schemas)) {
      if (!isDeepStrictEqual(byName.get(name) ?? schema, schema)) torn.add(name);
      byName.set(name, schema);
    }
  }
  spread(torn, byName);
  return documents.map((document) => {
    const renames = new Map([...torn].map((name) => [name, capitalised(prefixed(serviceOf(document), name))]));
    const copy = renameReferences(document, renames) as OpenApiDocument;
    const schemas = Object.fromEntries(Object.entries(copy.components.schemas).map(([name, schema]) => [renames.get(name) ?? name, schema]));
    return { ...copy, components: { ...copy.components, schemas } };
  });
}

/** A schema that refers to a torn name means something else in each service too. */
function spread(torn: Set<string>, schemas: ReadonlyMap<string, Schema>): void {
  for (let before = -1; before !== torn.size;) {
    before = torn.size;
    for (const [name, schema] of schemas) {
      const text = JSON.stringify(schema);
      if ([...torn].some((other) => text.includes(`"${SCHEMAS}${other}"`))) torn.add(name);
    }
  }
}

function renameReferences(value: unknown, renames: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => renameReferences(one, renames));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]: [string, unknown]) => {
    const name = key === '$ref' && typeof child === 'string' && child.startsWith(SCHEMAS) ? renames.get(child.slice(SCHEMAS.length)) : undefined;
    return [key, name === undefined ? renameReferences(child, renames) : SCHEMAS + name];
  }));
}

function operationsOf(paths: Record<string, PathItem>): Operation[] {
  return Object.values(paths).flatMap((item) => Object.values(item));
}

function serviceOf(document: OpenApiDocument): string {
  return document.tags[0]?.name ?? '';
}

function prefixed(service: string, name: string): string {
  return service + capitalised(name);
}

function capitalised(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}
