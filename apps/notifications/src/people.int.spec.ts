import { createIdentitySigner, newIdentityKeys, pemFromEnv, type Role } from '@signalbox/access';
import { memberKey, newId, questions, type DirectoryKind, type DirectoryQuestion } from '@signalbox/contracts';
import { Database, migrate } from '@signalbox/database';
import { Bus } from '@signalbox/messaging';
import { startService, type RunningService } from '@signalbox/runtime';
import { eventually, freshDatabase, startMailbox, startNats, type Mailbox, type Server } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { service } from './app.module.js';
import { schema } from './schema.js';

const keys = newIdentityKeys();
const signer = createIdentitySigner(pemFromEnv(keys.privateKey));
let nats: Server;
let db: Database;
let bus: Bus;
let running: RunningService;
let mailbox: Mailbox;
let tenantId: string;
/** What admin would answer, by kind and key. */
const directory = new Map<string, object>();

beforeAll(async () => {
  [nats, mailbox] = await Promise.all([startNats(), startMailbox()]);
  const { url } = await freshDatabase();
  await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
  db = new Database({ url, schema: 'notifications' });
  bus = new Bus({ servers: nats.url, name: 'test' });
  const connection = await bus.ready();
  for (const kind of ['members', 'teams'] as const) {
    connection.subscribe(questions.directory(kind), {
      callback: (_error, message) => {
        const { key } = JSON.parse(message.string()) as DirectoryQuestion;
        const value = directory.get(`${kind}/${key}`);
        message.respond(JSON.stringify(value === undefined ? null : { kind, key, version: 1, value }));
      },
    });
  }
  running = await startService(service, {
    SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: nats.url, DATABASE_URL: url, LOG_LEVEL: process.env.TEST_LOG ?? 'silent', OUTBOUND_ALLOW_PRIVATE: 'true',
    SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: keys.publicKey,
  });
  await eventually(async () => (await fetch(`http://127.0.0.1:${running.port}/readyz`)).status === 200, { withinMs: 15_000, describe: 'the service is ready' });
});

afterAll(async () => {
  await running.stop();
  await Promise.all([bus.close(), db.close(), mailbox.stop()]);
  await nats.stop();
});

beforeEach(() => {
  tenantId = newId();
  mailbox.mails.length = 0;
});

type Json = Record<string, never> & Record<string, unknown>;
interface Answer { status: number; headers: Headers; body: Json }
interface Asker { id: string; role: Role; type?: 'user' | 'api_key'; tenant?: string }

