import type { INestApplication, Type } from '@nestjs/common';
import { CUSTOM_ROUTE_ARGS_METADATA, HTTP_CODE_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ModulesContainer } from '@nestjs/core';
import { IdPipe } from '../input-pipe.js';
import { isClass } from '../instances.js';
import { alsoOf, answersOf, textOf } from './answers.js';
import { components, problemStatuses, SECURITY } from './components.js';
import type { OpenApiDocument, Operation, Parameter, PathItem, Schema } from './document.js';
import { SchemaCollector } from './schemas.js';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  /** The service's name; its operations are tagged with it. */
  readonly service: string;
  /** More about an operation, from what its handler declares (`openApiAccess` of `@signalbox/access`). */
  readonly extras?: (handler: object, controller: object) => Record<string, unknown>;
}

const PROBLEM = { $ref: '#/components/responses/Problem' };

/** As Nest keeps the parameters of a handler, by kind and index. */
type RouteArguments = Record<string, { index: number; data?: unknown; pipes?: unknown[] }>;

interface Argument {
  readonly kind: RouteParamtypes;
  readonly name: string | undefined;
  readonly type: unknown;
  readonly pipes: readonly unknown[];
}

/** The API document of a service: routes by @nestjs/swagger, schemas from class-validator (no `@ApiProperty` anywhere). */
export async function openApiDocument(app: INestApplication, options: OpenApiOptions): Promise<OpenApiDocument> {
  const [{ DocumentBuilder, SwaggerModule }, { targetConstructorToSchema }] = await Promise.all([
    import('@nestjs/swagger'), import('class-validator-jsonschema'),
  ]);
  const config = new DocumentBuilder().setTitle(options.title).setVersion(options.version).build();
  const routes = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller}.${method}`,
    autoTagControllers: false,
  });
  const controllers = controllersOf(app);
  const collector = new SchemaCollector(targetConstructorToSchema);
  const ids = new Set<string>();
  const paths: Record<string, PathItem> = {};
  for (const [path, item] of Object.entries(routes.paths as unknown as Record<string, PathItem>)) {
    paths[path] = {};
    for (const [method, operation] of Object.entries(item)) {
      // A handler of a second path is `Controller.handler[1]`.
      const [controllerName = '', handlerName = ''] = operation.operationId.split(/[.[]/);
      const controller = controllers.get(controllerName);
      if (controller === undefined) throw new Error(`the API document does not know the controller ${controllerName}`);
      const described = describe(operation, method, controller, handlerName, collector, options);
      paths[path][method] = { ...described, operationId: unique(described.operationId, ids) };
    }
  }
  return {
    openapi: '3.1.0', info: { title: options.title, version: options.version }, tags: [{ name: options.service }], security: SECURITY,
    paths, components: components(collector.all()),
  };
}

function describe(
  operation: Operation,
  method: string,
  controller: Type<unknown>,
  handlerName: string,
  collector: SchemaCollector,
  options: OpenApiOptions,
): Operation {
  const handler = (controller.prototype as Record<string, object>)[handlerName]!;
  const args = argumentsOf(controller, handlerName);
  const body = bodyOf(operation, args, collector);
  const status = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined ?? (method === 'post' ? 201 : 200);
  const extras = options.extras?.(handler, controller) ?? {};
  const parameters = parametersOf(operation, args, collector, method);
  const traits = { method, hasBody: body !== undefined, hasPath: parameters.some((one) => 'in' in one && one.in === 'path'), isPublic: 'security' in extras };
  return {
    operationId: controller.name.replace(/Controller$/, '').replace(/^./, (first) => first.toLowerCase()) + capitalised(handlerName),
    summary: capitalised(handlerName.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)),
    tags: [options.service],
    parameters,
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      [status]: { description: 'Done.', ...answerContent(handler, collector) },
      ...Object.fromEntries(problemStatuses(traits).map((code) => [code, PROBLEM])),
      ...Object.fromEntries(alsoOf(handler).map(({ status: code, type }) => [code, otherAnswer(type, collector)])),
    },
    ...extras,
  };
}

function parametersOf(operation: Operation, args: readonly Argument[], collector: SchemaCollector, method: string): Operation['parameters'] {
  const declared = operation.parameters.map((parameter) => {
    if (!('in' in parameter)) return parameter;
    if (parameter.in !== 'path') return { ...parameter, required: false };
    const isId = args.some(({ kind, name, pipes }) => kind === RouteParamtypes.PARAM && name === parameter.name && pipes.includes(IdPipe));
    return isId ? { ...parameter, schema: { type: 'string', format: 'uuid' } } : parameter;
  });
  const queries = args.filter(({ kind, name, type }) => kind === RouteParamtypes.QUERY && name === undefined && isClass(type));
  const expanded = queries.flatMap(({ type }) => {
    const { properties = {}, required = [] } = collector.schemaOf(type as Type<object>);
    return Object.entries(properties).map(([name, schema]): Parameter => ({
      name, in: 'query', required: required.includes(name), schema: withoutNull(schema),
    }));
  });
  const header = method === 'post' ? ['IdempotencyKey'] : ['put', 'patch', 'delete'].includes(method) ? ['IfMatch'] : [];
  return [...declared, ...expanded, ...header.map((name) => ({ $ref: `#/components/parameters/${name}` }))];
}

