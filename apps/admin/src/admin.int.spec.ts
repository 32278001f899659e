import { createIdentityVerifier, hashKey, newIdentityKeys, pemFromEnv } from '@signalbox/access';
import { AUDIT, memberKey, newId, questions, subjects, type DirectoryEntry, type TraceEntry } from '@signalbox/contracts';
import { Database, migrate } from '@signalbox/database';
import { Bus, ReadModel } from '@signalbox/messaging';
import { startService, type RunningService } from '@signalbox/runtime';
import { eventually, freshDatabase, startNats, startReceiver, type Receiver, type Server } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { service } from './app.module.js';
import { PASSED_TO, type PassedTo } from './domain/path-table.js';
import { schema } from './schema.js';

const OPERATOR = { email: 'operator@example.com', password: 'first password of all' };
const keys = newIdentityKeys();
const verifier = createIdentityVerifier(pemFromEnv(keys.publicKey));

let nats: Server;
let db: Database;
let bus: Bus;
let env: NodeJS.ProcessEnv;
let running: RunningService[] = [];
let upstreams: Record<PassedTo, Receiver>;

type Body = Record<string, unknown>;
interface Answer { status: number; body: Body; headers: Headers }

beforeAll(async () => {
  nats = await startNats();
  const { url } = await freshDatabase();
  await migrate([schema], { ownerUrl: url, rolePasswords: { admin: 'secret' }, log: () => undefined });
  const ownRole = new URL(url);
  ownRole.username = 'signalbox_admin';
  ownRole.password = 'secret';
  upstreams = Object.fromEntries(await Promise.all(PASSED_TO.map(async (name) => [name, await startReceiver()]))) as Record<PassedTo, Receiver>;
  env = {
    SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: nats.url, DATABASE_URL: ownRole.href,
    LOG_LEVEL: 'error', TRUSTED_PROXIES: '1', UPSTREAM_TIMEOUT_MS: '400',
    SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: keys.publicKey, IDENTITY_PRIVATE_KEY: keys.privateKey,
    ...Object.fromEntries(PASSED_TO.map((name) => [`${name.toUpperCase()}_URL`, upstreams[name].url])),
    BOOTSTRAP_EMAIL: OPERATOR.email, BOOTSTRAP_PASSWORD: OPERATOR.password, BOOTSTRAP_TENANT: 'First',
  };
  db = new Database({ url, schema: 'admin' });
  bus = new Bus({ servers: nats.url, name: 'test' });
  // Two replicas at once, so that they race for the first tenant.
  running = await Promise.all([startService(service, env), startService(service, env)]);
  await eventually(async () => {
    const answers = await Promise.all(running.map((one) => fetch(`${urlOf(one)}/readyz`)));
    return answers.every(({ status }) => status === 200);
  }, { withinMs: 15_000, describe: 'both replicas are ready' });
});

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await Promise.all(Object.values(upstreams).map((one) => one.stop()));
  await bus.close();
  await db.close();
  await nats.stop();
});

function urlOf(one: RunningService = running[0]!): string {
  return `http://127.0.0.1:${one.port}`;
}

let lastAddress = 0;
/** Each caller has an address of their own, so that no test throttles another. */
function freshAddress(): string {
  lastAddress += 1;
  return `198.51.${Math.floor(lastAddress / 250)}.${lastAddress % 250}`;
}

async function call(
  method: string,
  path: string,
  { body, headers = {}, at }: { body?: unknown; headers?: Record<string, string>; at?: RunningService } = {},
): Promise<Answer> {
  const response = await fetch(`${urlOf(at)}${path}`, {
    method, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) as Body : { text } };
}

interface Caller {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  remove(path: string, headers?: Record<string, string>): Promise<Answer>;
  headers: Record<string, string>;
}

function caller(headers: Record<string, string>): Caller {
  return {
    headers,
    get: (path) => call('GET', path, { headers }),
    post: (path, body = {}, more = {}) => call('POST', path, { body, headers: { ...headers, ...more } }),
    patch: (path, body, more = {}) => call('PATCH', path, { body, headers: { ...headers, ...more } }),
    remove: (path, more = {}) => call('DELETE', path, { headers: { ...headers, ...more } }),
  };
}

async function signIn(credentials: { email: string; password: string }, tenantId?: string): Promise<Caller> {
  const answer = await call('POST', '/api/v1/session', { body: credentials, headers: { 'x-forwarded-for': freshAddress() } });
  expect(answer.status).toBe(200);
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
  return caller({ cookie, 'x-requested-with': 'XMLHttpRequest', ...(tenantId === undefined ? {} : { 'x-tenant-id': tenantId }) });
}

const withKey = (key: unknown): Caller => caller({ authorization: `Bearer ${String(key)}` });

async function newUser(by: Caller, role: string): Promise<Caller> {
  const credentials = { email: `${newId()}@example.com`, password: 'a password of its own' };
  expect((await by.post('/api/v1/users', { ...credentials, name: role, role })).status).toBe(201);
  return signIn(credentials);
}

/** A tenant of its own, with an administrator who belongs nowhere else. */
async function newTenant(): Promise<{ id: string; admin: Caller }> {
  const operator = await signIn(OPERATOR);
  const { body } = await operator.post('/api/v1/tenants', { name: `Tenant ${newId()}` });
  const id = String(body.id);
  return { id, admin: await newUser(caller({ ...operator.headers, 'x-tenant-id': id }), 'admin') };
}

async function newKey(by: Caller, fields: Body = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await by.post('/api/v1/api-keys', { name: 'ci', scopes: ['*'], ...fields });
  expect(status).toBe(201);
  return { id: String(body.id), key: String(body.key) };
}

