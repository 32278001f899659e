import {
  Body, Controller, createParamDecorator, Delete, Get, Header, HttpCode,
  type INestApplication, Module, Param, Post, Query, Headers as RequestHeaders,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { Type } from 'class-transformer';
import {
  ArrayMinSize, IsArray, IsBoolean, IsEnum, IsIn, IsInt, IsISO8601, IsNotEmpty, IsObject,
  IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min, ValidateNested,
} from 'class-validator';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlsoAnswers, Answers, AnswersText, checkOpenApi, IdPipe, ListQuery, mergeDocuments,
  Nullable, openApiDocument, openApiText, writeOpenApi, type OpenApiDocument,
} from '../index.js';

enum Urgency { High = 'high', Low = 'low' }

class ThrottleDto {
  @Min(1) @IsInt()
  count!: number;

  @IsInt() @Min(1) @Max(86_400)
  windowSeconds!: number;
}

class TargetDto {
  @IsIn(['channel', 'user'])
  type!: string;

  @IsUUID()
  id!: string;
}

class CreateRuleDto {
  @IsString() @IsNotEmpty() @MaxLength(100)
  name!: string;

  @IsOptional() @IsEnum(Urgency)
  urgency?: Urgency;

  @IsOptional() @IsBoolean()
  enabled: boolean = true;

  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => TargetDto)
  targets!: TargetDto[];

  @IsOptional() @ValidateNested() @Type(() => ThrottleDto)
  throttle?: ThrottleDto;

  @IsOptional() @IsObject()
  conditions?: Record<string, unknown>;

  @IsOptional() @Matches(/^[a-z]+$/)
  slug?: string;
}

class RuleDto extends CreateRuleDto {
  @IsUUID()
  id!: string;

  @IsISO8601()
  createdAt!: string;

  @Nullable() @IsISO8601()
  lastMatchedAt!: string | null;
}

class RulesQuery extends ListQuery {
  @IsOptional() @IsIn(['high', 'low'])
  urgency?: string;

  @IsString()
  team!: string;
}

/** A decorator of our own whose random name begins with the number that Nest has for bodies. */
function unluckyDecorator(): () => ParameterDecorator {
  for (;;) {
    const decorator = createParamDecorator(() => undefined);
    class Probe {
      handle(_argument: unknown): void { return; }
    }
    decorator()(Probe.prototype, 'handle', 0);
    if (Object.keys(Reflect.getMetadata(ROUTE_ARGS_METADATA, Probe, 'handle') as object).some((key) => /^3[^\d:]/.test(key))) return decorator;
  }
}
const Asker = unluckyDecorator();

@Controller(['api/v1/rules', 'api/v1/customer/rules'])
class RulesController {
  @Get() @Answers(RuleDto, 'page')
  list(@Query() _query: RulesQuery): unknown { return {}; }

  @Get(':id') @Answers(RuleDto)
  read(@Param('id', IdPipe) _id: string, @Asker() _asker: unknown): unknown { return {}; }

  @Post() @Answers(RuleDto)
  create(@Body() _body: CreateRuleDto): unknown { return {}; }

  @Post(':id/rotate-key') @HttpCode(200) @AlsoAnswers(502, ThrottleDto) @AlsoAnswers(422)
  rotateKey(@Param('id', IdPipe) _id: string): unknown { return {}; }

  @Delete(':id') @HttpCode(204)
  remove(@Param('id', IdPipe) _id: string): void { return; }

  @Get(':id/history') @Answers([TargetDto])
  history(@Param('id', IdPipe) _id: string, @Query('at') _at?: string, @RequestHeaders('accept') _accept?: string): unknown { return []; }
}

@Controller('config')
class ConfigController {
  @Post('plan')
  plan(@Body() _text: string): unknown { return {}; }

  @Get() @Header('content-type', 'application/yaml') @AnswersText('application/yaml')
  read(): string { return ''; }
}

@Module({ controllers: [RulesController, ConfigController] })
class TestModule {}

