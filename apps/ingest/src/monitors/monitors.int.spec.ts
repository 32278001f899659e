import type { Role } from '@signalbox/access';
import { AUDIT, EVENTS, NOTICES, newId, type Event } from '@signalbox/contracts';
import { directoryMessage } from '@signalbox/messaging';
import { Stage, eventually, newCertificate, startPostgres, type Server } from '@signalbox/testing';
import type { AddressInfo } from 'node:net';
import { createServer, type Server as TlsServer } from 'node:tls';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

const [tenantId, serviceId] = [newId(), newId()];
const HEARTBEATS = '/api/v1/monitors/heartbeats';
const TLS = '/api/v1/monitors/tls';
const OBLIGATIONS = '/api/v1/monitors/obligations';
let stage: Stage;
let postgres: Server;
let tls: TlsServer;

beforeAll(async () => {
  // A Postgres of its own: it is killed.
  postgres = await startPostgres();
  stage = await Stage.set(service, schema, { DATABASE_URL: postgres.url, OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' });
  await stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
  await stage.start();
  const { cert, key } = newCertificate({ name: '127.0.0.1', validFrom: new Date(Date.now() - 9e8), validTo: new Date(Date.now() - 9e7) });
  tls = createServer({ cert, key }, (socket) => socket.on('error', () => undefined)).on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => { tls.listen(0, '127.0.0.1', resolve); });
});

afterAll(async () => {
  await stage.stop();
  tls.close();
  await postgres.stop();
});

type Body = Record<string, never> & Record<string, unknown>;

const call = (
  method: string,
  path: string,
  body?: unknown,
  { tenant = tenantId, ...as }: { role?: Role; tenant?: string; headers?: Record<string, string> } = {},
) =>
  stage.call<Body>(method, path, { tenantId: tenant, body, ...as });

async function make(path: string, fields: object): Promise<Record<string, never> & { id: string; key: string }> {
  const { status, body } = await call('POST', path, fields);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body as Record<string, never> & { id: string; key: string };
}

const heartbeat = (fields: object = {}) => make(HEARTBEATS, { name: 'Nightly', serviceId, intervalSeconds: 3_600, ...fields });
const obligation = (fields: object = {}) => make(OBLIGATIONS, { title: 'VAT', dueAt: '2100-01-31T09:00:00+01:00', ...fields });
const tlsMonitor = (fields: object = {}) => make(TLS, { serviceId, host: '127.0.0.1', port: (tls.address() as AddressInfo).port, ...fields });

function beat(key: string, method = 'POST'): Promise<Response> {
  return fetch(`${stage.url}/api/heartbeats/${key}`, { method });
}

/** The events about one monitor on the bus, each once. */
async function events(id: string): Promise<Event[]> {
  const all = (await stage.stored(EVENTS)).flatMap((envelope) => envelope.events);
  return [...new Map(all.filter(({ scopeId }) => scopeId === id).map((event) => [event.id, event])).values()];
}

const actions = async (id: string): Promise<string> => (await events(id)).map(({ action }) => action).join();
const told = (id: string, expected: string, withinMs = 5_000) =>
  eventually(async () => (await actions(id)) === expected, { withinMs, describe: `${expected} on the bus` });
const audit = async (id: string) => (await stage.stored(AUDIT)).filter(({ resourceId }) => resourceId === id);

describe('heartbeats', () => {
  it('are made with an address of their own; a missed one is an event of its service, the next beat resolves it', async () => {
    const made = await heartbeat({ intervalSeconds: 1, graceSeconds: 0, severity: 'high' });
    expect(made).toMatchObject({
      state: 'new', severity: 'error', lastBeatAt: null, key: expect.stringMatching(/^[0-9a-f]{32}$/),
      url: `http://localhost:8080/api/heartbeats/${made.key}`, nextLookAt: null,
    });
    expect((await beat(made.key)).status).toBe(202);
    expect((await call('GET', `${HEARTBEATS}/${made.id}`)).body).toMatchObject({ state: 'up', lastBeatAt: expect.any(String), version: 1 });
    await told(made.id, 'trigger');
    const [trigger] = await events(made.id);
    expect(trigger).toMatchObject({
      dedupKey: `heartbeat-${made.id}`, source: 'heartbeat', severity: 'error', serviceId,
      integrationId: null, class: 'heartbeat_missed', component: 'Nightly',
    });
    expect(Date.parse(trigger!.acceptedAt) - Date.parse(String(trigger!.details.lastBeatAt))).toBeLessThan(3_000);
    expect((await call('GET', `${HEARTBEATS}/${made.id}`)).body.state).toBe('down');
    expect((await beat(made.key)).status).toBe(202);
    await told(made.id, 'trigger,resolve');
    await call('DELETE', `${HEARTBEATS}/${made.id}`);
  });

  it.each(['POST', 'GET', 'HEAD'])('take a beat by %s', async (method) => {
    const { id, key } = await heartbeat();
    expect((await beat(key, method)).status).toBe(202);
    expect((await call('GET', `${HEARTBEATS}/${id}`)).body.state).toBe('up');
  });

  it('know no other key: 401, and 405 for what is no beat', async () => {
    for (const key of ['0'.repeat(32), 'x', '%00', 'a/b', '']) expect([key, (await beat(key)).status]).toEqual([key, 401]);
    expect((await beat('0'.repeat(32), 'PUT')).status).toBe(405);
    const { id, key } = await heartbeat();
    const { body } = await call('POST', `${HEARTBEATS}/${id}/rotate-key`);
    expect((await beat(key)).status).toBe(401);
    expect((await beat(String(body.key))).status).toBe(202);
  });

  it('that are paused never fire and take beats; pausing or deleting one that is down closes its incident', async () => {
    const down = await heartbeat({ intervalSeconds: 1, graceSeconds: 0 });
    const gone = await heartbeat({ intervalSeconds: 1, graceSeconds: 0 });
    await Promise.all([beat(down.key), beat(gone.key)]);
    await Promise.all([told(down.id, 'trigger'), told(gone.id, 'trigger')]);
    expect((await call('PATCH', `${HEARTBEATS}/${down.id}`, { enabled: false })).body).toMatchObject({ enabled: false, state: 'up', nextLookAt: null });
    await call('DELETE', `${HEARTBEATS}/${gone.id}`);
    await Promise.all([told(down.id, 'trigger,resolve'), told(gone.id, 'trigger,resolve')]);
    expect((await beat(down.key)).status).toBe(202);
    expect((await call('GET', `${HEARTBEATS}/${down.id}`)).body.nextLookAt).toBeNull();
    const before = Date.now();
    const again = await call('PATCH', `${HEARTBEATS}/${down.id}`, { enabled: true, intervalSeconds: 100 });
    expect(Date.parse(String(again.body.nextLookAt)) - before).toBeGreaterThan(100_000);
    expect(await actions(down.id)).toBe('trigger,resolve');
  });

  it('of a disabled tenant are 403 within two seconds, and taken again when it is enabled', async () => {
    const { id, key } = await heartbeat();
    const switchTo = async (enabled: boolean, version: number): Promise<void> => {
      const { subject, body } = directoryMessage('tenants', tenantId, version, { id: tenantId, name: 'T', enabled });
      await stage.bus.publish(subject, body);
    };
    await switchTo(false, 1);
    const refused = await eventually(async () => {
      const answer = await beat(key);
      return answer.status === 403 ? answer : undefined;
    }, { withinMs: 2_000, describe: 'the gateway to hear of it' });
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('tenant is disabled') });
    // Who goes on beating is not missed afterwards.
    expect((await call('GET', `${HEARTBEATS}/${id}`)).body.lastBeatAt).not.toBeNull();
    await switchTo(true, 2);
    await eventually(async () => (await beat(key)).status === 202, { withinMs: 2_000, describe: 'the gateway to hear of it' });
  });

  it('count another interval from the last beat', async () => {
    const { id, key } = await heartbeat({ graceSeconds: 0 });
    await beat(key);
    const { body } = await call('PATCH', `${HEARTBEATS}/${id}`, { intervalSeconds: 10 });
    expect(Date.parse(String(body.nextLookAt)) - Date.parse(String(body.lastBeatAt))).toBe(11_000);
  });

  it('are 503 while Postgres is away, and after that nobody is blamed for what we could not hear', async () => {
    const { id, key } = await heartbeat({ intervalSeconds: 2, graceSeconds: 0 });
    expect((await beat(key)).status).toBe(202);
    await postgres.kill();
    const downSince = Date.now();
    const refused = await eventually(async () => {
      const answer = await beat(key);
      return Date.now() - downSince > 7_000 ? answer : undefined;
    }, { withinMs: 12_000, everyMs: 300, describe: 'a beat after seven seconds' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await postgres.restart();
    await eventually(async () => (await beat(key)).status === 202, { withinMs: 10_000, describe: 'a beat that is taken' });
    expect(await actions(id)).toBe('');
    await told(id, 'trigger', 6_000);
    await call('DELETE', `${HEARTBEATS}/${id}`);
  }, 40_000);
});

describe('TLS monitors', () => {
  it('check at once, open an incident of class ssl_failure, and show what they saw', async () => {
    const made = await tlsMonitor();
    expect(made).toMatchObject({
      state: 'new', warnDays: [30, 14, 7, 1], intervalSeconds: 21_600, serverName: null,
      name: `127.0.0.1:${(tls.address() as AddressInfo).port}`,
    });
    await told(made.id, 'trigger');
    expect((await events(made.id))[0]).toMatchObject({ dedupKey: `tls-${made.id}`, source: 'tls', severity: 'critical', class: 'ssl_failure', serviceId });
    const { body } = await call('GET', `${TLS}/${made.id}`);
    expect(body).toMatchObject({
      state: 'failing', failedChecks: 1,
      lastError: expect.stringContaining('ended'),
      incidentClass: 'ssl_failure',
      lastCheck: { ok: false, daysLeft: -2, certificate: { subject: 'CN=127.0.0.1' } },
    });
    await call('PATCH', `${TLS}/${made.id}`, { enabled: false });
    await told(made.id, 'trigger,resolve');
  });

  it('check when asked, the paused ones too, which nothing comes of', async () => {
    const { id } = await tlsMonitor({ enabled: false });
    expect(await call('POST', `${TLS}/${id}/check`)).toMatchObject({
      status: 200,
      body: { ok: false, problems: expect.arrayContaining([expect.objectContaining({ code: 'expired' })]) },
    });
    expect((await call('GET', `${TLS}/${id}`)).body).toMatchObject({ state: 'new', lastCheck: null });
    for (const serverName of ['shop.example', null]) expect((await call('PATCH', `${TLS}/${id}`, { serverName })).body).toMatchObject({ serverName });
    await call('PATCH', `${TLS}/${id}`, { enabled: true, warnDays: [3, 20] });
    await told(id, 'trigger');
    expect((await call('POST', `${TLS}/${id}/check`)).status).toBe(200);
    expect((await call('GET', `${TLS}/${id}`)).body).toMatchObject({ warnDays: [20, 3] });
    expect(await actions(id)).toBe('trigger');
  });

  it.each([['10.0.0.1'], ['169.254.169.254'], ['[::1]'], ['a b']])('refuse %s', async (host) => {
    expect(await call('POST', TLS, { serviceId, host })).toMatchObject({ status: 422, body: { errors: [{ path: 'host' }] } });
    const { id } = await tlsMonitor({ enabled: false });
    expect((await call('PATCH', `${TLS}/${id}`, { host })).status).toBe(422);
  });
});

describe('obligations', () => {
  it('are told at their reminders and when they are overdue, and done once', async () => {
    const soon = new Date(Date.now() + 86_400_000 + 1_500);
    const { id } = await obligation({ dueAt: soon.toISOString(), remindBefore: [1], owner: 'Ada', branch: 'north', tags: ['tax'] });
    const notice = await eventually(
      async () => (await stage.stored(NOTICES)).find(({ fingerprint }) => fingerprint.includes(id)),
      { describe: 'the reminder' },
    );
    expect(notice).toMatchObject({ tenantId, eventType: 'obligation_due', severity: 'warning', title: 'Due in 1 day: VAT', branch: 'north', tags: ['tax'] });
    const done = await call('POST', `${OBLIGATIONS}/${id}/done`, { note: 'filed' });
    expect(done.body).toMatchObject({ state: 'done', nextLookAt: null, lastDone: { by: 'Ada', note: 'filed' }, version: 2 });
    await eventually(async () => (await audit(id)).length === 2, { describe: 'the audit entries' });
    expect((await audit(id)).map(({ action }) => action)).toEqual(['create', 'done']);
  });

  it('that recur are owed again; another time begins anew; a change that came too late is 412', async () => {
    const { id } = await obligation({ recurrence: 'monthly', timeZone: 'Europe/Berlin' });
    const first = await call('GET', `${OBLIGATIONS}/${id}`);
    expect(first.body).toMatchObject({ dueAt: '2100-01-31T08:00:00.000Z', state: 'open', remindBefore: [30, 7, 1] });
    const headers = { 'if-match': first.headers.get('etag')! };
    expect((await call('POST', `${OBLIGATIONS}/${id}/done`, {}, { headers })).body).toMatchObject({
      dueAt: '2100-02-28T08:00:00.000Z', firstDueAt: '2100-01-31T08:00:00.000Z',
    });
    expect((await call('POST', `${OBLIGATIONS}/${id}/done`, {}, { headers })).status).toBe(412);
    expect((await call('PATCH', `${OBLIGATIONS}/${id}`, { remindBefore: [3], owner: 'Bob' })).body).toMatchObject({
      dueAt: '2100-02-28T08:00:00.000Z', owner: 'Bob', nextLookAt: '2100-02-25T08:00:00.000Z',
    });
    expect((await call('PATCH', `${OBLIGATIONS}/${id}`, { dueAt: '2100-06-01T00:00:00Z', owner: null })).body).toMatchObject({
      dueAt: '2100-06-01T00:00:00.000Z', owner: null,
    });
  });
});

describe('monitors of every kind', () => {
  const ofEach = async () =>
    [[HEARTBEATS, (await heartbeat()).id], [TLS, (await tlsMonitor({ enabled: false })).id], [OBLIGATIONS, (await obligation()).id]] as const;

  it('belong to their tenant, their kind, and those who may change them', async () => {
    for (const [path, id] of await ofEach()) {
      const others = [HEARTBEATS, TLS, OBLIGATIONS].filter((other) => other !== path).map((other) => `${other}/${id}`);
      for (const [at, tenant] of [[`${path}/${id}`, newId()], ...others.map((other) => [other, tenantId])] as [string, string][]) {
        for (const [method, body] of [['GET'], ['PATCH', {}], ['DELETE']] as const) {
          expect([at, method, (await call(method, at, body, { tenant })).status]).toEqual([at, method, 404]);
        }
      }
      expect((await call('PATCH', `${path}/${id}`, {}, { role: 'viewer' })).status).toBe(403);
      expect((await call('GET', `${path}/${id}`, undefined, { role: 'viewer' })).status).toBe(200);
      expect((await call('GET', path, undefined, { tenant: newId() })).body).toEqual({ data: [], nextCursor: null });
    }
    const { id, key } = await heartbeat();
    const seen = await call('GET', `${HEARTBEATS}/${id}`, undefined, { role: 'viewer' });
    expect(seen.body).toMatchObject({ key: null, url: null });
    expect(JSON.stringify(await stage.db.query('select * from monitors where id = $1', [id]))).not.toContain(key);
    await eventually(async () => (await audit(id)).length === 1, { describe: 'the audit entry' });
    expect(JSON.stringify(await audit(id))).not.toContain(key);
  });

  it('are listed in pages, filtered, and changed only as they were read', async () => {
    for (const [path, id] of await ofEach()) {
      const { body, headers } = await call('GET', `${path}/${id}`);
      const etag = headers.get('etag')!;
      expect((await call('GET', `${path}/${id}`, undefined, { headers: { 'if-none-match': etag } })).status).toBe(200);
      expect((await call('PATCH', `${path}/${id}`, { enabled: false }, { headers: { 'if-match': etag } })).body).toMatchObject({
        version: Number(body.version) + 1, enabled: false,
      });
      expect((await call('PATCH', `${path}/${id}`, {}, { headers: { 'if-match': etag } })).status).toBe(412);
      expect((await call('DELETE', `${path}/${id}`, undefined, { headers: { 'if-match': etag } })).status).toBe(412);
      const page = await call('GET', `${path}?limit=1&enabled=false`);
      expect(page.body.data).toMatchObject([{ id }]);
      expect((await call('DELETE', `${path}/${id}`)).status).toBe(204);
      expect((await call('GET', `${path}/${id}`)).status).toBe(404);
    }
    await heartbeat();
    const first = await call('GET', `${HEARTBEATS}?limit=1`);
    const second = await call('GET', `${HEARTBEATS}?limit=1&cursor=${String(first.body.nextCursor)}`);
    expect((second.body.data as unknown as { id: string }[])[0]!.id).not.toBe((first.body.data as unknown as { id: string }[])[0]!.id);
  });

  it.each<[string, string, object, string[]]>([
    ['a heartbeat without its interval', HEARTBEATS, { name: 'x', serviceId }, ['intervalSeconds']],
    [
      'a heartbeat with fields of others',
      HEARTBEATS,
      { name: '', serviceId, intervalSeconds: 0, severity: 'huge', host: 'x' },
      ['host', 'intervalSeconds', 'name', 'severity'],
    ],
    ['a service that is not ours', HEARTBEATS, { name: 'x', serviceId: tenantId, intervalSeconds: 60 }, ['serviceId']],
    [
      'a TLS monitor without a service, port and days that there are not',
      TLS,
      { host: 'a.example', port: 0, warnDays: [0], intervalSeconds: 5 },
      ['intervalSeconds', 'port', 'serviceId', 'warnDays'],
    ],
    ['an obligation that is due at no time', OBLIGATIONS, { title: 'x', dueAt: '2027-02-30T00:00:00Z' }, ['dueAt']],
    ['an obligation at a time of no zone', OBLIGATIONS, { title: 'x', dueAt: '2027-02-20T00:00:00' }, ['dueAt']],
    ['an obligation in the year 9000', OBLIGATIONS, { title: 'x', dueAt: '9000-02-20T00:00:00Z' }, ['dueAt']],
    [
      'an obligation in a zone that there is not',
      OBLIGATIONS,
      { title: 'x', dueAt: '2027-02-20T00:00:00Z', timeZone: 'Mars/Olympus', recurrence: 'daily', remindBefore: [1, 1] },
      ['recurrence', 'remindBefore', 'timeZone'],
    ],
  ])('%s is refused, every field named', async (_name, path, body, fields) => {
    const answer = await call('POST', path, body);
    expect([answer.status, [...new Set((answer.body.errors as unknown as { path: string }[]).map((error) => error.path))].sort()]).toEqual([400, fields]);
  });

  it('a zone of which only the offset is named, which newer Node takes for one, is refused with what to write instead', async () => {
    expect((await call('POST', OBLIGATIONS, { title: 'x', dueAt: '2027-02-20T00:00:00Z', timeZone: '+01:00' })).body).toMatchObject({
      status: 400, errors: [{ path: 'timeZone', message: 'must be the IANA name of a time zone, such as Europe/Berlin' }],
    });
  });
});