describe('signing in', () => {
  it('replicas that start together make one first tenant, whose administrator operates the platform', async () => {
    expect(await db.query('select name, enabled from tenants')).toEqual(expect.arrayContaining([{ name: 'First', enabled: true }]));
    expect(await db.query(`select count(*)::int as n from tenants where name = 'First'`)).toEqual([{ n: 1 }]);
    const session = await (await signIn(OPERATOR)).get('/api/v1/session');
    expect(session.body).toMatchObject({
      user: { email: OPERATOR.email, platformOperator: true }, role: 'admin',
      tenants: expect.arrayContaining([expect.objectContaining({ name: 'First', role: 'admin' })]),
    });
  });

  it('sets a cookie that no script reads and no other site sends, and keeps only its hash', async () => {
    const { headers, body } = await call('POST', '/api/v1/session', {
      body: { ...OPERATOR, email: OPERATOR.email.toUpperCase() }, headers: { 'x-forwarded-for': freshAddress() },
    });
    const [cookie] = headers.getSetCookie();
    expect(cookie).toMatch(/^signalbox_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect(body).toMatchObject({ tenantId: expect.any(String), role: 'admin' });
    const token = cookie!.split(';')[0]!.split('=')[1]!;
    expect(await db.query('select 1 from sessions where token_hash = $1', [hashKey(token)])).toHaveLength(1);
    expect(JSON.stringify(await db.query('select * from sessions'))).not.toContain(token);
  });

  it('answers a wrong password and an unknown account alike, and the hash is argon2id', async () => {
    const wrong = await call('POST', '/api/v1/session', { body: { ...OPERATOR, password: 'wrong' }, headers: { 'x-forwarded-for': freshAddress() } });
    const unknown = await call('POST', '/api/v1/session', {
      body: { email: 'nobody@example.com', password: 'wrong' }, headers: { 'x-forwarded-for': freshAddress() },
    });
    expect(wrong).toMatchObject({ status: 401, body: { type: 'urn:signalbox:problem:unauthorized' } });
    expect(unknown.body).toEqual(wrong.body);
    expect((await db.query<{ password_hash: string }>('select password_hash from credentials'))
      .every(({ password_hash }) => password_hash.startsWith('$argon2id$'))).toBe(true);
  });

  it('is throttled for one account from one address on all replicas together, and nobody else is locked out', async () => {
    const { admin } = await newTenant();
    const credentials = { email: `${newId()}@example.com`, password: 'the right password' };
    await admin.post('/api/v1/users', { ...credentials, name: 'Ada', role: 'viewer' });
    const headers = { 'x-forwarded-for': freshAddress() };
    const guesses = await Promise.all(Array.from({ length: 8 }, (_, index) => call('POST', '/api/v1/session', {
      body: { ...credentials, password: `guess ${index}` }, headers, at: running[index % 2]!,
    })));
    expect(guesses.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const refused = await call('POST', '/api/v1/session', { body: credentials, headers });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800);
    await signIn(credentials); // from another address
  });

  it('a session ends when its user signs out, and with the time', async () => {
    const session = await signIn(OPERATOR);
    expect((await session.get('/api/v1/session')).status).toBe(200);
    const out = await session.remove('/api/v1/session');
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^signalbox_session=; Path=\/; Max-Age=0/);
    expect((await session.get('/api/v1/session')).status).toBe(401);
    const old = await signIn(OPERATOR);
    await db.query(`update sessions set seen_at = now() - interval '8 days' where token_hash = $1`, [hashKey(old.headers.cookie!.split('=')[1]!)]);
    expect((await old.get('/api/v1/session')).status).toBe(401);
  });

  it('who knows their password changes it, which ends their other sessions', async () => {
    const { admin } = await newTenant();
    const credentials = { email: `${newId()}@example.com`, password: 'the old password' };
    await admin.post('/api/v1/users', { ...credentials, name: 'Ada', role: 'viewer' });
    const [here, elsewhere] = [await signIn(credentials), await signIn(credentials)];
    const change = (currentPassword: string) => call('PUT', '/api/v1/session/password', {
      body: { currentPassword, newPassword: 'the new password' }, headers: here.headers,
    });
    expect((await change('a guess')).body).toMatchObject({ status: 400, errors: [{ path: 'currentPassword' }] });
    expect((await elsewhere.get('/api/v1/session')).status).toBe(200);
    expect((await change(credentials.password)).status).toBe(204);
    expect([(await here.get('/api/v1/session')).status, (await elsewhere.get('/api/v1/session')).status]).toEqual([200, 401]);
    await signIn({ ...credentials, password: 'the new password' });
    expect((await call('POST', '/api/v1/session', { body: credentials, headers: { 'x-forwarded-for': freshAddress() } })).status).toBe(401);
  });

  it('a change in a session needs X-Requested-With, here and for paths that are passed on', async () => {
    const { cookie } = (await signIn(OPERATOR)).headers;
    const forged = caller({ cookie: cookie! });
    expect(await forged.post('/api/v1/api-keys', { name: 'x', scopes: ['*'] })).toMatchObject({ status: 403, body: { type: 'urn:signalbox:problem:csrf' } });
    expect(await forged.post('/api/v1/services', { name: 'x' })).toMatchObject({ status: 403, body: { type: 'urn:signalbox:problem:csrf' } });
    expect((await forged.get('/api/v1/session')).status).toBe(200);
  });
});

