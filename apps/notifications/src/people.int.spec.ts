import type { Role } from '@signalbox/access';
import {
  INCIDENTS, NOTICES, OUTCOMES, memberKey, newId, partitionOf, questions, subjects,
  type ChangeKind, type DirectoryKind, type DirectoryQuestion, type IncidentChange, type Notice, type OutcomeReport, type PageTarget, type Target,
} from '@signalbox/contracts';
import { Stage, eventually, startMailbox, type Mailbox } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';

let stage: Stage;
let mailbox: Mailbox;
let tenantId: string;
/** What admin would answer, by kind and key. */
const directory = new Map<string, object>();
/** What it is asked for while it keeps silent. */
const unanswered: string[] = [];
let silent = false;

beforeAll(async () => {
  mailbox = await startMailbox();
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_PRIVATE: 'true' });
  const connection = await stage.bus.ready();
  for (const kind of ['members', 'teams'] as const) {
    connection.subscribe(questions.directory(kind), {
      callback: (_error, message) => {
        const { key } = JSON.parse(message.string()) as DirectoryQuestion;
        if (silent) return void unanswered.push(`${kind}/${key}`);
        const value = directory.get(`${kind}/${key}`);
        message.respond(JSON.stringify(value === undefined ? null : { kind, key, version: 1, value }));
      },
    });
  }
  await stage.start();
});

afterAll(async () => {
  await stage.stop();
  await mailbox.stop();
});

beforeEach(() => {
  tenantId = newId();
  mailbox.mails.length = 0;
});

type Json = Record<string, never> & Record<string, unknown>;
interface Asker { id: string; role: Role; type?: 'user' | 'api_key'; tenant?: string }

const call = (asker: Asker, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => stage.call<Json>(method, path, {
  tenantId: asker.tenant ?? tenantId, subject: { type: asker.type ?? 'user', id: asker.id, name: 'Ada' }, role: asker.role, scopes: ['*'], body, headers,
});

const METHODS = '/api/v1/contact-methods';
const RULES = '/api/v1/customer/notification-routing-rules';
const CHANNELS = '/api/v1/customer/notification-channels';

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
  const { status, body } = await call({ id: newId(), role: 'admin' }, 'POST', CHANNELS, { kind: 'email', name: 'mail', config });
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
  await stage.db.query('update contact_codes_sent set sent_at = sent_at - make_interval(mins => $2) where tenant_id = $1', [tenantId, minutes]);
  await stage.db.query('update contact_methods set code_expires_at = code_expires_at - make_interval(mins => $2) where tenant_id = $1', [tenantId, minutes]);
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
    expect(made).toMatchObject({
      status: 201,
      body: { userId: ada.id, kind: 'email', address: 'ada@home.example', label: 'at home', verified: false, position: 0, codeSent: true },
    });
    const [mail] = await mailbox.received(1);
    expect(mail).toMatchObject({ to: ['ada@home.example'], subject: 'Your code for Signalbox' });
    const code = codeIn(mail!.text);
    const outbox = await stage.db.query('select convert_from(body, \'utf8\') from outbox');
    expect(JSON.stringify([made.body, await stage.db.query('select * from contact_methods'), outbox])).not.toContain(code);
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
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada@home.example' })).body).toMatchObject({
      status: 409, type: 'urn:signalbox:problem:no-channel', detail: expect.stringContaining('notification-channels'),
    });
    await emailChannel();
    mailbox.refuseNext({ at: 'to', code: 550, message: 'no such mailbox' });
    expect((await call(ada, 'POST', METHODS, { kind: 'email', address: 'ada@home.example' })).body)
      .toMatchObject({ codeSent: false, codeError: expect.stringContaining('no such mailbox'), verified: false });
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
    for (const [verb, at] of [['PATCH', ''], ['DELETE', ''], ['POST', '/send-code']] as const) {
      expect((await call(eve, verb, path + at, verb === 'PATCH' ? {} : undefined)).status).toBe(404);
    }
    expect((await call({ ...admin, tenant: newId() }, 'GET', path)).status).toBe(404);
    expect((await call(admin, 'GET', METHODS)).body.data).toEqual([]);
    for (const asker of [admin, apiKey]) expect((await call(asker, 'GET', `${METHODS}?userId=${ada.id}`)).body.data).toEqual([expect.objectContaining({ id })]);
    expect((await call(apiKey, 'GET', METHODS)).body.data).toHaveLength(1);
    expect((await call({ ...apiKey, role: 'viewer' }, 'GET', METHODS)).body.data).toEqual([]);
    expect((await call(apiKey, 'POST', METHODS, { kind: 'email', address: 'a@example.com' })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    expect((await call(admin, 'POST', METHODS, { kind: 'email', address: 'a@example.com', userId: newId() })).body)
      .toMatchObject({ status: 400, errors: [{ path: 'userId' }] });
    expect((await call(admin, 'POST', METHODS, { kind: 'email', address: 'eve@home.example', userId: eve.id.toUpperCase() })).body)
      .toMatchObject({ userId: eve.id });
    expect((await call(admin, 'PATCH', path, { label: 'home', position: 3 }, { 'if-match': '"2"' })).body)
      .toMatchObject({ label: 'home', position: 3, version: 3 });
    expect((await call(admin, 'PATCH', path, { label: 'late' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await call(ada, 'PATCH', path, { label: null })).body).toMatchObject({ label: null, position: 3 });
  });
});