async function call(asker: Asker, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const identity = { tenantId: asker.tenant ?? tenantId, subject: { type: asker.type ?? 'user', id: asker.id, name: 'Ada' }, role: asker.role, scopes: ['*'] };
  const response = await fetch(`http://127.0.0.1:${running.port}${path}`, {
    method, headers: { 'content-type': 'application/json', 'x-signalbox-identity': await signer.sign(identity, 'notifications'), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Json };
}

const METHODS = '/api/v1/contact-methods';

function tell<K extends DirectoryKind>(kind: K, key: string, value: object): void {
  directory.set(`${kind}/${key}`, value);
}

/** Somebody of the tenant, as the directory knows them. */
function person(name: string, role: Role = 'viewer'): Asker {
  const id = newId();
  tell('members', memberKey(tenantId, id), { tenantId, userId: id, name, email: `${name}@example.com`, timeZone: 'UTC', role });
  return { id, role };
}

async function emailChannel(fields: object = {}): Promise<string> {
  const config = { host: mailbox.host, port: mailbox.port, security: 'none', from: 'signalbox@example.com', to: ['everybody@example.com'], ...fields };
  const { status, body } = await call({ id: newId(), role: 'admin' }, 'POST', '/api/v1/customer/notification-channels', { kind: 'email', name: 'mail', config });
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}

function codeIn(text: string): string {
  return /Your code is (\d{6})/.exec(text)![1]!;
}

/** What comes after it in every code: never the right one, unless it was. */
function another(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}

/** Time goes by for the codes that were sent. */
async function later(minutes: number): Promise<void> {
  await db.query('update contact_codes_sent set sent_at = sent_at - make_interval(mins => $2) where tenant_id = $1', [tenantId, minutes]);
  await db.query('update contact_methods set code_expires_at = code_expires_at - make_interval(mins => $2) where tenant_id = $1', [tenantId, minutes]);
}

async function method(of: Asker, address: string): Promise<string> {
  const made = await call(of, 'POST', METHODS, { kind: 'email', address });
  expect(made).toMatchObject({ status: 201, body: { codeSent: true } });
  return String(made.body.id);
}

async function verified(of: Asker, address: string): Promise<string> {
  const id = await method(of, address);
  const mail = await eventually(() => mailbox.mails.find(({ to }) => to.includes(address)), { describe: `a code for ${address}` });
  expect((await call(of, 'POST', `${METHODS}/${id}/verify`, { code: codeIn(mail.text) })).status).toBe(200);
  mailbox.mails.length = 0;
  return id;
}

describe('contact methods', () => {
  it('are proven by a code that is sent there alone, and readable in no row', async () => {
    await emailChannel();
    const ada = person('ada');
    const made = await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada@home.example', label: 'at home' });
    expect(made).toMatchObject({ status: 201, body: { userId: ada.id, kind: 'email', address: 'ada@home.example', label: 'at home', verified: false, position: 0, codeSent: true } });
    const [mail] = await mailbox.received(1);
    expect(mail).toMatchObject({ to: ['ada@home.example'], subject: 'Your code for Signalbox' });
    const code = codeIn(mail!.text);
    expect(JSON.stringify([made.body, await db.query('select * from contact_methods'), await db.query('select convert_from(body, \'utf8\') from outbox')])).not.toContain(code);
    const path = `${METHODS}/${String(made.body.id)}`;
    expect((await call(ada, 'POST', `${path}/verify`, { code: 'abc' })).body).toMatchObject({ status: 400, errors: [{ path: 'code' }] });
    expect((await call(ada, 'POST', `${path}/verify`, { code: another(code) })).body).toMatchObject({ status: 400, errors: [{ path: 'code' }] });
    expect((await call(ada, 'POST', `${path}/verify`, { code })).body).toMatchObject({ verified: true, version: 2 });
    expect((await call(ada, 'POST', `${path}/verify`, { code })).body).toMatchObject({ verified: true, version: 2 });
    expect((await call(ada, 'POST', `${path}/send-code`)).status).toBe(409);
  });

  it('a code holds for ten minutes and five tries, and another takes its place', async () => {
    await emailChannel();
    const ada = person('ada');
    const path = `${METHODS}/${await method(ada, 'ada@home.example')}`;
    const code = codeIn((await mailbox.received(1))[0]!.text);
    for (let tries = 0; tries < 5; tries += 1) expect((await call(ada, 'POST', `${path}/verify`, { code: another(code) })).status).toBe(400);
    expect(await call(ada, 'POST', `${path}/verify`, { code })).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:code-used-up' } });
    await later(2);
    expect((await call(ada, 'POST', `${path}/send-code`)).body).toMatchObject({ codeSent: true });
    const fresh = codeIn((await mailbox.received(2))[1]!.text);
    await later(11);
    expect(await call(ada, 'POST', `${path}/verify`, { code: fresh })).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:code-expired' } });
    expect((await call(ada, 'GET', path)).body.verified).toBe(false);
  });

  it('one code a minute and five an hour go to an address, also when it is deleted and made again', async () => {
    await emailChannel();
    const ada = person('ada');
    const id = await method(ada, 'ada@home.example');
    const soon = await call(ada, 'POST', `${METHODS}/${id}/send-code`);
    expect(soon.status).toBe(429);
    expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await call(ada, 'DELETE', `${METHODS}/${id}`)).status).toBe(204);
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ADA@home.example' })).status).toBe(429);
    expect((await call(ada, 'GET', METHODS)).body.data).toEqual([]);
    await later(2);
    const again = await method(ada, 'ada@home.example');
    for (let sent = 2; sent < 5; sent += 1) {
      await later(2);
      expect((await call(ada, 'POST', `${METHODS}/${again}/send-code`)).status).toBe(200);
    }
    await later(2);
    expect((await call(ada, 'POST', `${METHODS}/${again}/send-code`)).status).toBe(429);
    expect(mailbox.mails).toHaveLength(5);
  });

  it('no channel that could bring the code is a 409 that says what to do; a mail server that refuses is named', async () => {
    const ada = person('ada');
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada@home.example' })).body).toMatchObject({ status: 409, type: 'urn:signalbox:problem:no-channel', detail: expect.stringContaining('notification-channels') });
    await emailChannel();
    mailbox.refuseNext({ at: 'to', code: 550, message: 'no such mailbox' });
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada@home.example' })).body).toMatchObject({ codeSent: false, codeError: expect.stringContaining('no such mailbox'), verified: false });
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada' })).body).toMatchObject({ status: 400, errors: [{ path: 'address' }] });
    expect((await call(ada, 'POST', METHODS, { kind: 'pigeon', address: 'ada@home.example' })).body).toMatchObject({ status: 400, errors: [{ path: 'kind' }] });
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'Ada@home.example' })).status).toBe(409);
  });

  it('everybody has their own, administrators see to those of others, and nobody reaches into another tenant', async () => {
    await emailChannel();
    const [ada, eve, admin] = [person('ada'), person('eve', 'editor'), person('root', 'admin')];
    const id = await verified(ada, 'ada@home.example');
    const path = `${METHODS}/${id}`;
    const apiKey: Asker = { id: newId(), role: 'admin', type: 'api_key' };
    expect((await call(eve, 'GET', path)).status).toBe(404);
    expect((await call(eve, 'GET', `${METHODS}?userId=${ada.id}`)).status).toBe(403);
    expect((await call(eve, 'POST', METHODS, { kind: 'email', address: 'eve@home.example', userId: ada.id })).status).toBe(403);
    for (const [verb, at] of [['PATCH', ''], ['DELETE', ''], ['POST', '/send-code']] as const) expect((await call(eve, verb, path + at, verb === 'PATCH' ? {} : undefined)).status).toBe(404);
    expect((await call({ ...admin, tenant: newId() }, 'GET', path)).status).toBe(404);
    expect((await call(admin, 'GET', METHODS)).body.data).toEqual([]);
    for (const asker of [admin, apiKey]) expect((await call(asker, 'GET', `${METHODS}?userId=${ada.id}`)).body.data).toEqual([expect.objectContaining({ id })]);
    expect((await call(apiKey, 'GET', METHODS)).body.data).toHaveLength(1);
    expect((await call({ ...apiKey, role: 'viewer' }, 'GET', METHODS)).body.data).toEqual([]);
    expect((await call(apiKey, 'POST', METHODS, { kind: 'email', address: 'a@example.com' })).body).toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    expect((await call(admin, 'POST', METHODS, { kind: 'email', address: 'a@example.com', userId: newId() })).body).toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    expect((await call(admin, 'POST', METHODS, { kind: 'email', address: 'eve@home.example', userId: eve.id.toUpperCase() })).body).toMatchObject({ userId: eve.id });
    expect((await call(admin, 'PATCH', path, { label: 'home', position: 3 }, { 'if-match': '"2"' })).body).toMatchObject({ label: 'home', position: 3, version: 3 });
    expect((await call(admin, 'PATCH', path, { label: 'late' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await call(ada, 'PATCH', path, { label: null })).body).toMatchObject({ label: null, position: 3 });
  });
});
