import { eventually, startMailbox, startReceiver, type Mailbox, type Receiver } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { LISTS } from './support/api-document.js';
import { send } from './support/http.js';
import { Operator } from './support/operator.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration, type Named } from './support/world.js';

/** A canary in every secret; then everything that is written or said is searched for it. */

const CANARY = `canary${'0123456789abcdef'.repeat(2)}`;
/** The ways in which it may hide. */
const FORMS = [
  CANARY,
  Buffer.from(CANARY).toString('hex'),
  ...[0, 1, 2].map((shift) => Buffer.from(' '.repeat(shift) + CANARY).toString('base64').slice(4, -4)),
  encodeURIComponent(CANARY),
];

let world: World;
let signed: Integration;
let far: Receiver;
let mailbox: Mailbox;

/** A far side that says back everything it was told, secrets included, and refuses. */
beforeAll(async () => {
  world = await World.make('secrets');
  [far, mailbox] = await Promise.all([startReceiver(), startMailbox()]);
  far.answer((request) => ({
    status: 400, headers: { 'x-echo': CANARY },
    body: JSON.stringify({ you: 'said', url: request.url, headers: request.headers, body: request.text }),
  }));
  await putCanaries();
  await useThem();
});
afterAll(() => Promise.all([far.stop(), mailbox.stop()]));

async function putCanaries(): Promise<void> {
  signed = await world.integration('webhook');
  await world.operator.put(`/api/v1/integrations/${signed.id}/signature-secret`, { secret: CANARY });
  await world.channel('webhook', { url: `${far.url}/hook?token=1`, secret: CANARY, previousSecret: `whsec_${CANARY}`, headers: { 'X-Token': CANARY } });
  await world.channel('slack', { webhookUrl: `https://hooks.slack.com/services/T0/B0/${CANARY}` });
  await world.channel('email', { host: mailbox.host, port: mailbox.port, username: 'user', password: CANARY, from: 'a@example.com', to: ['b@example.com'] });
  await world.route('secret/#', far.url, { config: { secret: CANARY, headers: { 'X-Token': CANARY } } });
  const { port } = new URL(far.url);
  await world.operator.post('/api/v1/inlets', {
    name: 'mqtt', kind: 'mqtt',
    config: { url: `mqtt://127.0.0.1:${port}`, username: 'user', password: CANARY, topics: [{ filter: 'a' }] },
  });
  for (const secret of [{ token: CANARY }, { credentials: CANARY }, { user: 'user', password: CANARY }]) {
    await world.operator.post('/api/v1/inlets', { name: 'nats', kind: 'nats', config: { url: `nats://127.0.0.1:${port}`, subject: 'a', ...secret } });
  }
  await world.operator.post('/api/v1/users', { email: `eve-${world.tenantId}@example.com`, name: 'Eve', password: CANARY, role: 'viewer' });
}

/** Every secret is used, and what it is used for fails: errors are where secrets leak. */
async function useThem(): Promise<void> {
  await world.event(await world.integration('events'), EXAMPLE_EVENT);
  await world.message({ topic: 'secret/a', payload: 1 });
  await refuseOne();
  await world.operator.ask('POST', '/api/v1/integrations', { name: 'x', type: 'events', serviceId: CANARY, secret: CANARY });
  const channels = await world.operator.list<Named>('/api/v1/customer/notification-channels');
  for (const { id } of channels) {
    await world.operator.ask('PATCH', `/api/v1/customer/notification-channels/${id}`, { name: 'again' });
    await world.operator.ask('POST', `/api/v1/customer/notification-channels/${id}/test`);
  }
  await Promise.all((await world.operator.list<Named>('/api/v1/inlets')).map(async ({ id }) => {
    expect((await world.operator.ask('POST', `/api/v1/inlets/${id}/test`)).json()).toMatchObject({ ok: false });
    await world.operator.ask('PATCH', `/api/v1/inlets/${id}`, { config: { url: CANARY, password: CANARY } });
  }));
  await world.operator.ask('POST', '/api/v1/notifications/send', {
    providerIds: channels.map(({ id }) => id), notification: { title: 'x', body: 'y', severity: 'info' },
  });
  await Operator.signIn({ email: `eve-${world.tenantId}@example.com`, password: CANARY });
  await Operator.signIn({ email: `eve-${world.tenantId}@example.com`, password: `${CANARY}x` }).catch(() => undefined);
  await eventually(async () => {
    const kinds = new Set((await world.operator.list<{ kind: string }>('/api/v1/customer/dead-letter')).map(({ kind }) => kind));
    return kinds.has('route') && kinds.has('notification') && kinds.has('event');
  }, { withinMs: 20_000, describe: 'dead letters of every kind' });
  expect(far.requests.some(({ headers }) => headers['x-token'] === CANARY)).toBe(true);
}