describe('the API document', () => {
  let app: INestApplication;
  let document: OpenApiDocument;

  beforeAll(async () => {
    app = await NestFactory.create(TestModule, { logger: false });
    document = await openApiDocument(app, {
      title: 'Rules', version: '1', service: 'notifications',
      extras: (handler) => handler === RulesController.prototype.read ? { security: [] } : { 'x-rule': 'all' },
    });
  });
  afterAll(() => app.close());

  const operation = (method: string, path: string) => document.paths[path]![method]!;
  const queryOf = (path: string) => Object.fromEntries(
    operation('get', path).parameters.flatMap((one) => ('in' in one && one.in === 'query' ? [[one.name, one]] : [])));

  it('is OpenAPI 3.1 with both credentials, and every operation is tagged with its service', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0', info: { title: 'Rules', version: '1' },
      tags: [{ name: 'notifications' }], security: [{ apiKey: [] }, { session: [] }],
    });
    expect(Object.keys(document.components.securitySchemes)).toEqual(['apiKey', 'session']);
    expect(Object.values(document.paths).flatMap((item) => Object.values(item)).every(({ tags }) => tags.join() === 'notifications')).toBe(true);
  });

  it('what a decorator of our own brings in is no body, whatever Nest calls it', () => {
    expect(operation('get', '/api/v1/rules/{id}')).not.toHaveProperty('requestBody');
  });

  it('has the schema of a body from its validation alone: enum, bounds, required, nested, defaults, null', () => {
    expect(operation('post', '/api/v1/rules').requestBody).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/CreateRuleDto' } } },
    });
    expect(document.components.schemas['CreateRuleDto']).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 100 },
        urgency: { type: ['string', 'null'], enum: ['high', 'low', null] },
        enabled: { type: ['boolean', 'null'], default: true },
        targets: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/TargetDto' } },
        throttle: { anyOf: [{ $ref: '#/components/schemas/ThrottleDto' }, { type: 'null' }] },
        conditions: { type: ['object', 'null'] },
        slug: { type: ['string', 'null'], pattern: '^[a-z]+$' },
      },
      required: ['name', 'targets'],
    });
    expect(document.components.schemas['ThrottleDto']).toEqual({
      type: 'object', properties: { count: { type: 'integer', minimum: 1 }, windowSeconds: { type: 'integer', minimum: 1, maximum: 86_400 } },
      required: ['count', 'windowSeconds'],
    });
    expect(document.components.schemas['TargetDto']?.properties).toEqual({
      type: { type: 'string', enum: ['channel', 'user'] }, id: { type: 'string', format: 'uuid' },
    });
  });

  it('has what a handler answers, with inherited fields, always-there nulls, lists and pages', () => {
    const rule = document.components.schemas['RuleDto']!;
    expect(rule.properties).toMatchObject({
      id: { type: 'string', format: 'uuid' },
      lastMatchedAt: { type: ['string', 'null'], format: 'date-time' },
      targets: { type: 'array' },
    });
    expect([...rule.required!].sort()).toEqual(['createdAt', 'id', 'lastMatchedAt', 'name', 'targets']);
    const schemaOf = (method: string, path: string, status: number) =>
      (operation(method, path).responses[status] as { content: Record<string, { schema: unknown }> }).content['application/json']!.schema;
    expect(schemaOf('post', '/api/v1/rules', 201)).toEqual({ $ref: '#/components/schemas/RuleDto' });
    expect(schemaOf('get', '/api/v1/rules/{id}/history', 200)).toEqual({ type: 'array', items: { $ref: '#/components/schemas/TargetDto' } });
    expect(schemaOf('get', '/api/v1/rules', 200)).toMatchObject({
      properties: { data: { items: { $ref: '#/components/schemas/RuleDto' } }, nextCursor: { type: ['string', 'null'] } },
    });
  });

  it('has what a handler answers as text, and what other statuses answer', () => {
    expect(operation('get', '/config').responses[200]).toMatchObject({ content: { 'application/yaml': { schema: { type: 'string' } } } });
    expect(operation('post', '/api/v1/rules/{id}/rotate-key').responses).toMatchObject({
      422: { $ref: '#/components/responses/Problem' }, 502: { content: { 'application/json': { schema: { $ref: '#/components/schemas/ThrottleDto' } } } },
    });
  });

  it('has path parameters with their form, and query parameters from the query class and from single ones', () => {
    expect(operation('get', '/api/v1/rules/{id}').parameters).toEqual([{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }]);
    expect(queryOf('/api/v1/rules')).toEqual({
      limit: { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
      cursor: { name: 'cursor', in: 'query', required: false, schema: { type: 'string', maxLength: 512 } },
      urgency: { name: 'urgency', in: 'query', required: false, schema: { type: 'string', enum: ['high', 'low'] } },
      team: { name: 'team', in: 'query', required: true, schema: { type: 'string' } },
    });
    expect(queryOf('/api/v1/rules/{id}/history')).toMatchObject({ at: { required: false, schema: { type: 'string' } } });
  });

  it('names the statuses, problems and headers that an operation has', () => {
    expect(Object.keys(operation('post', '/api/v1/rules').responses)).toEqual(['201', '400', '401', '403', '404', '409', '413', '415', '500', '503']);
    expect(Object.keys(operation('delete', '/api/v1/rules/{id}').responses)).toEqual(['204', '400', '401', '403', '404', '409', '412', '500', '503']);
    expect(operation('post', '/api/v1/rules').parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(operation('delete', '/api/v1/rules/{id}').parameters).toContainEqual({ $ref: '#/components/parameters/IfMatch' });
    expect(operation('post', '/config/plan').requestBody?.content).toEqual({ 'application/yaml': { schema: { type: 'string' } } });
  });

  it('adds what the caller knows of an operation; a public one has no 401', () => {
    expect(operation('post', '/api/v1/rules')['x-rule']).toBe('all');
    expect(Object.keys(operation('get', '/api/v1/rules/{id}').responses)).toEqual(['200', '400', '404', '500', '503']);
  });

  it('gives each operation an id of its own and a summary from the handler', () => {
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item)).map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operation('post', '/api/v1/rules/{id}/rotate-key')).toMatchObject({ operationId: 'rulesRotateKey', summary: 'Rotate key' });
    expect(operation('post', '/api/v1/customer/rules/{id}/rotate-key').operationId).toBe('rulesRotateKey2');
  });

  it('refers to nothing that it does not have', () => {
    for (const [, kind, name] of openApiText(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(Object.keys((document.components as unknown as Record<string, object>)[kind!]!)).toContain(name);
    }
  });
});