describe('API keys', () => {
  it('a key is shown once, works at once, and is dead at once on every replica and in the directory when it is revoked', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { id, key } = await newKey(admin, { scopes: ['users:read'], role: 'viewer' });
    expect(key).toMatch(/^sk_live_[0-9A-Za-z]{40}$/);
    expect(JSON.stringify((await admin.get('/api/v1/api-keys')).body)).not.toContain(key);
    expect((await withKey(key).get('/api/v1/users')).status).toBe(200);
    const directory = new ReadModel(bus, 'api-keys');
    directory.start();
    await eventually(() => directory.get(hashKey(key)), { describe: 'the key in the directory' });
    expect(directory.get(hashKey(key))).toEqual({ id, tenantId, name: 'ci', role: 'viewer', scopes: ['users:read'], expiresAt: null });
    expect((await admin.get(`/api/v1/api-keys/${id}`)).body).toMatchObject({ lastUsedAt: expect.any(String), prefix: key.slice(0, 12) });

    expect((await admin.remove(`/api/v1/api-keys/${id}`)).status).toBe(204);
    for (const at of running) expect((await call('GET', '/api/v1/users', { headers: { authorization: `Bearer ${key}` }, at })).status).toBe(401);
    await eventually(() => directory.get(hashKey(key)) === undefined, { describe: 'the key gone from the directory' });
    directory.stop();
    expect((await admin.get(`/api/v1/api-keys/${id}`)).status).toBe(404);
    expect(await bus.ask<DirectoryEntry<'api-keys'>>(questions.directory('api-keys'), { key: hashKey(key) })).toMatchObject({ version: 2, value: null });
    expect(await bus.ask(questions.directory('api-keys'), { key: hashKey('sk_live_unknown') })).toBeNull();
  });

  it('scopes narrow it, and nobody hands on more than they have', async () => {
    const { admin } = await newTenant();
    const maker = withKey((await newKey(admin, { scopes: ['api-keys:write', 'users:read'] })).key);
    expect((await maker.get('/api/v1/api-keys')).status).toBe(403);
    expect((await maker.post('/api/v1/api-keys', { name: 'x', scopes: ['*'] })).status).toBe(403);
    expect((await maker.post('/api/v1/api-keys', { name: 'x', scopes: ['users:read'] })).status).toBe(201);
    expect((await maker.post('/api/v1/api-keys', { name: 'x', scopes: ['everything', 'users:read'] })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'scopes[0]' }] });
    expect((await maker.post('/api/v1/api-keys', { name: 'x', scopes: ['users:read'], expiresAt: '2020-01-01T00:00:00Z' })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'expiresAt' }] });
  });

  it('an expired key and one of a disabled tenant do not work; enabling the tenant brings its keys back', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { key } = await newKey(admin);
    const expired = await newKey(admin, { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    await db.query(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [expired.id]);
    expect((await withKey(expired.key).get('/api/v1/users')).status).toBe(401);
    const operator = await signIn(OPERATOR);
    const entry = () => bus.ask<DirectoryEntry<'api-keys'>>(questions.directory('api-keys'), { key: hashKey(key) });
    expect((await operator.patch(`/api/v1/tenants/${tenantId}`, { enabled: false })).body).toMatchObject({ enabled: false, version: 2 });
    expect((await withKey(key).get('/api/v1/users')).status).toBe(401);
    expect((await admin.get('/api/v1/users')).status).toBe(401);
    expect(await entry()).toMatchObject({ version: 2, value: null });
    await operator.patch(`/api/v1/tenants/${tenantId}`, { enabled: true });
    expect((await withKey(key).get('/api/v1/users')).status).toBe(200);
    expect(await entry()).toMatchObject({ version: 3, value: { tenantId } });
  });

  it('the same Idempotency-Key gives the same key again, and its text is not readable in the database', async () => {
    const { admin } = await newTenant();
    const headers = { 'idempotency-key': newId() };
    const [first, again] = [
      await admin.post('/api/v1/api-keys', { name: 'once', scopes: ['*'] }, headers),
      await admin.post('/api/v1/api-keys', { name: 'once', scopes: ['*'] }, headers),
    ];
    expect(again.body).toEqual(first.body);
    expect((await admin.post('/api/v1/api-keys', { name: 'other', scopes: ['*'] }, headers)).status).toBe(409);
    for (const table of ['api_keys', 'idempotency_keys', 'audit_log']) {
      expect(JSON.stringify(await db.query(`select * from ${table}`))).not.toContain(first.body.key);
    }
  });

  it('a full reconciliation at start pushes what the directory has lost', async () => {
    const { admin } = await newTenant();
    const { key } = await newKey(admin);
    const bucket = await (await bus.ready()).jetstream().views.kv('directory', { bindOnly: true });
    const name = `api-keys.${hashKey(key)}`;
    await eventually(async () => (await bucket.get(name)) !== null, { describe: 'the push' });
    await (await bus.manager()).streams.purge('KV_directory', { filter: subjects.directory('api-keys', hashKey(key)) });
    expect(await bucket.get(name)).toBeNull();
    const another = await startService(service, env);
    try {
      await eventually(async () => (await bucket.get(name))?.operation === 'PUT', { withinMs: 15_000, describe: 'the key in the directory again' });
    } finally {
      await another.stop();
    }
  });
});