function team(name: string, members: readonly Asker[]): string {
  const id = newId();
  tell('teams', id, { id, tenantId, name, memberIds: members.map((one) => one.id) });
  return id;
}

const ADMIN: Asker = { id: newId(), role: 'admin' };

async function rule(targets: { type: string; id: string }[], conditions: object = {}): Promise<void> {
  expect(await call(ADMIN, 'POST', RULES, { name: 'all', conditions, targets })).toMatchObject({ status: 201, body: { targets } });
}

async function raise(fields: Partial<Notice> = {}): Promise<Notice> {
  const notice = {
    ...NOTICES.example, id: newId(), tenantId, traceId: newId(), title: 'The certificate expires',
    fingerprint: `certificate/${newId()}`, ...fields,
  };
  await stage.bus.publish(subjects.notices(tenantId), NOTICES.encode(notice));
  return notice;
}

interface Shown {
  id: string;
  status: string;
  reason: string | null;
  detail: string | null;
  attempts: number;
  channel: { id: string; kind: string } | null;
  recipient: { type: string; id: string; name: string; addresses: string[] } | null;
}

/** Waits until the tenant has so many notifications, all of them final, and gives them by the name of whom they are for. */
function settled(count: number): Promise<Shown[]> {
  return eventually(async () => {
    const { data } = (await call(ADMIN, 'GET', '/api/v1/notifications')).body as unknown as { data: Shown[] };
    expect(data).toHaveLength(count);
    for (const { status } of data) expect(['sent', 'suppressed', 'dead_letter']).toContain(status);
    return data.toSorted((a, b) => ((a.recipient?.name ?? '') < (b.recipient?.name ?? '') ? -1 : 1));
  }, { withinMs: 12_000, describe: `${count} notifications that are final` });
}

