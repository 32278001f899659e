import {
  Body, ConflictException, Controller, Get, HttpException, type INestApplication,
  InternalServerErrorException, Module, Param, Patch, Post, Put, Query, Req, UnauthorizedException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, MaxLength, Min, ValidateNested } from 'class-validator';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  applyHttpDefaults, BODY_LIMIT_BYTES, conflict, decodeCursor, etagOf, forbidden, IdPipe, ListQuery,
  notFound, Nullable, page, requireMatch, type TracedRequest, unauthorized, unprocessable,
} from './index.js';

class ConditionDto {
  @IsIn(['error', 'warning'])
  severity!: string;

  @IsOptional() @IsArray() @ArrayMaxSize(2) @IsString({ each: true })
  tags?: string[];
}

class RuleDto {
  @IsString() @MaxLength(10)
  name!: string;

  @IsInt() @Min(0)
  priority!: number;

  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => ConditionDto)
  conditions?: ConditionDto[];

  @IsOptional() @IsObject()
  details?: Record<string, unknown>;

  @IsOptional() @Nullable() @IsInt()
  limit?: number | null;
}

class RuleQuery extends ListQuery {
  @IsOptional() @IsBoolean()
  enabled?: boolean;

  @IsOptional() @IsArray() @IsString({ each: true })
  tag?: string[];
}

const UPDATED_AT = new Date('2026-01-02T03:04:05.678Z');
const ID = '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e5f';

@Controller('rules')
class RulesController {
  @Get()
  list(@Query() query: RuleQuery): unknown {
    const after = decodeCursor(query.cursor);
    const rows = Array.from({ length: 5 }, (_, n) => ({ id: `id${n}`, createdAt: new Date(1000 + n) }))
      .filter(({ createdAt }) => createdAt > (after?.at ?? new Date(0)));
    return { ...page(rows.slice(0, query.limit + 1), query.limit, ({ id, createdAt }) => ({ id, at: createdAt })), query };
  }

  @Get('errors/:kind')
  fail(@Param('kind') kind: string): unknown {
    const errors: Record<string, () => Error> = {
      unknown: () => new Error('connect ECONNREFUSED 10.0.0.7 password=hunter2'),
      away: () => Object.assign(new Error('terminating connection'), { code: '57P01' }),
      notFound: () => notFound('rule', ID),
      conflict: () => conflict('The name is taken.', 'name-taken'),
      nest: () => new ConflictException('two at once'),
      nestWithSlug: () => new UnauthorizedException({ slug: 'unauthorized', detail: 'Sign in.' }),
      teapot: () => new HttpException('short and stout', 418),
      config: () => unprocessable([{ path: 'config.webhookUrl', message: 'must be an https URL' }]),
      forbidden: () => forbidden('This needs the role admin.'),
      unauthorized: () => unauthorized('Sign in.'),
      internal: () => new InternalServerErrorException('connect ECONNREFUSED 10.0.0.7 password=hunter2'),
    };
    throw errors[kind]!();
  }

  @Get(':id')
  read(@Param('id', IdPipe) id: string): unknown {
    return { id, updatedAt: UPDATED_AT };
  }

  @Get(':id/pages/:number')
  numbered(@Param('number') number: number, @Query('deep') deep?: boolean): unknown {
    return { number, deep };
  }

  @Post()
  create(@Body() body: RuleDto, @Req() request: TracedRequest): unknown {
    return { body, isRule: body instanceof RuleDto, requestId: request.id, trace: request.trace };
  }

  @Patch(':id')
  change(@Req() request: IncomingMessage): unknown {
    requireMatch(request, etagOf(UPDATED_AT));
    return { version: 7 };
  }

  @Put('yaml')
  yaml(@Body() text: string): unknown {
    return { text };
  }
}

@Module({ controllers: [RulesController] })
class TestModule {}

interface Answer {
  status: number;
  headers: Headers;
  body: { type?: string; title?: string; detail?: string; instance?: string; errors?: { path: string; message: string }[] } & Record<string, unknown>;
}