describe('roles and tenants', () => {
  it('each role may what is declared, and no more', async () => {
    const { admin } = await newTenant();
    const [viewer, editor] = [await newUser(admin, 'viewer'), await newUser(admin, 'editor')];
    const operator = await signIn(OPERATOR);
    const operations: [string, string, Body | undefined, number[]][] = [
      // operation                                                   no one, viewer, editor, admin, platform operator
      ['GET', '/api/v1/session', undefined, [401, 200, 200, 200, 200]],
      ['GET', '/api/v1/users', undefined, [401, 200, 200, 200, 200]],
      ['POST', '/api/v1/users', {}, [401, 403, 403, 400, 400]],
      ['PATCH', `/api/v1/users/${newId()}`, { role: 'viewer' }, [401, 403, 403, 404, 404]],
      ['DELETE', `/api/v1/users/${newId()}`, undefined, [401, 403, 403, 404, 404]],
      ['PUT', '/api/v1/session/time-zone', {}, [401, 400, 400, 400, 400]],
      ['GET', '/api/v1/teams', undefined, [401, 200, 200, 200, 200]],
      ['POST', '/api/v1/teams', {}, [401, 403, 400, 400, 400]],
      ['PATCH', `/api/v1/teams/${newId()}`, {}, [401, 403, 404, 404, 404]],
      ['DELETE', `/api/v1/teams/${newId()}`, undefined, [401, 403, 404, 404, 404]],
      ['GET', '/api/v1/api-keys', undefined, [401, 403, 403, 200, 200]],
      ['POST', '/api/v1/api-keys', {}, [401, 403, 403, 400, 400]],
      ['DELETE', `/api/v1/api-keys/${newId()}`, undefined, [401, 403, 403, 404, 404]],
      ['GET', '/api/v1/audit-log', undefined, [401, 403, 403, 200, 200]],
      ['GET', '/api/v1/tenants', undefined, [401, 403, 403, 403, 200]],
      ['POST', '/api/v1/tenants', {}, [401, 403, 403, 403, 400]],
      ['PATCH', `/api/v1/tenants/${newId()}`, {}, [401, 403, 403, 403, 404]],
      ['GET', `/api/v1/incidents`, undefined, [401, 200, 200, 200, 200]],
    ];
    for (const [method, path, body, expected] of operations) {
      const statuses = await Promise.all([{}, viewer.headers, editor.headers, admin.headers, operator.headers]
        .map(async (headers) => (await call(method, path, { ...(body === undefined ? {} : { body }), headers })).status));
      expect([method, path, ...statuses]).toEqual([method, path, ...expected]);
    }
  });

  it('what belongs to another tenant is not there, and no tenant is taken on trust', async () => {
    const [mine, theirs] = [await newTenant(), await newTenant()];
    const { id } = await newKey(theirs.admin);
    const theirUser = (await theirs.admin.get('/api/v1/session')).body.user as { id: string };
    expect((await mine.admin.get(`/api/v1/api-keys/${id}`)).status).toBe(404);
    expect((await mine.admin.remove(`/api/v1/api-keys/${id}`)).status).toBe(404);
    expect((await mine.admin.get(`/api/v1/users/${theirUser.id}`)).status).toBe(404);
    expect((await mine.admin.patch(`/api/v1/users/${theirUser.id}`, { role: 'viewer' })).status).toBe(404);
    expect((await mine.admin.remove(`/api/v1/users/${theirUser.id}`)).status).toBe(404);
    const { key } = await newKey(mine.admin);
    for (const headers of [mine.admin.headers, withKey(key).headers]) {
      expect((await call('GET', '/api/v1/users', { headers: { ...headers, 'x-tenant-id': theirs.id } })).status).toBe(404);
      expect((await call('GET', '/api/v1/incidents', { headers: { ...headers, 'x-tenant-id': theirs.id } })).status).toBe(404);
      expect((await call('GET', '/api/v1/users', { headers: { ...headers, 'x-tenant-id': mine.id } })).status).toBe(200);
    }
  });

  it('a role counts from the next request on, under If-Match, and the last administrator stays', async () => {
    const { admin } = await newTenant();
    const me = String(((await admin.get('/api/v1/session')).body.user as { id: string }).id);
    const operatorId = String(((await (await signIn(OPERATOR)).get('/api/v1/session')).body.user as { id: string }).id);
    expect((await admin.remove(`/api/v1/users/${operatorId}`)).status).toBe(204); // who made the tenant was the other administrator
    expect(await admin.patch(`/api/v1/users/${me}`, { role: 'viewer' })).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:last-admin' } });
    expect((await admin.remove(`/api/v1/users/${me}`)).status).toBe(409);
    const other = await newUser(admin, 'viewer');
    const otherId = String(((await other.get('/api/v1/session')).body.user as { id: string }).id);
    const read = await admin.get(`/api/v1/users/${otherId}`);
    expect(read.headers.get('etag')).toBe('"1"');
    expect((await admin.patch(`/api/v1/users/${otherId}`, { role: 'admin' }, { 'if-match': '"7"' })).status).toBe(412);
    expect((await admin.patch(`/api/v1/users/${otherId}`, { role: 'admin' }, { 'if-match': '"1"' })).body).toMatchObject({ role: 'admin', version: 2 });
    expect((await other.get('/api/v1/api-keys')).status).toBe(200);
    // Two administrators who take each other out at once: one of them stays.
    const both = await Promise.all([admin.remove(`/api/v1/users/${otherId}`), other.remove(`/api/v1/users/${me}`)]);
    expect(both.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('an account of elsewhere joins by a platform operator only, and keeps its password', async () => {
    const [mine, theirs] = [await newTenant(), await newTenant()];
    const account = { email: `${newId()}@example.com`, password: 'chosen by their own admin' };
    await theirs.admin.post('/api/v1/users', { ...account, name: 'Grace', role: 'viewer' });
    const again = { ...account, password: 'chosen by somebody else', name: 'Not Grace', role: 'editor' };
    expect(await mine.admin.post('/api/v1/users', again)).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:account-elsewhere' } });
    const operator = await signIn(OPERATOR, mine.id);
    expect(await operator.post('/api/v1/users', again)).toMatchObject({ status: 201, body: { name: 'Grace', role: 'editor' } });
    expect((await operator.post('/api/v1/users', again)).status).toBe(409);
    const grace = await signIn(account);
    const { body } = await grace.get('/api/v1/session');
    expect(body).toMatchObject({ tenantId: theirs.id, role: 'viewer', tenants: [{ id: theirs.id, role: 'viewer' }, { id: mine.id, role: 'editor' }] });
    expect((await call('GET', '/api/v1/session', { headers: { ...grace.headers, 'x-tenant-id': mine.id } })).body)
      .toMatchObject({ tenantId: mine.id, role: 'editor' });
  });

  it('lists go on at their cursor, and unknown parameters are refused', async () => {
    const { admin } = await newTenant();
    for (const name of ['a', 'b', 'c']) await newKey(admin, { name });
    const first = (await admin.get('/api/v1/api-keys?limit=2')).body as { data: { name: string }[]; nextCursor: string };
    const second = (await admin.get(`/api/v1/api-keys?limit=2&cursor=${first.nextCursor}`)).body as { data: { name: string }[]; nextCursor: string | null };
    expect([...first.data, ...second.data].map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeNull();
    expect((await admin.get('/api/v1/users?colour=red')).body).toMatchObject({ status: 400, errors: [{ path: 'colour' }] });
  });
});

describe('the audit log', () => {
  it('holds who changed what, from where, and no secret; filters narrow it', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { id, key } = await newKey(admin, { name: 'audited' });
    await admin.remove(`/api/v1/api-keys/${id}`, { 'x-request-id': 'request-of-mine', 'x-forwarded-for': '203.0.113.77' });
    const me = (await admin.get('/api/v1/session')).body.user as { id: string; name: string };
    const entries = await eventually(async () => {
      const { data } = (await admin.get(`/api/v1/audit-log?resource=api-keys&resourceId=${id}&actor=${me.id}`)).body as { data: Body[] };
      return data.length === 2 && data;
    }, { describe: 'both entries' });
    expect(entries).toEqual([
      expect.objectContaining({
        action: 'delete', actor: { type: 'user', id: me.id, name: me.name },
        before: expect.objectContaining({ name: 'audited' }), after: null, ip: '203.0.113.77', requestId: 'request-of-mine',
      }),
      expect.objectContaining({ action: 'create', before: null, after: expect.objectContaining({ name: 'audited' }) }),
    ]);
    expect(JSON.stringify(entries)).not.toContain(key);
    expect((await admin.get(`/api/v1/audit-log?action=delete&since=${new Date(Date.now() + 60_000).toISOString()}`)).body.data).toEqual([]);
    const other = await newTenant();
    expect((await other.admin.get(`/api/v1/audit-log?resourceId=${id}`)).body.data).toEqual([]);
    const all = (await admin.get('/api/v1/audit-log?limit=200')).body.data as Body[];
    expect(all.map(({ resource, action }) => `${String(resource)} ${String(action)}`)).toEqual(expect.arrayContaining([
      'tenants create', 'users create', 'session sign-in', 'api-keys create',
    ]));
    expect(await db.query('select distinct tenant_id from audit_log where resource_id = $1', [id])).toEqual([{ tenant_id: tenantId }]);
  });

  it('keeps the entries of other services, once, and even one that cannot be read', async () => {
    const { admin, id: tenantId } = await newTenant();
    const entry = { ...AUDIT.example, id: newId(), tenantId, at: new Date().toISOString() };
    await bus.ready();
    await bus.publish(subjects.audit(tenantId), AUDIT.encode(entry));
    await bus.publish(subjects.audit(tenantId), Buffer.from('{"type":"audit-entry","data":{"id":1}}'));
    await bus.publish(subjects.audit(tenantId), AUDIT.encode(entry));
    const marker = { ...entry, id: newId(), resourceId: 'marker' };
    await bus.publish(subjects.audit(tenantId), AUDIT.encode(marker));
    await eventually(
      async () => ((await admin.get('/api/v1/audit-log?resourceId=marker')).body.data as unknown[]).length === 1,
      { describe: 'the last entry' },
    );
    expect((await admin.get('/api/v1/audit-log?action=update')).body.data).toHaveLength(2);
    expect((await admin.get('/api/v1/audit-log?action=unreadable')).body.data).toEqual([
      expect.objectContaining({ resource: 'audit-log', after: expect.objectContaining({ base64: expect.any(String) }) }),
    ]);
  });

  it('the service itself cannot change or delete what is written', async () => {
    const own = new Database({ url: env.DATABASE_URL!, schema: 'admin' });
    await expect(own.query('delete from audit_log')).rejects.toThrow(/permission denied/);
    await expect(own.query(`update audit_log set action = 'nothing'`)).rejects.toThrow(/permission denied/);
    await own.close();
  });
});

describe('people', () => {
  const member = (tenantId: string, userId: unknown) =>
    bus.ask<DirectoryEntry<'members'>>(questions.directory('members'), { key: memberKey(tenantId, String(userId)) });
  const newMember = async (admin: Caller, fields: Body = {}): Promise<Body> => {
    const { status, body } = await admin.post('/api/v1/users', {
      email: `${newId()}@example.com`, name: 'Ada', password: 'a password of its own', role: 'viewer', ...fields,
    });
    expect(status).toBe(201);
    return body;
  };

  it('a time zone is an IANA name, UTC unless told, and an administrator sets it while the account is in one tenant only', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { id, email } = await newMember(admin);
    expect((await admin.get(`/api/v1/users/${String(id)}`)).body.timeZone).toBe('UTC');
    for (const timeZone of ['Mars/Olympus', '+01:00', '', 7]) {
      expect((await admin.patch(`/api/v1/users/${String(id)}`, { timeZone })).body)
        .toMatchObject({ status: 400, errors: expect.arrayContaining([expect.objectContaining({ path: 'timeZone' })]) });
    }
    expect((await admin.patch(`/api/v1/users/${String(id)}`, { timeZone: 'Europe/Berlin' })).body)
      .toMatchObject({ timeZone: 'Europe/Berlin', role: 'viewer', version: 2 });
    const operator = await signIn(OPERATOR);
    const other = await newTenant();
    await call('POST', '/api/v1/users', {
      body: { email, name: 'Ada', password: 'of no account at all', role: 'editor' },
      headers: { ...operator.headers, 'x-tenant-id': other.id },
    });
    expect((await other.admin.patch(`/api/v1/users/${String(id)}`, { timeZone: 'Asia/Tokyo' })).body)
      .toMatchObject({ status: 409, type: 'urn:signalbox:problem:account-shared' });
    expect((await admin.patch(`/api/v1/users/${String(id)}`, { timeZone: 'Europe/Berlin', role: 'editor' })).body)
      .toMatchObject({ role: 'editor', version: 3 });
    expect((await member(tenantId, id))!.value).toMatchObject({ timeZone: 'Europe/Berlin', role: 'editor' });
  });

  it('who chooses their own time zone does so in all of their tenants, and the directory tells of each', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { id, email } = await newMember(admin);
    const other = await newTenant();
    const operator = await signIn(OPERATOR);
    await call('POST', '/api/v1/users', {
      body: { email, name: 'Ada', password: 'of no account at all', role: 'editor' },
      headers: { ...operator.headers, 'x-tenant-id': other.id },
    });
    const own = await signIn({ email: String(email), password: 'a password of its own' });
    expect((await call('PUT', '/api/v1/session/time-zone', { body: { timeZone: 'Asia/Tokyo' }, headers: own.headers })).body)
      .toMatchObject({ id, timeZone: 'Asia/Tokyo', version: 2 });
    expect((await own.get('/api/v1/session')).body.user).toMatchObject({ timeZone: 'Asia/Tokyo' });
    const { key } = await newKey(admin);
    expect((await call('PUT', '/api/v1/session/time-zone', { body: { timeZone: 'UTC' }, headers: withKey(key).headers })).status).toBe(403);
    const directory = new ReadModel(bus, 'members');
    directory.start();
    await eventually(() => [tenantId, other.id].every((tenant) => directory.get(memberKey(tenant, String(id)))?.timeZone === 'Asia/Tokyo'), {
      describe: 'the time zone in the directory, for both tenants',
    });
    await directory.stop();
  });

  it('the directory knows who belongs to a tenant, marks who left, and takes back who comes again', async () => {
    const { admin, id: tenantId } = await newTenant();
    const elsewhere = await newTenant();
    const { id, email } = await newMember(elsewhere.admin, { timeZone: 'Europe/Paris' });
    const operator = caller({ ...(await signIn(OPERATOR)).headers, 'x-tenant-id': tenantId });
    const join = async () =>
      expect((await operator.post('/api/v1/users', { email, name: 'Ada', password: 'of no account at all', role: 'editor' })).status).toBe(201);
    const directory = new ReadModel(bus, 'members');
    directory.start();
    const key = memberKey(tenantId, String(id));
    await join();
    await eventually(() => directory.get(key), { describe: 'the member' });
    expect(directory.get(key)).toEqual({ tenantId, userId: id, name: 'Ada', email, timeZone: 'Europe/Paris', role: 'editor' });
    expect((await admin.remove(`/api/v1/users/${String(id)}`)).status).toBe(204);
    await eventually(() => directory.get(key) === undefined, { describe: 'the member gone' });
    expect(await member(tenantId, id)).toEqual({ kind: 'members', key, version: 2, value: null });
    await join();
    await eventually(() => directory.get(key), { describe: 'the member again' });
    expect(await member(tenantId, id)).toMatchObject({ version: 3, value: { role: 'editor' } });
    expect((await member(elsewhere.id, id))!.value).toMatchObject({ role: 'viewer' });
    expect(await member(tenantId, newId())).toBeNull();
    expect(await bus.ask(questions.directory('members'), { key: 'x' })).toBeNull();
    await directory.stop();
  });

  it('a team has members of the tenant in their order, and whoever leaves the tenant leaves its teams', async () => {
    const { admin, id: tenantId } = await newTenant();
    const [ada, eve, stranger] = [await newMember(admin), await newMember(admin), await newMember((await newTenant()).admin)];
    const directory = new ReadModel(bus, 'teams');
    directory.start();
    const made = await admin.post('/api/v1/teams', { name: 'Shop', members: [{ userId: String(eve.id).toUpperCase(), lead: true }, { userId: ada.id }] });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Shop', description: null, version: 1, members: [{ userId: eve.id, lead: true }, { userId: ada.id, lead: false }] },
    });
    expect(made.headers.get('etag')).toBe('"1"');
    const id = String(made.body.id);
    await eventually(() => directory.get(id), { describe: 'the team in the directory' });
    expect(directory.get(id)).toEqual({ id, tenantId, name: 'Shop', memberIds: [eve.id, ada.id] });
    expect((await admin.post('/api/v1/teams', { name: 'shop' })).status).toBe(409);
    expect((await admin.post('/api/v1/teams', { name: 'x', members: [{ userId: ada.id }, { userId: stranger.id }] })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'members[1].userId' }] });
    expect((await admin.post('/api/v1/teams', { name: 'x', members: [{ userId: ada.id }, { userId: ada.id }] })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'members' }] });
    expect((await admin.patch(`/api/v1/teams/${id}`, { name: 'Web' }, { 'if-match': '"7"' })).status).toBe(412);
    expect((await admin.patch(`/api/v1/teams/${id}`, { name: 'Web', description: 'all of it' })).body).toMatchObject({
      name: 'Web', description: 'all of it', version: 2, members: made.body.members,
    });

    expect((await admin.remove(`/api/v1/users/${String(eve.id)}`)).status).toBe(204);
    expect((await admin.get(`/api/v1/teams/${id}`)).body).toMatchObject({ version: 3, members: [{ userId: ada.id, lead: false }] });
    await eventually(() => directory.get(id)?.memberIds.length === 1, { describe: 'the directory knows that she left' });
    expect((await admin.patch(`/api/v1/teams/${id}`, { members: [{ userId: eve.id }] })).status).toBe(400);
    expect((await (await newTenant()).admin.get(`/api/v1/teams/${id}`)).status).toBe(404);

    expect((await admin.remove(`/api/v1/teams/${id}`)).status).toBe(204);
    await eventually(() => directory.get(id) === undefined, { describe: 'the team gone' });
    expect((await admin.get('/api/v1/teams')).body.data).toEqual([]);
    expect(await bus.ask(questions.directory('teams'), { key: id })).toBeNull();
    const actions = await eventually(async () => {
      const { data } = (await admin.get(`/api/v1/audit-log?resource=teams&resourceId=${id}`)).body as { data: Body[] };
      return data.length === 4 && data.map(({ action }) => action);
    }, { describe: 'the audit entries' });
    expect(actions).toEqual(['delete', 'update', 'update', 'create']);
    await directory.stop();
  });

  it('teams and members that lose and gain each other at once come one after the other', async () => {
    const { admin } = await newTenant();
    const people = await Promise.all(Array.from({ length: 4 }, () => newMember(admin)));
    const members = people.map(({ id }) => ({ userId: id }));
    const teams = await Promise.all(Array.from({ length: 3 }, async (_, index) =>
      (await admin.post('/api/v1/teams', { name: `team ${index}`, members })).body.id));
    const statuses = (await Promise.all([
      ...people.slice(0, 2).map(({ id }) => admin.remove(`/api/v1/users/${String(id)}`)),
      ...teams.map((id) => admin.patch(`/api/v1/teams/${String(id)}`, { members: members.toReversed() })),
    ])).map(({ status }) => status);
    expect(statuses.slice(0, 2)).toEqual([204, 204]);
    for (const status of statuses.slice(2)) expect([200, 400]).toContain(status);
    const left = people.slice(2).map(({ id }) => id).sort();
    for (const id of teams) {
      const { body } = await admin.get(`/api/v1/teams/${String(id)}`);
      expect((body.members as { userId: string }[]).map(({ userId }) => userId).sort()).toEqual(left);
    }
  });
});