/** A request that is kept as it came, and holds the integration's secret wherever a sender might put it. */
async function refuseOne(): Promise<void> {
  const body = JSON.stringify({ shared_secret: CANARY, nothing: [`said by ${CANARY}`], broken: true });
  const headers = {
    'x-signature': createHmac('sha256', CANARY).update(body).digest('hex'),
    'x-api-key': signed.key, 'x-gitlab-token': CANARY, cookie: CANARY, 'x-other': CANARY,
  };
  const answer = await send('POST', `${system.urls.ingest}/api/integrations/webhook?integrationId=${signed.id}&token=${CANARY}`, { body, headers });
  expect(answer.status).toBe(400);
  await eventually(async () => (await world.operator.list(`/api/v1/integrations/${signed.id}/requests`)).length === 1, {
    withinMs: 10_000, describe: 'it to be in the request log',
  });
}

/** What is no secret must be found by the same search, or the search is worth nothing. */
const isDecoyIn = (text: string) => text.includes(world.tenantId);
const leaksIn = (text: string) => FORMS.filter((form) => text.includes(form));

test('no answer of the API shows a secret', async () => {
  const { operator } = world;
  const paths: string[] = [...LISTS];
  for (const list of LISTS) for (const { id } of await operator.list<{ id: string }>(list)) paths.push(`${list}/${id}`);
  for (const { id } of await operator.list<{ id: string }>('/api/v1/notifications')) paths.push(`/api/v1/notifications/${id}/attempts`);
  for (const { id } of await operator.list<{ id: string }>('/api/v1/customer/message-routes')) paths.push(`/api/v1/customer/message-routes/${id}/deliveries`);
  for (const { id } of await operator.list<{ id: string }>('/api/v1/incidents')) paths.push(`/api/v1/incidents/${id}/timeline`);
  for (const { traceId } of await operator.list<{ traceId: string }>('/api/v1/customer/dead-letter')) paths.push(`/api/v1/trace/${traceId}`);
  for (const { id } of await operator.list<{ id: string }>('/api/v1/integrations')) {
    for (const request of await operator.list<{ id: string }>(`/api/v1/integrations/${id}/requests`)) {
      paths.push(`/api/v1/integrations/${id}/requests/${request.id}`);
    }
  }
  paths.push('/api/v1/customer/dead-letter/export');
  const leaks: string[] = [];
  for (const path of paths) {
    const answer = await operator.ask('GET', path);
    if (answer.status >= 500 || leaksIn(answer.text).length > 0) leaks.push(`${path}: ${answer.status} ${leaksIn(answer.text).join()}`);
  }
  expect(leaks).toEqual([]);
  expect(paths.length).toBeGreaterThan(LISTS.length + 10);
  expect(JSON.stringify(await operator.list('/api/v1/customer/notification-channels'))).toContain('••••••••');
});

test('no table holds one', async () => {
  const db = new Client(system.databaseUrl);
  await db.connect();
  const leaks: string[] = [];
  const tablesOfTenant = new Set<string>();
  try {
    const { rows: tables } = await db.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`);
    for (const { name } of tables) {
      const { rows } = await db.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
      for (const { row } of rows) {
        if (isDecoyIn(row)) tablesOfTenant.add(name);
        if (leaksIn(row).length > 0) leaks.push(`${name}: ${row.slice(0, 500)}`);
      }
    }
  } finally {
    await db.end();
  }
  expect(leaks).toEqual([]);
  for (const name of [
    'ingest.integrations', 'ingest.requests', 'incidents.incident_events', 'notifications.notifications',
    'notifications.notification_attempts', 'delivery.route_attempts', 'ops.dead_letter_messages', 'admin.audit_log',
  ]) {
    expect(tablesOfTenant).toContain(name);
  }
});

test.each(['logs', 'nats'])('no file in %s holds one', (folder) => {
  const top = join(system.dir, folder);
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map((file) => [file, readFileSync(file, 'latin1')] as const);
  expect(texts.filter(([, text]) => leaksIn(text).length > 0).map(([file]) => file)).toEqual([]);
  expect(texts.filter(([, text]) => text.length > 0).length).toBeGreaterThan(5);
  if (folder === 'nats') expect(texts.some(([, text]) => isDecoyIn(text))).toBe(true);
});
