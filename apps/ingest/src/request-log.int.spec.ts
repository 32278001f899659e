import { newApiKey } from '@signalbox/access';
import { newId } from '@signalbox/contracts';
import { Stage, eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { service } from './app.module.js';
import { schema } from './schema.js';
import { RequestStore } from './store/request-store.js';

const [tenantId, serviceId] = [newId(), newId()];
const apiKeys = { reader: { ...newApiKey(), scopes: ['integrations:read'] }, sender: { ...newApiKey(), scopes: ['events:write'] } };
const scrapeToken = 'a-scrape-token-of-the-platform';
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set(service, schema, { REQUEST_LOG_ROWS: '10', INGEST_SCRAPE_TOKEN: scrapeToken });
  await stage.answer('services', (id) => (id === serviceId ? { id, tenantId, name: 'Web shop' } : undefined));
  await stage.answer('api-keys', (hash) => {
    const known = Object.values(apiKeys).find((one) => one.hash === hash);
    return known === undefined ? undefined : { id: newId(), tenantId, name: 'test', role: 'viewer', scopes: known.scopes, expiresAt: null };
  });
  await stage.start();
});
afterAll(() => stage.stop());

type Body = Record<string, unknown>;
interface Logged extends Body {
  id: string;
  status: number;
  outcome: string;
  reason: string | null;
  events: number;
  body?: string;
  headers?: Record<string, string>;
  path: string;
}

const admin = <T = Body>(method: string, path: string, body?: unknown, as: { tenant?: string; role?: 'viewer' | 'admin' } = {}) =>
  stage.call<T>(method, path, { tenantId: as.tenant ?? tenantId, role: as.role, body });