function bodyOf(operation: Operation, args: readonly Argument[], collector: SchemaCollector): Operation['requestBody'] {
  const argument = args.find(({ kind, name }) => kind === RouteParamtypes.BODY && name === undefined);
  if (argument === undefined) return operation.requestBody;
  if (argument.type === String) return { required: true, content: { 'application/yaml': { schema: { type: 'string' } } } };
  return { required: true, content: { 'application/json': { schema: isClass(argument.type) ? collector.ref(argument.type) : {} } } };
}

function otherAnswer(type: Type<unknown> | undefined, collector: SchemaCollector): object {
  return type === undefined ? PROBLEM : { description: 'Done in another way.', content: json(collector.ref(type)) };
}

function answerContent(handler: object, collector: SchemaCollector): { content?: Record<string, { schema: Schema }> } {
  const text = textOf(handler);
  if (text !== undefined) return { content: { [text]: { schema: { type: 'string' } } } };
  const shape = answersOf(handler);
  if (shape === undefined) return {};
  const one = collector.ref(shape.type);
  const list: Schema = { type: 'array', items: one };
  const page: Schema = { type: 'object', properties: { data: list, nextCursor: { type: ['string', 'null'] } }, required: ['data', 'nextCursor'] };
  return { content: json({ one, list, page }[shape.form]) };
}

function json(schema: Schema): Record<string, { schema: Schema }> {
  return { 'application/json': { schema } };
}

/**
 * What a handler takes, from the metadata that Nest keeps of its parameters. Parameters of
 * decorators of our own are named at random, and may begin with any number.
 */
function argumentsOf(controller: Type<unknown>, handlerName: string): Argument[] {
  const types = Reflect.getMetadata('design:paramtypes', controller.prototype as object, handlerName) as unknown[] | undefined ?? [];
  const args = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handlerName) as RouteArguments | undefined ?? {};
  return Object.entries(args).filter(([key]) => !key.includes(CUSTOM_ROUTE_ARGS_METADATA)).map(([key, { index, data, pipes = [] }]) => ({
    kind: Number.parseInt(key, 10) as RouteParamtypes, name: typeof data === 'string' ? data : undefined, type: types[index], pipes,
  }));
}

function controllersOf(app: INestApplication): Map<string, Type<unknown>> {
  const found = new Map<string, Type<unknown>>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      const type = metatype as Type<unknown>;
      if ((found.get(type.name) ?? type) !== type) throw new Error(`two controllers are named ${type.name}: the API document needs different names`);
      found.set(type.name, type);
    }
  }
  return found;
}

/** A query parameter is there or not; it cannot be null. */
function withoutNull(schema: Schema): Schema {
  const { type, ...rest } = schema;
  const types = Array.isArray(type) ? type.filter((one) => one !== 'null') : type;
  const enumeration = Array.isArray(rest['enum']) ? { enum: (rest['enum'] as unknown[]).filter((value) => value !== null) } : {};
  return { ...(types === undefined ? {} : { type: Array.isArray(types) && types.length === 1 ? types[0]! : types }), ...rest, ...enumeration };
}

function capitalised(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}

/** A handler that serves several paths has one operation per path: the second is `<id>2`. */
function unique(id: string, taken: Set<string>): string {
  let name = id;
  for (let n = 2; taken.has(name); n += 1) name = `${id}${n}`;
  taken.add(name);
  return name;
}