describe('documents of several services', () => {
  const documentOf = (service: string, path: string, schemas: Record<string, unknown>, operationId = 'itemsList'): OpenApiDocument => ({
    openapi: '3.1.0', info: { title: service, version: '1' }, tags: [{ name: service }], security: [],
    paths: { [path]: { get: {
      operationId, tags: [service], parameters: [],
      responses: { 200: { description: 'Done.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Outer' } } } } },
    } } },
    components: { schemas, parameters: {}, responses: {}, securitySchemes: {} },
  } as unknown as OpenApiDocument);
  const outer = { type: 'object', properties: { inner: { $ref: '#/components/schemas/Inner' } } };
  const info = { title: 'Signalbox', version: '1' };

  it('become one, with names apart where they mean different things, also indirectly', () => {
    const merged = mergeDocuments([
      documentOf('incidents', '/a', { Outer: outer, Inner: { type: 'string' }, Same: { type: 'null' } }),
      documentOf('delivery', '/b', { Outer: outer, Inner: { type: 'number' }, Same: { type: 'null' } }),
    ], info);
    expect(Object.keys(merged.components.schemas).sort()).toEqual(['DeliveryInner', 'DeliveryOuter', 'IncidentsInner', 'IncidentsOuter', 'Same']);
    expect(merged.components.schemas['DeliveryOuter']).toEqual({ type: 'object', properties: { inner: { $ref: '#/components/schemas/DeliveryInner' } } });
    expect(JSON.stringify(merged.paths['/b'])).toContain('"#/components/schemas/DeliveryOuter"');
    expect([merged.paths['/a']!['get']!.operationId, merged.paths['/b']!['get']!.operationId]).toEqual(['incidentsItemsList', 'deliveryItemsList']);
    expect(merged.tags).toEqual([{ name: 'incidents' }, { name: 'delivery' }]);
  });

  it('share an operation that is the same in both, and refuse one that is not', () => {
    const schemas = { Outer: { type: 'string' } };
    expect(mergeDocuments([documentOf('a', '/x', schemas), documentOf('b', '/x', schemas)], info).paths['/x']!['get']!.tags).toEqual(['a', 'b']);
    expect(() => mergeDocuments([documentOf('a', '/x', schemas), documentOf('b', '/x', { Outer: { type: 'number' } })], info))
      .toThrow('GET /x belongs to a and to b');
  });

  it('are committed, and a difference from the code is found and shown', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openapi-'));
    const path = join(folder, 'openapi.json');
    const document = documentOf('a', '/x', { B: { type: 'string' }, A: { type: 'number' } });
    expect(await checkOpenApi(path, document)).toContain('from line 1');
    await writeOpenApi(path, document);
    expect(await checkOpenApi(path, document)).toBeUndefined();
    const text = await readFile(path, 'utf8');
    expect(text.indexOf('"A"')).toBeLessThan(text.indexOf('"B"'));
    await writeFile(path, text.replace('"number"', '"integer"'));
    expect(await checkOpenApi(path, document)).toMatch(/- .*"integer"\n\+ .*"number"/);
    await rm(folder, { recursive: true });
  });
});