async function integration(fields: Body = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await admin<{ id: string; key: string }>('POST', '/api/v1/integrations', {
    type: 'webhook', name: 'W', serviceId, rateLimitPerMinute: 100_000, ...fields,
  });
  expect(status).toBe(201);
  return body;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stage.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The log of an integration, newest first, once it holds so many. */
function logged(id: string, count: number, query = ''): Promise<Logged[]> {
  return eventually(async () => {
    const { data } = (await admin<{ data: Logged[] }>('GET', `/api/v1/integrations/${id}/requests?limit=200${query}`)).body;
    return data.length === count ? data : undefined;
  }, { withinMs: 8_000, describe: `${count} requests in the log` });
}

const whole = async (id: string, request: string) => (await admin<Logged>('GET', `/api/v1/integrations/${id}/requests/${request}`)).body;

describe('the request log', () => {
  it('tells what arrived and what was answered, secrets masked', async () => {
    const { id, key } = await integration();
    const answer = await post(
      `/api/integrations/webhook?integrationId=${id}&key=${key}`,
      { title: 'Disk full', id: 'd1', shared_secret: 'hush', said: key },
      { 'x-custom': 'yes', cookie: 'a=b' },
    );
    const [one] = await logged(id, 1);
    expect(one).toMatchObject({
      method: 'POST', status: 202, outcome: 'events', events: 1, reason: null, contentType: 'application/json',
      remoteAddress: '127.0.0.1', traceId: answer.headers.get('x-signalbox-trace'),
    });
    const full = await whole(id, one!.id);
    expect(full).toMatchObject({
      bodyEncoding: 'utf8', bodyTruncated: false,
      path: `/api/integrations/webhook?integrationId=${id}`,
      headers: { 'x-custom': 'yes', cookie: '••••••••' },
    });
    expect(JSON.parse(full.body!)).toEqual({ title: 'Disk full', id: 'd1', shared_secret: '****', said: '*'.repeat(32) });
    const kept = await stage.db.query(`select *, convert_from(body, 'utf8') as text from requests where integration_id = $1`, [id]);
    expect(JSON.stringify(kept)).not.toContain(key);
  });

  it('holds every refusal of a known integration, each with its reason', async () => {
    const { id, key } = await integration({ rateLimitPerMinute: 4 });
    const path = `/api/integrations/webhook?integrationId=${id}`;
    const headers = { authorization: `Bearer ${key}` };
    await post(path, {}, { authorization: 'Bearer wrong' });
    await post(path, 'a,b', { ...headers, 'content-type': 'text/csv' });
    await post(path, { nothing: 'known' }, headers);
    await post(path, '{"broken":', headers);
    await post(path, JSON.stringify({ title: 'x'.repeat(600_000) }), headers);
    await post(path, { title: 'one too many' }, headers);
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: false });
    await post(path, { title: 'disabled' }, headers);
    await post('/v2/enqueue', { routing_key: key, event_action: 'trigger' });
    await admin('PATCH', `/api/v1/integrations/${id}`, { enabled: true });
    await admin('PUT', `/api/v1/integrations/${id}/signature-secret`, { secret: 'the first secret' });
    await post(path, { title: 'badly signed' }, { 'x-signature': createHmac('sha256', 'another').update('x').digest('hex') });
    const all = await logged(id, 9);
    expect(all.map(({ status }) => status).reverse()).toEqual([401, 415, 400, 400, 413, 429, 403, 400, 401]);
    expect(all.every(({ outcome, reason }) => outcome === 'rejected' && reason !== null)).toBe(true);
    const unread = all.find(({ reason }) => reason === 'Webhook does not send this; see errors.')!;
    expect(await whole(id, unread.id)).toMatchObject({ errors: [{ path: 'summary' }], body: '{"nothing":"known"}' });
    const malformed = all.find(({ reason }) => reason === 'The body is not valid JSON.')!;
    expect(await whole(id, malformed.id)).toMatchObject({ errors: [{ path: 'body', message: 'is not valid JSON' }], body: '{"broken":' });
    const asPagerDuty = all.find((one) => one.path === '/v2/enqueue')!;
    expect((await whole(id, asPagerDuty.id)).body).toBe(`{"routing_key":"${'*'.repeat(32)}","event_action":"trigger"}`);
    expect((await whole(id, all[0]!.id)).body).toContain('badly signed');
  });

  it('is filtered, goes on by its cursor, and belongs to its tenant alone', async () => {
    const { id, key } = await integration();
    const path = `/api/integrations/webhook?integrationId=${id}&key=${key}`;
    for (const body of [{ title: 'a' }, [], { nothing: 1 }]) await post(path, body);
    const [newest] = await logged(id, 3);
    expect((await logged(id, 1, '&outcome=ignored'))[0]).toMatchObject({ status: 202, reason: 'the list is empty' });
    expect((await logged(id, 1, '&status=400'))[0]!.id).toBe(newest!.id);
    const list = (query: string) => admin<{ data: Logged[]; nextCursor: string | null }>('GET', `/api/v1/integrations/${id}/requests?${query}`);
    const first = (await list('limit=2')).body;
    const second = (await list(`limit=2&cursor=${first.nextCursor}`)).body;
    expect([first.data.length, second.data.length, second.nextCursor]).toEqual([2, 1, null]);
    expect((await list('outcome=lost')).status).toBe(400);
    for (const one of ['', `/${newest!.id}`]) {
      expect((await admin('GET', `/api/v1/integrations/${id}/requests${one}`, undefined, { tenant: newId() })).status).toBe(404);
    }
    expect((await admin('GET', `/api/v1/integrations/${id}/requests/${newId()}`)).status).toBe(404);
  });

  it('keeps a bounded number, refused ones apart, and counts all of them', async () => {
    const { id, key } = await integration();
    const path = `/api/integrations/webhook?integrationId=${id}&key=${key}`;
    await post(path, { nothing: 1 });
    await Promise.all(Array.from({ length: 120 }, (_, i) => post(path, { title: `burst ${i}` })));
    await eventually(async () => (await ofHealth(id))?.totalReceived === 121, { withinMs: 8_000, describe: 'all of them counted' });
    await eventually(
      async () => (await stage.db.query<{ n: number }>(`select count(*) as n from requests where integration_id = $1`, [id]))[0]!.n <= 11,
      { withinMs: 8_000, describe: 'a trimmed log' },
    );
    expect((await logged(id, 1, '&outcome=rejected'))[0]!.status).toBe(400);
  });

  it('lets go of what is old', async () => {
    const { id, key } = await integration();
    for (const title of ['old', 'new']) await post(`/api/integrations/webhook?integrationId=${id}&key=${key}`, { title });
    const [, old] = await logged(id, 2);
    await stage.db.query(`update requests set received_at = now() - interval '8 days' where id = $1`, [old!.id]);
    expect(await new RequestStore(stage.db).deleteOlder(7)).toBe(1);
    await logged(id, 1);
  });
});