describe('rules that name people', () => {
  it('reach a person at all their proven addresses and no other, in one message', async () => {
    const channelId = await emailChannel();
    const ada = person('ada');
    const second = await verified(ada, 'ada@work.example');
    await verified(ada, 'ada@home.example');
    await method(ada, 'ada@unproven.example');
    mailbox.mails.length = 0;
    await call(ada, 'PATCH', `${METHODS}/${second}`, { position: 9 });
    await rule([{ type: 'user', id: ada.id }]);
    await raise();
    const addresses = ['ada@home.example', 'ada@work.example'];
    const [shown] = await settled(1);
    expect(shown).toMatchObject({ status: 'sent', channel: { id: channelId, kind: 'email' }, recipient: { type: 'user', id: ada.id, name: 'ada', addresses } });
    expect(mailbox.mails).toEqual([expect.objectContaining({ to: addresses, subject: 'The certificate expires' })]);
    expect(mailbox.mails[0]!.text).toContain('Acknowledge: ');
  });

  it('an address that could not take it gets it by the next try, alone', async () => {
    const ada = person('ada');
    const config = { host: mailbox.host, port: mailbox.port, security: 'none', from: 'signalbox@example.com', to: ['everybody@example.com'] };
    const { body } = await call(ADMIN, 'POST', CHANNELS, { kind: 'email', name: 'mail', config, retryDelaysSeconds: [1] });
    expect(body).toMatchObject({ retryDelaysSeconds: [1] });
    await verified(ada, 'ada@home.example');
    await verified(ada, 'ada@work.example');
    await rule([{ type: 'user', id: ada.id }]);
    mailbox.refuseNext({ at: 'to', code: 450 });
    await raise();
    expect(await settled(1)).toMatchObject([{ status: 'sent', attempts: 2 }]);
    expect(mailbox.mails.map(({ to }) => to)).toEqual([['ada@work.example'], ['ada@home.example']]);
  });

  it('reach each member of a team, each person once, and say of whom they could not reach', async () => {
    await emailChannel();
    const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];
    await verified(ada, 'ada@home.example');
    await verified(bob, 'bob@home.example');
    const [shop, empty] = [team('shop', [bob, ada, eve]), team('night', [])];
    await rule([{ type: 'user', id: ada.id }, { type: 'team', id: shop }, { type: 'team', id: empty }]);
    const notice = await raise();
    const reached = await settled(4);
    expect(reached).toMatchObject([
      { status: 'sent', recipient: { name: 'ada', addresses: ['ada@home.example'] } },
      { status: 'sent', recipient: { name: 'bob', addresses: ['bob@home.example'] } },
      {
        status: 'suppressed', reason: 'no_contact_method', detail: 'eve has no verified contact method',
        channel: null, recipient: { type: 'user', id: eve.id, addresses: [] },
      },
      {
        status: 'suppressed', reason: 'no_contact_method', detail: 'the team night has no members',
        channel: null, recipient: { type: 'team', id: empty, name: 'night' },
      },
    ]);
    expect(mailbox.mails.map(({ to }) => to.join()).sort()).toEqual(['ada@home.example', 'bob@home.example']);
    expect((await call(ADMIN, 'GET', `/api/v1/notifications/${reached[2]!.id}`)).body).toMatchObject({ reason: 'no_contact_method' });

    // The same again is no news to any of them; to eve it was never told.
    await raise({ fingerprint: notice.fingerprint });
    const again = await settled(8);
    expect(again.map(({ status, reason }) => `${status} ${String(reason)}`).sort()).toEqual([
      'sent null', 'sent null', 'suppressed duplicate', 'suppressed duplicate', ...Array<string>(4).fill('suppressed no_contact_method'),
    ]);
    expect(mailbox.mails).toHaveLength(2);
  });

  it('what was told to one person was not told to another of the same channel', async () => {
    const channelId = await emailChannel();
    const [ada, bob] = [person('ada'), person('bob')];
    await verified(ada, 'ada@home.example');
    await verified(bob, 'bob@home.example');
    await rule([{ type: 'user', id: ada.id }]);
    const { fingerprint } = await raise();
    await settled(1);
    await rule([{ type: 'user', id: bob.id }, { type: 'channel', id: channelId }]);
    await raise({ fingerprint });
    expect((await settled(4)).map(({ status, reason, recipient }) => [recipient?.name, status, reason])).toEqual(expect.arrayContaining([
      ['ada', 'sent', null], ['ada', 'suppressed', 'duplicate'], ['bob', 'sent', null], [undefined, 'sent', null],
    ]));
    expect(mailbox.mails.map(({ to }) => to.join()).sort()).toEqual(['ada@home.example', 'bob@home.example', 'everybody@example.com']);
  });

  it('say that no channel is there to reach them; one that is broken makes dead letters, unless there is another', async () => {
    const channelId = await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    await rule([{ type: 'user', id: ada.id }]);
    await call(ADMIN, 'PATCH', `/api/v1/customer/notification-channels/${channelId}`, { enabled: false });
    await raise();
    expect(await settled(1)).toMatchObject([{ status: 'suppressed', reason: 'no_contact_method', detail: expect.stringContaining('no enabled channel') }]);
    await call(ADMIN, 'PATCH', `/api/v1/customer/notification-channels/${channelId}`, { enabled: true });
    mailbox.refuseNext({ at: 'from', code: 530, message: 'authentication required' });
    await raise();
    await settled(2); // the mail server wants a login now, and the channel is switched off
    await raise();
    expect((await settled(3)).filter(({ status }) => status === 'dead_letter')).toMatchObject([{ recipient: { id: ada.id } }, { recipient: { id: ada.id } }]);
    const another = await emailChannel();
    await raise();
    expect((await settled(4)).filter(({ status }) => status === 'sent')).toMatchObject([{ channel: { id: another } }]);
    await call(ADMIN, 'DELETE', `/api/v1/customer/notification-channels/${another}`);
    await raise();
    expect((await settled(5)).filter(({ status }) => status === 'dead_letter')).toHaveLength(3);
  });

  it('take targets of the tenant alone, and those that are gone reach nobody', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const targets = [{ type: 'user', id: ada.id }, { type: 'user', id: newId() }, { type: 'team', id: newId() }, { type: 'channel', id: ada.id }];
    expect((await call(ADMIN, 'POST', RULES, { name: 'x', targets })).body)
      .toMatchObject({ status: 400, errors: [1, 2, 3].map((index) => ({ path: `targets[${index}].id` })) });
    const foreign = team('theirs', []);
    tenantId = newId();
    expect((await call(ADMIN, 'POST', RULES, { name: 'x', targets: [{ type: 'team', id: foreign }] })).status).toBe(400);

    const eve = person('eve');
    const gone = team('gone', []);
    await rule([{ type: 'user', id: eve.id }, { type: 'team', id: gone }]);
    const bucket = await (await stage.bus.ready()).jetstream().views.kv('directory', { bindOnly: true });
    for (const [kind, key] of [['members', memberKey(tenantId, eve.id)], ['teams', gone]] as const) {
      await bucket.put(`${kind}.${key}`, JSON.stringify({ kind, key, version: 2, value: null }));
    }
    await eventually(async () => {
      await raise();
      const { data } = (await call(ADMIN, 'GET', '/api/v1/notifications?limit=200')).body as unknown as { data: Shown[] };
      const says = (text: string): boolean => data.some(({ detail }) => detail === text);
      return says('the team was deleted') && says('the user does not belong to the tenant any more');
    }, { describe: 'notifications that know of it' });
  });

  it('wait for whoever knows the people, and drop nothing meanwhile', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const unknown = team('unknown', [ada]);
    await rule([{ type: 'user', id: ada.id }]);
    // A rule of a replica that knew more than this one.
    await stage.db.query(
      `update notification_routing_rules set targets = $2, version = version + 1 where tenant_id = $1`,
      [tenantId, JSON.stringify([{ type: 'team', id: unknown }])],
    );
    const [row] = await stage.db.query<{ id: string; version: number }>('select id, version from notification_routing_rules where tenant_id = $1', [tenantId]);
    silent = true;
    const bucket = await (await stage.bus.ready()).jetstream().views.kv('directory', { bindOnly: true });
    const entry = { kind: 'routing-rules', key: row!.id, version: row!.version, value: { id: row!.id, tenantId } };
    await bucket.put(`routing-rules.${row!.id}`, JSON.stringify(entry));
    let raised = 0;
    await eventually(async () => {
      await raise();
      raised += 1;
      return unanswered.includes(`teams/${unknown}`);
    }, { withinMs: 10_000, everyMs: 100, describe: 'a question about the team' });
    silent = false;
    for (const shown of await settled(raised)) expect(shown).toMatchObject({ status: 'sent', recipient: { name: 'ada' } });
  });
});

