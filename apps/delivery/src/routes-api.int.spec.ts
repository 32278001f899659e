import { MASK } from '@signalbox/access';
import { AUDIT, newId, subjects, type AuditEntry } from '@signalbox/contracts';
import { Stage, eventually } from '@signalbox/testing';
import { service } from './app.module.js';
import { schema } from './schema.js';

const tenantId = newId();
const ADA = newId();
const PATH = '/api/v1/customer/message-routes';
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' });
  await stage.start();
  await stage.start();
});

afterAll(() => stage.stop());

interface Call { tenant?: string; role?: 'viewer' | 'editor' | 'admin'; headers?: Record<string, string>; replica?: number }

async function call(method: string, path: string, body?: unknown, { tenant = tenantId, role = 'editor', ...as }: Call = {}) {
  const answer = await stage.call(method, path, { tenantId: tenant, subject: { type: 'user', id: ADA, name: 'Ada' }, role, body, ...as });
  return { ...answer, etag: answer.headers.get('etag') };
}

const settings = { url: 'http://127.0.0.1:9/hook', secret: 'hush-canary-hush', headers: { 'X-Token': 'canary-token' } };
let names = 0;

function fields(change: Record<string, unknown> = {}) {
  names += 1;
  return { name: `route ${names}`, topic: `t/${names}/#`, destination: { type: 'webhook', config: settings }, ...change };
}

async function made(change: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await call('POST', PATH, fields(change));
  expect({ status, body }).toMatchObject({ status: 201 });
  return String(body.id);
}

function paths({ body }: { body: Record<string, unknown> }): string[] {
  return ((body.errors ?? []) as { path: string }[]).map(({ path }) => path).sort();
}