interface Figures {
  totalReceived: number;
  totalSuccess: number;
  totalErrors: number;
  successRate: number | null;
  averageLatencyMs: number | null;
  p95LatencyMs: number | null;
  lastHour: Figures;
}
interface Health {
  status: string;
  global: Figures;
  byType: Record<string, Figures>;
  byIntegration: (Figures & { id: string; lastReceivedAt: string | null; lastError: Body | null })[];
}

async function health(token: string): Promise<{ status: number; body: Health }> {
  const response = await fetch(`${stage.url}/api/integrations/health`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json() as Health };
}

const ofHealth = async (id: string) => (await admin<Health>('GET', '/api/integrations/health')).body.byIntegration.find((one) => one.id === id);

describe('GET /api/integrations/health', () => {
  it('tells rates, latency, what was received last, and the last error', async () => {
    const { id, key } = await integration({ type: 'prometheus', name: 'P' });
    const silent = await integration({ name: 'Silent' });
    const path = `/api/integrations/prometheus?integrationId=${id}&key=${key}`;
    const alert = { alerts: [{ status: 'firing', labels: { alertname: 'Down' } }] };
    for (const body of [alert, alert, alert, { alerts: 'none' }]) await post(path, body);
    const one = await eventually(async () => {
      const found = await ofHealth(id);
      return found?.totalReceived === 4 ? found : undefined;
    }, { withinMs: 8_000, describe: 'four counted' });
    expect(one).toMatchObject({
      totalSuccess: 3, totalErrors: 1, successRate: 75, lastHour: { totalReceived: 4 },
      lastError: { status: 400, reason: 'Prometheus Alertmanager does not send this; see errors.' },
    });
    expect(Math.abs(Date.parse(one.lastReceivedAt!) - Date.now())).toBeLessThan(30_000);
    expect(one.p95LatencyMs).toBeGreaterThanOrEqual(one.averageLatencyMs! / 2);
    expect((await admin<Health>('GET', '/api/integrations/health')).body.byType['prometheus']).toMatchObject({ totalReceived: 4, successRate: 75 });
    expect(await ofHealth(silent.id)).toMatchObject({ totalReceived: 0, successRate: null, averageLatencyMs: null, lastReceivedAt: null, lastError: null });
  });

  it('is for operators of the tenant, and for the scrape token over all tenants', async () => {
    expect((await health(apiKeys.reader.key)).body.byIntegration.length).toBeGreaterThan(1);
    expect((await admin<Health>('GET', '/api/integrations/health', undefined, { tenant: newId() })).body).toMatchObject({
      status: 'healthy', global: { totalReceived: 0 }, byIntegration: [],
    });
    expect((await health(scrapeToken)).body.byIntegration.length).toBeGreaterThan(1);
    expect((await health(apiKeys.sender.key)).status).toBe(403);
    for (const token of [newApiKey().key, 'nonsense', `${scrapeToken}x`]) expect((await health(token)).status).toBe(401);
    expect((await fetch(`${stage.url}/api/integrations/health`)).status).toBe(401);
    expect((await fetch(`${stage.url}/api/v1/integrations`, { headers: { authorization: `Bearer ${apiKeys.reader.key}` } })).status).toBe(401);
  });

  it('adds up what replicas count, and what one of them has not yet written when it stops', async () => {
    const { id, key } = await integration();
    await stage.start();
    for (const { port } of stage.replicas) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/integrations/webhook?integrationId=${id}&key=${key}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"title":"x"}',
      });
      expect(answer.status).toBe(202);
    }
    await stage.end();
    await eventually(async () => (await ofHealth(id))?.totalSuccess === 2, { withinMs: 8_000, describe: 'both of them' });
  });
});