describe('the front door', () => {
  it('passes a request on with the signed identity of the caller, and the answer back as it is', async () => {
    const { admin, id: tenantId } = await newTenant();
    const { key, id } = await newKey(admin, { scopes: ['services:write'], role: 'editor' });
    upstreams.incidents.answerNext({ status: 201, headers: { etag: '"1"', 'content-type': 'application/json', 'set-cookie': 'x=y' }, body: '{"id":"s"}' });
    const path = '/api/v1/services?a=1&b=%20';
    const answer = await withKey(key).post(path, { name: 'Shop' }, {
      'idempotency-key': 'once', 'if-match': '"0"', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'abc', 'x-signalbox-identity': 'forged', cookie: 'signalbox_session=x',
    });
    expect(answer).toMatchObject({ status: 201, body: { id: 's' } });
    expect([answer.headers.get('etag'), answer.headers.get('set-cookie'), answer.headers.get('x-request-id')]).toEqual(['"1"', null, 'abc']);
    const [got] = await upstreams.incidents.received(1, { matching: ({ url }) => url === path });
    expect(got).toMatchObject({ method: 'POST', text: '{"name":"Shop"}', headers: {
      'idempotency-key': 'once', 'if-match': '"0"', 'x-request-id': 'abc',
      traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
    } });
    expect([got!.headers.authorization, got!.headers.cookie]).toEqual([undefined, undefined]);
    const token = String(got!.headers['x-signalbox-identity']);
    expect(await verifier.verify(token, 'incidents')).toMatchObject({
      tenantId, subject: { type: 'api_key', id, name: 'ci' },
      role: 'editor', scopes: ['services:write'], requestId: 'abc',
    });
    await expect(verifier.verify(token, 'ops')).rejects.toMatchObject({ reason: 'wrong_audience' });
  });

  it.each([
    ['ingest', '/api/v1/services/x/integrations'], ['notifications', '/api/v1/channel-types'],
    ['delivery', '/api/v1/customer/message-routes'], ['ops', '/api/v1/bus/streams'],
  ] as const)(
    '%s gets %s', async (name, path) => {
      const session = await signIn(OPERATOR);
      expect((await session.get(path)).status).toBe(200);
      const [got] = await upstreams[name].received(1, { matching: ({ url }) => url === path });
      expect(await verifier.verify(String(got!.headers['x-signalbox-identity']), name))
        .toMatchObject({ subject: { type: 'user' }, platform: true, role: 'admin' });
    });

  it('nobody gets through without a credential, nor with one that does not hold', async () => {
    const before = upstreams.incidents.requests.length;
    const bad: Record<string, string>[] = [
      {},
      { authorization: 'Bearer sk_live_0000000000000000000000000000000000000000' },
      { authorization: 'Basic eDp5' },
      { cookie: `signalbox_session=${'x'.repeat(43)}` },
    ];
    for (const headers of bad) {
      const answer = await call('GET', '/api/v1/incidents', { headers });
      expect(answer).toMatchObject({ status: 401, body: { status: 401, instance: '/api/v1/incidents' } });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    expect(upstreams.incidents.requests).toHaveLength(before);
  });

  it('streams: events flow while the answer is open, longer than a silent service may take, and stop when the client leaves', async () => {
    const session = await signIn(OPERATOR);
    await withService('incidents', async (at, upstream) => {
      const left = new Promise<void>((resolve) => {
        upstream.on('request', (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
          setTimeout(() => response.write('data: 2\n\n'), 600);
          response.on('close', resolve);
        });
      });
      const client = httpRequest(`${urlOf(at)}/api/v1/incidents/stream`, { headers: session.headers }).on('error', () => undefined);
      const events: string[] = [];
      client.on('response', (response) => void response.on('error', () => undefined).on('data', (chunk) => events.push(String(chunk)))).end();
      await eventually(() => events.length === 1, { describe: 'the first event, while the answer is open' });
      await eventually(() => events.length === 2, { describe: 'the second event' });
      expect(events).toEqual(['data: 1\n\n', 'data: 2\n\n']);
      client.destroy();
      await left;
    });
  });

  it('streams a body of unknown length, and an answer that breaks off does not look whole', async () => {
    const session = await signIn(OPERATOR);
    await withService('incidents', async (at, upstream) => {
      upstream.on('request', (request, response) => {
        let bytes = 0;
        request.on('data', (chunk: Buffer) => { bytes += chunk.length; });
        request.on('end', () => {
          if (request.method === 'POST') return void response.end(`${request.headers['transfer-encoding']} ${bytes}`);
          response.writeHead(200, { 'content-length': '1000' }).write('half');
          setTimeout(() => response.destroy(), 20);
        });
      });
      const sent = httpRequest(`${urlOf(at)}/api/v1/services`, { method: 'POST', headers: session.headers });
      const got = new Promise<string>((resolve, reject) => {
        sent.on('error', reject).on('response', (response) => {
          let text = '';
          response.on('data', (chunk) => { text += String(chunk); }).on('end', () => resolve(text));
        });
      });
      for (let i = 0; i < 64; i += 1) sent.write(Buffer.alloc(65_536));
      sent.end();
      expect(await got).toBe(`chunked ${64 * 65_536}`);
      await expect(fetch(`${urlOf(at)}/api/v1/services`, { headers: session.headers }).then((response) => response.text())).rejects.toThrow();
    });
  });

  it('a service that is away is a 503 with Retry-After, one that keeps silent a 504; it comes back without help', async () => {
    const session = await signIn(OPERATOR);
    const { port } = upstreams.delivery;
    await session.get('/api/v1/destination-types');
    await upstreams.delivery.stop();
    const away = await session.get('/api/v1/destination-types');
    expect(away).toMatchObject({ status: 503, body: { status: 503, detail: expect.stringContaining('delivery') } });
    expect(away.headers.get('retry-after')).toBe('2');
    upstreams.delivery = await startReceiver({ port });
    expect((await session.get('/api/v1/destination-types')).status).toBe(200);
    upstreams.delivery.answerNext('hang', 'reset');
    expect((await session.get('/api/v1/destination-types')).status).toBe(504);
    expect((await session.post('/api/v1/customer/message-routes', {})).status).toBe(503); // never sent twice
    expect((await session.get('/api/v1/destination-types')).status).toBe(200);
    expect(upstreams.delivery.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  /** A further admin in front of a service that a test answers for. */
  async function withService(name: PassedTo, test: (at: RunningService, upstream: HttpServer) => Promise<void>): Promise<void> {
    const upstream = createServer();
    await new Promise<void>((resolve) => { upstream.listen(0, '127.0.0.1', resolve); });
    const at = await startService(service, { ...env, [`${name.toUpperCase()}_URL`]: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
    try {
      await test(at, upstream);
    } finally {
      upstream.closeAllConnections();
      await at.stop();
      upstream.close();
    }
  }
});

describe('questions and documents', () => {
  it('a trace is what all services know of it, in order, and says who did not answer', async () => {
    const { admin, id: tenantId } = await newTenant();
    const traceId = newId();
    const entry = (name: string, at: string): TraceEntry => ({ at, service: name, kind: 'k', id: newId(), summary: name });
    const connection = await bus.ready();
    const answers: Record<string, TraceEntry[]> = {
      ingest: [],
      incidents: [entry('incidents', '2026-11-21T09:00:01.000Z'), entry('incidents', '2026-11-21T09:00:03.000Z')],
      notifications: [entry('notifications', '2026-11-21T09:00:02.000Z')],
      delivery: [],
    };
    const asked: unknown[] = [];
    const subscriptions = Object.entries(answers).map(([name, entries]) => connection.subscribe(questions.trace(name), {
      callback: (_error, message) => { asked.push(JSON.parse(message.string())); message.respond(Buffer.from(JSON.stringify(entries))); },
    }));
    await connection.flush();
    const { status, body } = await admin.get(`/api/v1/trace/${traceId}`);
    subscriptions.forEach((subscription) => subscription.unsubscribe());
    expect({ status, body }).toMatchObject({ status: 200, body: { traceId, incomplete: ['ops'] } });
    expect((body.entries as TraceEntry[]).map(({ at }) => at.slice(17, 19))).toEqual(['01', '02', '03']);
    expect(asked).toEqual(Array.from({ length: 4 }, () => ({ tenantId, traceId })));
    expect((await admin.get('/api/v1/trace/not-an-id')).status).toBe(404);
  });

  it('tells another service whom a session cookie speaks for', async () => {
    const { admin, id: tenantId } = await newTenant();
    const cookieToken = admin.headers.cookie!.split('=')[1]!;
    expect(await bus.ask(questions.session, { cookieToken })).toMatchObject({ tenantId, role: 'admin', subject: { type: 'user' } });
    expect(await bus.ask(questions.session, { cookieToken, tenantId: newId() })).toBeNull();
    expect(await bus.ask(questions.session, { cookieToken: 'x' })).toBeNull();
    expect(await bus.ask<DirectoryEntry<'tenants'>>(questions.directory('tenants'), { key: tenantId }))
      .toMatchObject({ value: { id: tenantId, enabled: true } });
    expect(await bus.ask(questions.directory('tenants'), { key: 'x' })).toBeNull();
  });

  it('says at its root what it is, and that no API document was given', async () => {
    expect(await call('GET', '/')).toMatchObject({ status: 200, body: { text: expect.stringContaining('Signalbox') } });
    expect((await call('GET', '/api/openapi.json')).status).toBe(404);
    expect((await call('GET', '/api/v1/nothing')).status).toBe(404);
  });
});