const STATUS_AFTER: Readonly<Partial<Record<ChangeKind, string>>> = { acknowledged: 'ACKNOWLEDGED', resolved: 'RESOLVED', snoozed: 'SNOOZED' };

function change(id: string, kind: ChangeKind, version: number, fields: Partial<IncidentChange> = {}): IncidentChange {
  const example = INCIDENTS.example.changes[0]!;
  const incident = { ...example.incident, id, status: (STATUS_AFTER[kind] ?? 'OPEN') as 'OPEN' };
  return { ...example, id: newId(), traceId: newId(), change: kind, version, incident, ...fields };
}

function page(id: string, version: number, targets: readonly PageTarget[], step: number | null = 1): IncidentChange {
  return change(id, 'escalated', version, { page: { targets: [...targets], step, round: step === null ? null : 2 }, data: { policy: 'Shop' } });
}

/** In one message: a batch that is taken in together. */
async function publish(...changes: IncidentChange[]): Promise<void> {
  await stage.bus.publish(subjects.incidents(tenantId, partitionOf(changes[0]!.incident.id)), INCIDENTS.encode({ tenantId, changes }));
}

interface ShownPage extends Shown { page: { step: number | null; round: number | null } | null }

const pages = async (): Promise<ShownPage[]> => (await call(ADMIN, 'GET', '/api/v1/notifications')).body.data as unknown as ShownPage[];
const becomes = (status: string, reason: string | null = null) => eventually(async () => {
  const all = await pages();
  return all.length > 0 && all.every((one) => one.status === status && one.reason === reason);
}, { withinMs: 8_000, describe: `${status}: ${String(reason)}` });