describe('the HTTP surface of a service', () => {
  const logged: Record<string, unknown>[] = [];
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    app = await NestFactory.create(TestModule, { logger: false, bodyParser: false });
    applyHttpDefaults(app, {
      logger: { error: (fields) => logged.push(fields as Record<string, unknown>) },
      isUnavailable: (error) => (error as { code?: string }).code === '57P01',
    });
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as AddressInfo).port;
  });
  afterAll(() => app.close());

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, body: raw ? (body as string | undefined) : JSON.stringify(body),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  };
  /** fetch refuses odd header values, and asks for a fresh answer by itself; a plain request does neither. */
  const plainGet = (path: string, headers: Record<string, string>): Promise<IncomingMessage> => new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, headers }, (response) => resolve(response.resume())).on('error', reject).end();
  });
  const faults = ({ body }: Answer): Record<string, string> => Object.fromEntries((body.errors ?? []).map(({ path, message }) => [path, message]));

  describe('problems', () => {
    it.each([
      ['notFound', 404, 'not-found', 'Not Found', `There is no rule ${ID}.`],
      ['conflict', 409, 'name-taken', 'Conflict', 'The name is taken.'],
      ['nest', 409, 'conflict', 'Conflict', 'two at once'],
      ['nestWithSlug', 401, 'unauthorized', 'Unauthorized', 'Sign in.'],
      ['teapot', 418, 'i-m-a-teapot', "I'm a Teapot", 'short and stout'],
      ['forbidden', 403, 'forbidden', 'Forbidden', 'This needs the role admin.'],
      ['unauthorized', 401, 'unauthorized', 'Unauthorized', 'Sign in.'],
      ['config', 422, 'unprocessable-entity', 'Unprocessable Entity', 'The request has one fault; see errors.'],
    ])('%s is a %i in the form of RFC 9457', async (kind, status, slug, title, detail) => {
      const answer = await call('GET', `/rules/errors/${kind}?x=secret`);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(answer).toMatchObject({ status, body: { type: `urn:signalbox:problem:${slug}`, title, status, detail, instance: `/rules/errors/${kind}` } });
      expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="signalbox"' : null);
    });

    it.each(['unknown', 'internal'])('tells nothing about an %s error, and logs it with the request id and the route', async (kind) => {
      const answer = await call('GET', `/rules/errors/${kind}`, undefined, { 'x-request-id': 'r-42' });
      expect(answer).toMatchObject({ status: 500, body: { type: 'urn:signalbox:problem:internal', detail: expect.stringContaining('r-42') } });
      expect(JSON.stringify(answer.body)).not.toMatch(/ECONNREFUSED|hunter2|at .*\.ts/);
      expect(logged.at(-1)).toMatchObject({
        requestId: 'r-42', route: '/rules/errors/:kind',
        err: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
      });
    });

    it('asks to come again when a part that it needs is away', async () => {
      const answer = await call('GET', '/rules/errors/away');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('2');
    });

    it.each([['GET', '/nothing', 404], ['GET', '/rules/%FF', 400], ['DELETE', '/rules', 404]])('%s %s is a problem too', async (method, path, status) => {
      expect(await call(method, path)).toMatchObject({ status, body: { status, type: expect.stringMatching(/^urn:signalbox:problem:/) } });
    });
  });

  describe('bodies', () => {
    const valid = { name: 'a', priority: 1 };

    it.each([
      ['truncated JSON', '{"name":', {}, 400, /must be a JSON object or array/],
      ['a bare text', '"x"', {}, 400, /must be a JSON object or array/],
      ['an array', '[]', {}, 400, /must be a JSON object/],
      ['no body at all', undefined, {}, 400, /name must be a string/],
      ['a form', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, /must be application\/json, not application\/x-www/],
      ['YAML where JSON is due', 'name: a', { 'content-type': 'application/yaml' }, 415, /must be application\/json/],
      ['an unknown encoding', '{}', { 'content-encoding': 'lzma' }, 415, /Content-Encoding must be/],
      ['another charset', '{}', { 'content-type': 'application/json; charset=koi8-r' }, 415, /UTF-8/],
      ['broken gzip', 'not gzip', { 'content-encoding': 'gzip' }, 400, /cannot be read/],
      ['one byte too many', `{"name":"${'x'.repeat(BODY_LIMIT_BYTES - 10)}"}`, {}, 413, /larger than 524288 bytes/],
      ['a gzip bomb', gzipSync(Buffer.alloc(20_000_000, ' ')), { 'content-encoding': 'gzip' }, 413, /larger than 524288 bytes/],
      ['endless nesting', `${'{"details":'.repeat(40_000)}1${'}'.repeat(40_000)}`, {}, 400, /nested deeper than 64/],
      ['U+0000', { ...valid, details: { a: [{ b: 'x\0' }] } }, {}, 400, /U\+0000/],
      ['half a character', `{"name":"\\ud800","priority":1}`, {}, 400, /lone surrogate/],
      ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xc3]), Buffer.from('","priority":1}')]), {}, 400, /not UTF-8/],
      ['a key with U+0000', { ...valid, details: { 'a\0': 1 } }, {}, 400, /has a key that must not/],
    ])('%s is refused clearly', async (_, body, headers, status, text) => {
      const answer = await call('POST', '/rules', body, headers);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).toMatch(text);
    });

    it('takes exactly 512 KB, counted after inflating', async () => {
      const body = `{"name":"a","priority":1,"details":{"x":"${'y'.repeat(BODY_LIMIT_BYTES - 44)}"}}`;
      expect(Buffer.byteLength(body)).toBe(BODY_LIMIT_BYTES);
      expect((await call('POST', '/rules', body)).status).toBe(201);
      expect((await call('POST', '/rules', gzipSync(body), { 'content-encoding': 'gzip' })).status).toBe(201);
      expect((await call('POST', '/rules', `${body} `)).status).toBe(413);
    });

    it('says where the unstorable text is', async () => {
      expect(faults(await call('POST', '/rules', { ...valid, details: { a: [{ b: 'x\0' }] } })))
        .toEqual({ 'details.a[0].b': 'must not contain the character U+0000' });
    });

    it('takes JSON under any +json type, and YAML as text where a handler wants text', async () => {
      expect((await call('POST', '/rules', valid, { 'content-type': 'application/merge-patch+json' })).status).toBe(201);
      expect((await call('PUT', '/rules/yaml', 'a: 1', { 'content-type': 'application/yaml' })).body).toEqual({ text: 'a: 1' });
    });

    it.each([
      ['{"name":"a","priority":1,"__proto__":{"admin":true}}', ''],
      ['{"name":"a","priority":1,"details":{"__proto__":{"admin":true}}}', 'details'],
      ['{"name":"a","priority":1,"constructor":"x"}', 'constructor'],
      ['{"name":"a","priority":1,"conditions":[{"severity":"error","toString":1}]}', 'conditions[0].toString'],
      ['{"constructor":{"name":"RuleDto"},"hasOwnProperty":1}', 'constructor'],
    ])('%s is refused: a body does not change what an object is', async (body, path) => {
      const answer = await call('POST', '/rules', body);
      expect(answer.status).toBe(400);
      expect(Object.keys(faults(answer))).toContain(path);
    });

    it('keeps every other key of a free-form field, whatever it means to JavaScript', async () => {
      const body = { name: 'a', priority: 1, details: { constructor: 'Ferrari', toString: 1, valueOf: { constructor: { prototype: 1 } }, length: 'x' } };
      expect((await call('POST', '/rules', body)).body['body']).toEqual(body);
    });
  });

  describe('validation', () => {
    it('names all faults at once, each with its path', async () => {
      const answer = await call('POST', '/rules', {
        priority: '1', colour: 'red',
        conditions: [{ severity: 'error' }, { severity: 'x', tags: ['a', 2], depth: 1 }],
      });
      expect(answer).toMatchObject({ status: 400, body: { type: 'urn:signalbox:problem:invalid-input' } });
      expect(Object.keys(faults(answer)).sort()).toEqual(['colour', 'conditions[1].depth', 'conditions[1].severity', 'conditions[1].tags', 'name', 'priority']);
      expect(answer.body.errors).toContainEqual({ path: 'colour', message: 'is not a known field' });
      expect(answer.body.errors).toContainEqual({ path: 'priority', message: 'priority must be an integer number' });
    });

    it.each([
      ['what is not given', { priority: 1 }, ['name must be a string']],
      ['a text where a number is due', { name: 'a', priority: '-1' }, ['priority must be an integer number']],
      ['a text where a list is due', { name: 'a', priority: 1, conditions: 'x' }, ['conditions must be an array']],
      ['a list of what is none of its elements', { name: 'a', priority: 1, conditions: ['x'] }, ['must be an object']],
    ])('says of %s what it must be, and nothing of its size or parts', async (_, body, messages) => {
      expect((await call('POST', '/rules', body)).body.errors?.map(({ message }) => message)).toEqual(messages);
    });

    it('says everything of a value that is of the right kind', async () => {
      const answer = await call('POST', '/rules', { name: 'a', priority: -1.5, conditions: [{ severity: 'error', tags: ['a', 2, 'c'] }] });
      expect(answer.body.errors?.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
        'conditions[0].tags: each value in tags must be a string', 'conditions[0].tags: tags must contain no more than 2 elements',
        'priority: priority must be an integer number', 'priority: priority must not be less than 0',
      ]);
    });

    it('hands a valid body over as an instance of its class, free-form fields untouched', async () => {
      const body = { name: 'a', priority: 1, details: { nested: [{ deep: null }], n: '5' } };
      expect((await call('POST', '/rules', body)).body).toMatchObject({ isRule: true, body });
    });

    it('takes a null for nothing given, unless it means something to the field', async () => {
      expect((await call('POST', '/rules', { name: 'a', priority: 1, conditions: null, details: null, limit: null })).body['body'])
        .toEqual({ name: 'a', priority: 1, limit: null });
      expect(faults(await call('POST', '/rules', { name: null, priority: 1 }))).toHaveProperty('name');
    });

    it.each([
      ['', { limit: 50 }],
      ['?limit=7&enabled=false', { limit: 7, enabled: false }],
      ['?enabled=true&tag=a', { limit: 50, enabled: true, tag: ['a'] }],
      ['?tag=a&tag=b', { limit: 50, tag: ['a', 'b'] }],
    ])('makes numbers, booleans and lists of the query %p', async (query, expected) => {
      expect((await call('GET', `/rules${query}`)).body['query']).toEqual(expected);
    });

    it.each([
      ['limit=0', 'limit'], ['limit=201', 'limit'], ['limit=ten', 'limit'], ['limit=', 'limit'], ['limit=1&limit=2', 'limit'], ['limit=1e2', 'limit'],
      ['enabled=yes', 'enabled'], ['page=2', 'page'], ['cursor=abc', 'cursor'], ['cursor=', 'cursor'], ['tag=%00', 'tag[0]'], ['__proto__=1', '__proto__'],
    ])('refuses the query %s and names %s', async (query, path) => {
      const answer = await call('GET', `/rules?${query}`);
      expect(answer.status).toBe(400);
      expect(Object.keys(faults(answer))).toContain(path);
    });

    it.each([
      [`/rules/${ID}/pages/3?deep=true`, 200, { number: 3, deep: true }],
      [`/rules/${ID}/pages/3`, 200, { number: 3 }],
      [`/rules/${ID}/pages/x`, 400, { errors: [{ path: 'number', message: 'must be a number' }] }],
      [`/rules/${ID}/pages/3?deep=1`, 400, { errors: [{ path: 'deep', message: 'must be true or false' }] }],
      ['/rules/not-an-id', 404, { type: 'urn:signalbox:problem:not-found' }],
      ['/rules/errors/%00', 400, { errors: [{ path: 'kind', message: 'must not contain the character U+0000' }] }],
    ])('%s is %i', async (path, status, body) => expect(await call('GET', path)).toMatchObject({ status, body }));
  });

  describe('pages', () => {
    it('go on where the page before ended, each row once, until there is no more', async () => {
      const seen: string[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
        const { body }: Answer = await call('GET', `/rules?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
        cursor = body['nextCursor'] as string | null;
      }
      expect(seen).toEqual(['id0', 'id1', 'id2', 'id3', 'id4']);
    });

    it('have no next cursor when the rows end with the page', async () => {
      expect((await call('GET', '/rules?limit=5')).body['nextCursor']).toBeNull();
      expect((await call('GET', '/rules?limit=4')).body['nextCursor']).not.toBeNull();
    });

    it('refuse a cursor in which any byte was changed', async () => {
      const cursor = Buffer.from((await call('GET', '/rules?limit=2')).body['nextCursor'] as string, 'base64url');
      for (let index = 0; index < cursor.length; index += 1) {
        const changed = Buffer.from(cursor);
        changed[index]! ^= 1;
        expect(() => decodeCursor(changed.toString('base64url'))).toThrow(expect.objectContaining({ status: 400 }));
      }
    });
  });

  describe('ETags', () => {
    const etag = etagOf(UPDATED_AT);

    it('stand on single reads, and give a 304 to who has it already', async () => {
      expect((await call('GET', `/rules/${ID}`)).headers.get('etag')).toBe(etag);
      expect((await plainGet(`/rules/${ID}`, { 'if-none-match': etag })).statusCode).toBe(304);
      expect((await plainGet(`/rules/${ID}`, { 'if-none-match': '"x"' })).statusCode).toBe(200);
    });

    it.each([
      [undefined, 200], [etag, 200], ['*', 200], [`"x", ${etag}`, 200], [`W/${etag}`, 200], ['"x"', 412], ['', 412],
    ])('a change with If-Match %p is %i', async (ifMatch, status) => {
      const answer = await call('PATCH', `/rules/${ID}`, {}, ifMatch === undefined ? {} : { 'if-match': ifMatch });
      expect(answer.status).toBe(status);
      if (status === 200) expect(answer.headers.get('etag')).toBe('"7"');
      else expect(answer.body.type).toBe('urn:signalbox:problem:precondition-failed');
    });
  });

  describe('request ids and headers', () => {
    const idFor = async (given?: string): Promise<IncomingHttpHeaders> =>
      (await plainGet('/rules', given === undefined ? {} : { 'x-request-id': given })).headers;

    it('takes over a decent request id and sends it back, also on problems', async () => {
      expect((await idFor('deploy-7:2026/01'))['x-request-id']).toBe('deploy-7:2026/01');
      expect((await call('GET', '/nothing', undefined, { 'x-request-id': 'abc' })).headers.get('x-request-id')).toBe('abc');
    });

    it.each([undefined, 'a b', '<script>', 'x'.repeat(129), '\u00e9'])('makes its own instead of %p', async (given) => {
      const [one, two] = [await idFor(given), await idFor(given)];
      expect(one['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(one['x-request-id']).not.toBe(two['x-request-id']);
    });

    it.each([
      ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', { traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true }],
      ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', {
        traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: false,
      }],
      ['01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-more', {
        traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true,
      }],
      ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', undefined],
      ['00-00000000000000000000000000000000-b7ad6b7169203331-01', undefined],
      ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', undefined],
      ['garbage', undefined],
    ])('reads traceparent %s', async (traceparent, trace) => {
      expect((await call('POST', '/rules', { name: 'a', priority: 1 }, { traceparent })).body['trace']).toEqual(trace);
    });

    it('sets the security headers, and none that breaks a console on plain HTTP', async () => {
      const { headers } = await call('GET', '/rules');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('cache-control')).toBe('private, no-cache');
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
    });
  });
});
