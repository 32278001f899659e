import { Body, Controller, type INestApplication, Module, Post } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { Database, migrate } from '@signalbox/database';
import { eventually, freshDatabase, startPostgres } from '@signalbox/testing';
import type { Request } from 'express';
import type { AddressInfo } from 'node:net';
import { applyHttpDefaults, conflict, IdempotencyInterceptor, pgIdempotencyStore, type PgIdempotencyStore } from './index.js';
import type { Begun, Claim } from './idempotency.js';

const TENANT = '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e5f';
const OTHER_TENANT = '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e60';

/** What the handler did, and a gate that keeps it at work. */
const work = { done: 0, gate: Promise.resolve(), fails: false };

@Controller('channels')
class ChannelsController {
  @Post()
  async create(@Body() body: { name: string }): Promise<unknown> {
    work.done += 1;
    const number = work.done;
    await work.gate;
    if (work.fails) throw conflict('The name is taken.');
    return { z: number, name: body.name, key: 'sk_live_hunter2', odd: '\0 \ud800', createdAt: new Date(1000), updatedAt: new Date(2000) };
  }

  @Post('nothing')
  nothing(): void {
    work.done += 1;
  }
}

@Module({ controllers: [ChannelsController] })
class TestModule {}

/** Shows what is sealed without hiding it: the row must hold this form, bound to its tenant and key. */
const box = {
  seal: (plain: string, context: string) => Buffer.from(`${context}|${plain}`).toString('base64'),
  open: (sealed: string, context: string) => {
    const text = Buffer.from(sealed, 'base64').toString();
    if (!text.startsWith(`${context}|`)) throw new Error('moved');
    return text.slice(context.length + 1);
  },
};

function claimOf(begun: Begun): Claim {
  if (typeof begun === 'string' || !('claim' in begun)) throw new Error(`the key is taken: ${JSON.stringify(begun)}`);
  return begun.claim;
}