describe('a notice that names people', () => {
  it('reaches them, and of rules only those that name its event type', async () => {
    const channelId = await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const eve = person('eve');
    await verified(eve, 'eve@home.example');
    await rule([{ type: 'user', id: eve.id }]);
    const targets: Target[] = [{ type: 'user', id: ada.id }];
    await raise({ eventType: 'oncall_handoff', title: 'You are on call for Web', targets });
    expect(await settled(1)).toMatchObject([{ status: 'sent', recipient: { name: 'ada' }, page: null }]);
    await rule([{ type: 'channel', id: channelId }], { eventTypes: ['oncall_handoff'] });
    await raise({ eventType: 'oncall_handoff', title: 'You are on call for Web', targets });
    expect((await settled(3)).map(({ recipient }) => recipient?.name)).toEqual([undefined, 'ada', 'ada']);
  });
});

/** Waits until so many reports at least say whom an incident could not reach, and gives them. */
function suppressions(incidentId: string, count: number): Promise<OutcomeReport[]> {
  return eventually(async () => {
    const own = (await stage.stored(OUTCOMES)).filter((report) => report.incidentId === incidentId && report.status === 'suppressed');
    return own.length >= count ? own : undefined;
  }, { describe: 'reports of whom it could not reach' });
}

describe('pages', () => {
  it('reach whom they name, each contact once, say why, and whom they could not reach is on the incident\'s timeline', async () => {
    const channelId = await emailChannel();
    const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];
    await verified(ada, 'ada@home.example');
    await verified(bob, 'bob@home.example');
    await rule([{ type: 'user', id: bob.id }]); // names no event type: of pages it hears nothing
    const id = newId();
    const paged = page(id, 1, [
      { type: 'user', id: ada.id, schedule: { id: newId(), name: 'Web primary' } },
      { type: 'team', id: team('shop', [ada, bob, eve]) },
      { type: 'channel', id: channelId },
    ]);
    await publish(paged);
    await publish(paged);
    const reached = await settled(4) as ShownPage[];
    expect(reached.map(({ recipient, status, reason, page: of }) => [recipient?.name, status, reason, of])).toEqual([
      [undefined, 'sent', null, { step: 1, round: 2 }],
      ['ada', 'sent', null, { step: 1, round: 2 }],
      ['bob', 'sent', null, { step: 1, round: 2 }],
      ['eve', 'suppressed', 'no_contact_method', { step: 1, round: 2 }],
    ]);
    const text = (to: string): string => mailbox.mails.find((mail) => mail.to.includes(to))!.text;
    expect(text('ada@home.example')).toMatch(/step 1 of "Shop", round 2/);
    expect(text('ada@home.example')).toContain('you are on call for "Web primary"');
    expect(text('bob@home.example')).toContain('you are in a team that is named for it');
    expect(text('bob@home.example')).toContain('Acknowledge: ');
    await publish(paged, page(id, 2, [{ type: 'user', id: ada.id }], null));
    expect((await settled(5) as ShownPage[]).filter((one) => one.page?.step === null)).toMatchObject([{ status: 'sent', recipient: { name: 'ada' } }]);
    expect(mailbox.mails).toHaveLength(4);
    expect(mailbox.mails[3]!.text).toContain('you are named for it');
    const reports = await suppressions(id, 1);
    expect(reports).toMatchObject([{ reason: 'no_contact_method', detail: 'eve has no verified contact method', channel: null, subjectId: reached[3]!.id }]);
  });

  it('that reach nobody at all are told as such, in one report, with their step, round and version; '
    + 'those that a person asked for, or that somebody answered, are not', async () => {
    const channelId = await emailChannel();
    const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];
    await verified(ada, 'ada@home.example');
    expect((await call(ADMIN, 'PATCH', `/api/v1/customer/notification-channels/${channelId}`, { enabled: false })).status).toBe(200);
    await rule([{ type: 'user', id: eve.id }], { eventTypes: ['incident.escalated'] });
    const targets: PageTarget[] = [{ type: 'user', id: ada.id }, { type: 'team', id: team('shop', [ada, bob]) }, { type: 'channel', id: channelId }];
    const [id, asked, answered, last] = [newId(), newId(), newId(), newId()];
    const paged = page(id, 3, targets, 2);
    await publish(paged);
    const told = await suppressions(id, 5);
    expect(told.filter(({ unreached }) => unreached !== undefined)).toEqual([{
      id: expect.any(String), tenantId, traceId: paged.traceId, kind: 'notification', incidentId: id, subjectId: paged.id,
      channel: null, status: 'suppressed', attempt: 0, at: expect.any(String),
      reason: 'nobody_reached', detail: 'the page of step 2, round 2, reached nobody', unreached: { step: 2, round: 2, version: 3 },
    }]);
    const nobody: PageTarget[] = [{ type: 'user', id: bob.id }];
    // A second copy, one that names nobody (which incidents knows of), and an older one that
    // comes late; the last one's report comes behind whatever is said of those before it.
    await publish(
      paged, page(asked, 1, targets, null), page(answered, 1, nobody), change(answered, 'acknowledged', 2),
      page(id, 4, [], 2), page(id, 2, nobody), page(last, 1, nobody),
    );
    await suppressions(last, 3);
    const count = async (of: string): Promise<number> => (await suppressions(of, 0)).filter(({ unreached }) => unreached !== undefined).length;
    expect([await count(id), await count(asked), await count(answered), await count(last)]).toEqual([1, 0, 0, 1]);
  });

  it('of which everything dies on the way have reached nobody either; what one address took has', async () => {
    await emailChannel();
    const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];
    await verified(ada, 'ada@home.example');
    await verified(bob, 'bob@home.example');
    await verified(eve, 'eve@home.example');
    await verified(eve, 'eve@work.example');
    const [nobody, one, part] = [newId(), newId(), newId()];
    const both: PageTarget[] = [{ type: 'user', id: ada.id }, { type: 'user', id: bob.id }];
    const refused = { at: 'to', code: 550, message: 'no such user' } as const;
    mailbox.refuseNext(refused);
    await publish(page(one, 2, both));
    await settled(2);
    mailbox.refuseNext(refused);
    await publish(page(part, 2, [{ type: 'user', id: eve.id }]));
    await settled(3);
    mailbox.refuseNext(refused, refused);
    await publish(page(nobody, 2, both));
    const all = await settled(5);
    expect(all.map(({ status }) => status).sort()).toEqual(['dead_letter', 'dead_letter', 'dead_letter', 'dead_letter', 'sent']);
    expect((await suppressions(nobody, 1)).map(({ unreached }) => unreached)).toEqual([{ step: 1, round: 2, version: 2 }]);
    expect([...await suppressions(one, 0), ...await suppressions(part, 0)]).toEqual([]);
  });

  it('that a rule asks for by name comes once, as the page', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    await rule([{ type: 'user', id: ada.id }], { eventTypes: ['incident.escalated'] });
    await publish(page(newId(), 1, [{ type: 'user', id: ada.id }]));
    expect(await settled(1)).toMatchObject([{ status: 'sent', page: { step: 1 } }]);
  });

  it('of an incident that is quiet reach those whom a person asked for, and nobody else', async () => {
    const channelId = await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    await rule([{ type: 'channel', id: channelId }], { eventTypes: ['incident.escalated'] });
    const quiet = { kind: 'silence' as const, ruleId: newId(), name: 'deploy', until: null, byIncidentId: null };
    const id = newId();
    await publish({ ...page(id, 1, [{ type: 'user', id: ada.id }], 1), quiet }, { ...page(id, 2, [{ type: 'user', id: ada.id }], null), quiet });
    expect(await settled(1)).toMatchObject([{ status: 'sent', recipient: { name: 'ada' }, page: { step: null } }]);
  });

  it('of an incident that is given to somebody who never acknowledged it reaches them, also when others have', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const id = newId();
    await publish(change(id, 'acknowledged', 2), { ...page(id, 3, [{ type: 'user', id: ada.id }], null), change: 'reassigned' });
    expect(await settled(1)).toMatchObject([{ status: 'sent', eventType: 'incident.reassigned', recipient: { name: 'ada' }, page: { step: null } }]);
  });

  it.each(
    ['acknowledged', 'resolved', 'snoozed'] as const,
  )('that could not be delivered are not tried again once the incident is %s, quiet or not', async (answer) => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const id = newId();
    mailbox.refuseNext({ at: 'from', code: 450, message: 'down' });
    await publish(page(id, 2, [{ type: 'user', id: ada.id }]));
    await becomes('failed', 'far_side_error');
    await publish(change(id, answer, 3, { quiet: { kind: 'silence', ruleId: newId(), name: 'deploy', until: null, byIncidentId: null } }));
    await becomes('suppressed', 'acknowledged_since');
    expect((await pages())[0]!).toMatchObject({ attempts: 1, nextAttemptAt: null });
    await publish(page(id, 2, [{ type: 'user', id: ada.id }])); // an older one that comes late
    await publish(page(newId(), 1, [{ type: 'user', id: ada.id }]));
    expect((await settled(2)).map(({ status }) => status).sort()).toEqual(['sent', 'suppressed']);
    expect(mailbox.mails).toHaveLength(1);
  });

  it('that are in a sender\'s hands when somebody answers are not tried again, and those that come with the answer are not tried at all', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const [inHand, together] = [newId(), newId()];
    mailbox.refuseNext({ at: 'from', code: 450, message: 'down' });
    await publish(page(inHand, 2, [{ type: 'user', id: ada.id }]));
    await becomes('failed', 'far_side_error');
    await stage.db.query(
      `update notifications set status = 'processing', claim = gen_random_uuid(), due_at = now() + interval '1 hour' where incident_id = $1`,
      [inHand]);
    await publish(change(inHand, 'acknowledged', 3));
    await publish(page(together, 2, [{ type: 'user', id: ada.id }]), change(together, 'acknowledged', 3));
    await eventually(async () => (await pages()).length === 2, { describe: 'both taken in' });
    await stage.db.query('update notifications set due_at = now() where incident_id = $1', [inHand]);
    await becomes('suppressed', 'acknowledged_since');
    expect(mailbox.mails).toHaveLength(0);
  });

  it('that are being sent when somebody answers, and fail, end there', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const id = newId();
    mailbox.refuseNext({ at: 'from', hang: true });
    await publish(page(id, 2, [{ type: 'user', id: ada.id }]));
    await becomes('processing');
    await publish(change(id, 'acknowledged', 3));
    const taken = 'select 1 from incident_versions where incident_id = $1 and answered_version = 3';
    await eventually(async () => (await stage.db.query(taken, [id])).length === 1, { describe: 'the answer taken in' });
    await eventually(async () => (await pages())[0]!.status === 'suppressed', { withinMs: 25_000, describe: 'an end' });
    expect(await pages()).toMatchObject([{ status: 'suppressed', reason: 'acknowledged_since', attempts: 1 }]);
  }, 40_000);

  it('go out again when an acknowledgement by a notification ends, and so does what rules tell', async () => {
    await emailChannel();
    const ada = person('ada');
    await verified(ada, 'ada@home.example');
    const id = newId();
    await rule([{ type: 'user', id: ada.id }]);
    await publish(change(id, 'triggered', 1));
    const [told] = await settled(1);
    expect((await call(ADMIN, 'POST', `/api/v1/notifications/${told!.id}/acknowledge`, {})).status).toBe(200);
    await publish(change(id, 'acknowledged', 2), change(id, 'acknowledgement_timed_out', 3), page(id, 4, [{ type: 'user', id: ada.id }]));
    await eventually(async () => {
      const all = await pages();
      return all.length === 4 && all.every(({ status }) => ['sent', 'acknowledged'].includes(status));
    }, { withinMs: 8_000, describe: 'everything sent' });
    expect((await pages()).filter((one) => one.page !== null)).toHaveLength(1);
    expect(mailbox.mails).toHaveLength(4);
  });
});