describe('message routes', () => {
  it('are made, read, listed, changed and deleted; secrets are masked everywhere and survive a change', async () => {
    const created = await call('POST', PATH, fields({ filter: { value: { $gt: 90 } }, concurrency: 4 }));
    expect(created).toMatchObject({ status: 201, body: {
      enabled: true, state: 'active', filter: { value: { $gt: 90 } }, concurrency: 4, version: 1, destinationState: { state: 'open' },
      destination: { type: 'webhook', summary: '127.0.0.1:9', config: { url: settings.url, secret: MASK, headers: { 'X-Token': MASK }, timeoutSeconds: 15 } },
    } });
    const path = `${PATH}/${String(created.body.id)}`;
    expect(await call('GET', path)).toMatchObject({ status: 200, etag: '"1"', body: created.body });
    expect(((await call('GET', PATH)).body.data as { id: string }[]).map(({ id }) => id)).toContain(created.body.id);
    const shown = (created.body.destination as { config: object }).config;
    const destination = { type: 'webhook', config: { ...shown, timeoutSeconds: 5 } };
    expect(await call('PATCH', path, { name: 'renamed', filter: null, destination })).toMatchObject({
      status: 200, body: { name: 'renamed', filter: null, version: 2, concurrency: 4 },
    });
    const preview = await call('POST', `${path}/test`, { topic: String(created.body.topic).replace('#', 'x'), payload: 1 });
    expect(preview.body).toMatchObject({ matches: true, request: { headers: { 'webhook-signature': expect.stringContaining('v1,'), 'X-Token': MASK } } });
    expect(await call('PUT', path, fields({ topic: 'all' }))).toMatchObject({ status: 200, body: { topic: 'all', concurrency: 16, enabled: true } });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    const rows = await stage.db.query<{ text: string }>('select row_to_json(r)::text as text from message_routes r');
    expect(JSON.stringify([created, preview, await audits(), rows])).not.toContain('canary');
  });

  it('honour If-Match, refuse a taken name, and answer a repeated POST once', async () => {
    const body = fields();
    const key = { headers: { 'idempotency-key': newId() } };
    const [first, second] = [await call('POST', PATH, body, key), await call('POST', PATH, body, key)];
    expect(second.body.id).toBe(first.body.id);
    expect((await call('POST', PATH, { ...body, name: body.name.toUpperCase() })).status).toBe(409);
    const path = `${PATH}/${String(first.body.id)}`;
    expect((await call('PATCH', path, { enabled: false }, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect((await call('DELETE', path, undefined, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect((await call('PATCH', path, { enabled: false }, { headers: { 'if-match': '"1"' } })).body).toMatchObject({ enabled: false, version: 2 });
  });

  it('name every fault at once', async () => {
    const faulty = await call('POST', PATH, fields({
      topic: 'a/#/b', filter: { v: { $gt: true }, w: { $what: 1 } },
      destination: { type: 'webhook', config: { colour: 1, timeoutSeconds: 99 } },
    }));
    expect(faulty.status).toBe(400);
    expect(paths(faulty)).toEqual([
      'destination.config.colour', 'destination.config.timeoutSeconds',
      'destination.config.url', 'filter.v.$gt', 'filter.w.$what', 'topic',
    ]);
    expect(paths(await call('POST', PATH, { ...fields(), nme: 1, concurrency: 0 }))).toEqual(['concurrency', 'nme']);
    expect(paths(await call('POST', PATH, { name: 'x', topic: 't' }))).toContain('destination');
    expect(paths(await call('POST', PATH, fields({ destination: { type: 'pigeon', config: {} } })))).toEqual(['destination.type']);
    for (const later of [{ transform: 'x' }, { orderKey: 'a' }, { rateLimitPerSecond: 1 }, { expireSeconds: 1 }]) {
      const refused = await call('POST', PATH, fields(later));
      expect(refused).toMatchObject({
        status: 400,
        body: { errors: [{ path: Object.keys(later)[0], message: expect.stringContaining('not supported yet') }] },
      });
    }
  });

  it.each([
    'http://10.0.0.1/', 'http://169.254.169.254/latest', 'http://[::1]/', 'http://0x7f.2/',
    'http://metadata.google.internal/', 'http://user:pw@example.com/', 'ftp://example.com/', 'http://no-such-host.invalid/',
  ])(
    'refuse %s as an address', async (url) => {
      const refused = await call('POST', PATH, fields({ destination: { type: 'webhook', config: { url } } }));
      expect({ status: refused.status, paths: paths(refused) }).toEqual({ status: 400, paths: ['destination.config.url'] });
    });

  it('are nothing to another tenant, and to be changed by editors only', async () => {
    const path = `${PATH}/${await made()}`;
    const stranger = { tenant: newId() };
    for (const [method, suffix, body] of [
      ['GET', ''], ['PATCH', '', {}], ['PUT', '', fields()], ['DELETE', ''], ['POST', '/pause'],
      ['POST', '/resume'], ['POST', '/test', { topic: 't', payload: 1 }], ['GET', '/deliveries'],
    ] as const) {
      expect({ method, suffix, status: (await call(method, `${path}${suffix}`, body, stranger)).status }).toEqual({ method, suffix, status: 404 });
    }
    for (const [method, suffix, body] of [['PATCH', '', {}], ['DELETE', ''], ['POST', '/pause']] as const) {
      expect((await call(method, `${path}${suffix}`, body, { role: 'viewer' })).status).toBe(403);
    }
    expect((await call('GET', path, undefined, { role: 'viewer' })).status).toBe(200);
    expect((await call('GET', path)).body).toMatchObject({ version: 1, state: 'active' });
  });

  it('tell which of them would take a message and what each would send, on every replica', async () => {
    const wants = await made({ topic: 'dry/+', filter: { v: { $gt: 1 } } });
    const picky = await made({ topic: 'dry/#', filter: { v: 7 } });
    const off = await made({ topic: '+/run', enabled: false });
    const paused = await made({ topic: 'dry/run' });
    await call('POST', `${PATH}/${paused}/pause`);
    for (const replica of [0, 1]) {
      const result = await eventually(async () => {
        const { body } = await call('POST', `${PATH}/test`, { topic: 'dry/run', payload: { v: 2 } }, { replica, role: 'viewer' });
        const data = body.data as { route: { id: string }; matches: boolean; because: string | null; request: { body: string } | null }[];
        return data.length === 4 && data.some((d) => d.because === 'paused') ? data : undefined;
      }, { describe: 'all four are known' });
      const of = (id: string) => result.find((d) => d.route.id === id);
      expect(of(wants)).toMatchObject({ matches: true, because: null, request: { method: 'POST', url: settings.url } });
      expect(JSON.parse(of(wants)!.request!.body)).toMatchObject({ topic: 'dry/run', payload: { v: 2 } });
      expect(of(picky)).toMatchObject({ matches: false, because: 'filter', unmet: [{ path: 'v', wants: 7, found: 2 }], request: null });
      expect(of(off)).toMatchObject({ matches: false, because: 'disabled' });
      expect(of(paused)).toMatchObject({ matches: true, because: 'paused' });
      expect(JSON.stringify(result)).not.toContain('canary');
    }
    expect((await call('POST', `${PATH}/${wants}/test`, { topic: 'wet/run', payload: 1 })).body).toMatchObject({ matches: false, because: 'topic' });
  });

  it('leave a line in the audit log for each change', async () => {
    const id = await made();
    await call('POST', `${PATH}/${id}/pause`);
    await call('POST', `${PATH}/${id}/pause`);
    await call('POST', `${PATH}/${id}/resume`);
    await call('PATCH', `${PATH}/${id}`, { enabled: false });
    await call('DELETE', `${PATH}/${id}`);
    await eventually(async () => {
      expect((await audits()).filter((entry) => entry.resourceId === id).map((entry) => entry.action))
        .toEqual(['create', 'pause', 'resume', 'update', 'delete']);
      return true;
    }, { describe: 'the audit entries' });
  });

  it('have destinations whose settings can be asked for', async () => {
    const { body } = await call('GET', '/api/v1/destination-types', undefined, { role: 'viewer' });
    expect(body.data).toEqual([
      { type: 'webhook', name: 'Webhook', config: expect.objectContaining({ type: 'object', required: expect.arrayContaining(['url']) }) },
    ]);
  });
});

const audits = async (): Promise<AuditEntry[]> => (await stage.stored(AUDIT, subjects.audit(tenantId))).sort((a, b) => (a.at < b.at ? -1 : 1));