describe('Idempotency-Key', () => {
  const logged: string[] = [];
  let db: Database;
  let store: PgIdempotencyStore;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const { url: ownerUrl } = await freshDatabase();
    await migrate([{ name: 'notifications', migrations: [] }], { ownerUrl, rolePasswords: {}, log: () => undefined });
    db = new Database({ url: ownerUrl, schema: 'notifications' });
    store = pgIdempotencyStore({ db, beats: db, schema: 'notifications', box });
    const logger = { error: (_: object, message: string) => void logged.push(message) };
    const tenantOf = (request: Request) => request.headers['x-tenant-id'] as string | undefined;
    app = await NestFactory.create(
      { module: TestModule, providers: [{ provide: APP_INTERCEPTOR, useValue: new IdempotencyInterceptor({ store, logger, tenantOf }) }] },
      { logger: false, bodyParser: false },
    );
    applyHttpDefaults(app, { logger });
    // What IdentityGuard does in a service: says who asks.
    app.use((request: Request & { identity?: object }, _: unknown, next: () => void) => {
      request.identity = { tenantId: tenantOf(request), subject: { type: 'user', id: request.headers['x-subject'] } };
      next();
    });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/channels`;
  });
  afterAll(async () => {
    await app.close();
    await db.close();
  });
  beforeEach(async () => {
    await db.query('delete from idempotency_keys');
    Object.assign(work, { done: 0, gate: Promise.resolve(), fails: false });
  });

  const post = async (key: string | undefined, body: unknown = { name: 'a' }, { tenant = TENANT, path = '', subject = 'ada' } = {}) => {
    const response = await fetch(url + path, {
      method: 'POST', body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'x-tenant-id': tenant, 'x-subject': subject, ...(key === undefined ? {} : { 'idempotency-key': key }) },
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const age = (seconds: number) => db.query(`update idempotency_keys set created_at = created_at - make_interval(secs => $1)`, [seconds]);

  it('gives the same answer to the same request, byte for byte, and does the work once', async () => {
    const first = await post('k1');
    const again = await post('k1');
    expect(work.done).toBe(1);
    expect(again.text).toBe(first.text);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
  });

  it('repeats an answer without a body', async () => {
    const answers = [await post('k1', {}, { path: '/nothing' }), await post('k1', {}, { path: '/nothing' })];
    expect(answers.map(({ status, text }) => [status, text])).toEqual([[201, ''], [201, '']]);
    expect(work.done).toBe(1);
  });

  it.each([
    ['another body', () => post('k1', { name: 'b' }), 409],
    ['another path', () => post('k1', { name: 'a' }, { path: '/nothing' }), 409],
    ['another key', () => post('k2'), 201],
    ['another tenant', () => post('k1', { name: 'a' }, { tenant: OTHER_TENANT }), 201],
    ['no key', () => post(undefined), 201],
  ])('after a first request, %s is its own', async (_, second, status) => {
    await post('k1');
    const answer = await second();
    expect(answer.status).toBe(status);
    expect(work.done).toBe(status === 201 ? 2 : 1);
    if (status === 409) expect(answer.text).toContain('urn:signalbox:problem:idempotency-key-reused');
  });

  it('lets exactly one of many at the same time do the work; the others are told to come again', async () => {
    let open = (): void => undefined;
    work.gate = new Promise((resolve) => { open = resolve; });
    const told: unknown[] = [];
    const answers = Array.from({ length: 8 }, () => post('k1'));
    for (const answer of answers) void answer.then((one) => told.push(one));
    const first = await Promise.race(answers);
    await eventually(() => told.length === 7);
    expect(first.status).toBe(409);
    expect(first.headers.get('retry-after')).toBe('2');
    expect(first.text).toContain('urn:signalbox:problem:idempotency-key-in-progress');
    open();
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    expect(work.done).toBe(1);
    expect((await post('k1')).headers.get('idempotent-replayed')).toBe('true');
  });

  it('does not keep a failure: mended, the same key works', async () => {
    work.fails = true;
    expect((await post('k1')).status).toBe(409);
    work.fails = false;
    expect((await post('k1', { name: 'mended' })).status).toBe(201);
    expect(work.done).toBe(2);
  });

  /** A request that was begun, and of which nothing is heard any more. */
  const begunByTheDead = async (key: string): Promise<{ dead: PgIdempotencyStore; claim: Claim }> => {
    const dead = pgIdempotencyStore({ db, beats: { query: () => Promise.reject(new Error('it is dead')) }, schema: 'notifications', box });
    return { dead, claim: claimOf(await dead.begin(TENANT, key, 'f1')) };
  };

  it('lets a request whose process died be done again within about five seconds, once, by the same request only', async () => {
    const began = Date.now();
    await begunByTheDead('k1');
    expect(await store.begin(TENANT, 'k1', 'f1')).toBe('in_progress');
    const again = await eventually(async () => {
      const all = await Promise.all(Array.from({ length: 8 }, () => store.begin(TENANT, 'k1', 'f1')));
      return all.some((begun) => begun !== 'in_progress') ? all : undefined;
    }, { withinMs: 10_000, describe: 'the second try' });
    expect(Date.now() - began).toBeLessThan(6_500);
    expect(again.filter((begun) => begun !== 'in_progress')).toEqual([{ claim: expect.objectContaining({ key: 'k1' }) }]);
    expect(await store.begin(TENANT, 'k1', 'other')).toBe('conflict');
  });

  it('does not take a request for dead that Postgres heard nothing of while it was away', async () => {
    let open = (): void => undefined;
    work.gate = new Promise((resolve) => { open = resolve; });
    const first = post('k1');
    await eventually(async () => (await db.query(`update idempotency_keys set seen_at = seen_at - interval '1 hour'`), work.done === 1));
    expect((await post('k1')).status).toBe(409);
    open();
    expect((await first).status).toBe(201);
    expect((await post('k1')).headers.get('idempotent-replayed')).toBe('true');
    expect(work.done).toBe(1);
  });

  it('keeps the answer of the later try when the request that was given up comes to an end after all', async () => {
    const { dead, claim } = await begunByTheDead('k1');
    await db.query(`update idempotency_keys set seen_at = seen_at - interval '3 seconds'`);
    const later = claimOf(await store.begin(TENANT, 'k1', 'f1'));
    await dead.finish(claim, { status: 500, body: { n: 1 } });
    await dead.abandon(claim);
    expect(await store.begin(TENANT, 'k1', 'f1')).toBe('in_progress');
    await store.finish(later, { status: 201, body: { n: 2 } });
    await store.finish(later, { status: 500, body: { n: 3 } });
    await store.abandon(later);
    expect(await store.begin(TENANT, 'k1', 'f1')).toEqual({ replay: { status: 201, body: { n: 2 } } });
  });

  it('forgets after 24 hours, with or without a purge', async () => {
    await post('k1');
    await age(24 * 3600 - 5);
    expect(await store.purge()).toBe(0);
    expect((await post('k1')).headers.get('idempotent-replayed')).toBe('true');
    await age(10);
    expect((await post('k1', { name: 'b' })).status).toBe(201);
    await age(24 * 3600 + 1);
    expect(await store.purge()).toBe(1);
  });

  it('shows an answer to the one who asked for it: the same key of a colleague is another request', async () => {
    await post('k1', undefined, { subject: 'ada' });
    expect((await post('k1', undefined, { subject: 'ada' })).headers.get('idempotent-replayed')).toBe('true');
    const answer = await post('k1', undefined, { subject: 'bob' });
    expect(answer.status).toBe(409);
    expect(answer.text).not.toContain('hunter2');
  });

  it('keeps the table small by itself', async () => {
    await post('old');
    await age(24 * 3600 + 1);
    await pgIdempotencyStore({ db, beats: db, schema: 'notifications', box }).begin(TENANT, 'k2', 'f1');
    expect(await db.query('select key from idempotency_keys')).toEqual([{ key: 'k2' }]);
  });

  it('keeps no secret in the clear, and opens an answer only under its own tenant and key', async () => {
    await post('k1');
    const rows = await db.query<{ body: string }>('select body from idempotency_keys');
    expect(rows[0]!.body).not.toContain('hunter2');
    await db.query(`update idempotency_keys set key = 'k2'`);
    expect((await post('k2')).status).toBe(500);
  });

  it.each(['', 'a b', 'x'.repeat(256)])('refuses the key %p', async (key) => {
    const answer = await post(key);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('"path":"Idempotency-Key"');
    expect(work.done).toBe(0);
  });

  it('still gives the answer of work that is done when it cannot be kept', async () => {
    const failing = new IdempotencyInterceptor({
      logger: { error: (_, message) => void logged.push(message) }, tenantOf: () => TENANT,
      store: { ...store, finish: () => Promise.reject(new Error('connection lost')) },
    });
    const other = await NestFactory.create({ module: TestModule, providers: [{ provide: APP_INTERCEPTOR, useValue: failing }] }, { logger: false });
    await other.listen(0, '127.0.0.1');
    const response = await fetch(`http://127.0.0.1:${(other.getHttpServer().address() as AddressInfo).port}/channels`, {
      method: 'POST', body: '{"name":"a"}', headers: { 'content-type': 'application/json', 'idempotency-key': 'k9' },
    });
    await other.close();
    expect(response.status).toBe(201);
    expect(logged.at(-1)).toBe('idempotency: could not finish');
  });
});

it('a restart of Postgres frees no key of a request that is being worked on', async () => {
  const server = await startPostgres();
  await migrate([{ name: 'notifications', migrations: [] }], { ownerUrl: server.url, rolePasswords: {}, log: () => undefined });
  const bases = Array.from({ length: 3 }, () => new Database({ url: server.url, schema: 'notifications' }));
  const [db, beats, other] = bases as [Database, Database, Database];
  const store = pgIdempotencyStore({ db, beats, schema: 'notifications' });
  const another = pgIdempotencyStore({ db: other, beats: other, schema: 'notifications' });
  const begun = await store.begin(TENANT, 'k1', 'f1');
  await server.kill();
  await server.restart();
  // As long as an outage lasts, what was said before it grows old.
  await eventually(() => other.query(`update idempotency_keys set seen_at = seen_at - interval '1 minute'`));
  expect(await another.begin(TENANT, 'k1', 'f1')).toBe('in_progress');
  await store.finish(claimOf(begun), { status: 201, body: {} });
  expect(await another.begin(TENANT, 'k1', 'f1')).toEqual({ replay: { status: 201, body: {} } });
  await Promise.all(bases.map((one) => one.close()));
  await server.stop();
});
