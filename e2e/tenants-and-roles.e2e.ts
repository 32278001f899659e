import { eventually } from '@signalbox/testing';
import { isDeepStrictEqual } from 'node:util';
import { send, type Answer, type Problem } from './support/http.js';
import { Operator } from './support/operator.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World } from './support/world.js';

/** What isolation.e2e.ts cannot generate: how credentials begin, what they stand for, and how they end. */

let world: World;
let stranger: World;

beforeAll(async () => {
  [world, stranger] = await Promise.all([World.make('one'), World.make('other')]);
});

test('nobody chooses the tenant by a header', async () => {
  for (const path of ['/api/v1/services', `/api/v1/services/${world.service.id}`]) {
    expect((await stranger.operator.ask('GET', path, undefined, { 'x-tenant-id': world.tenantId })).status).toBe(404);
  }
});

test('a revoked key ends at once, everywhere', async () => {
  const { id, key } = await world.operator.post<{ id: string; key: string }>('/api/v1/api-keys', { name: 'short-lived', role: 'admin', scopes: ['*'] });
  const event = () => send('POST', `${system.urls.ingest}/api/v1/messages`, { headers: { authorization: `Bearer ${key}` }, body: { topic: 'a', payload: 1 } });
  expect((await event()).status).toBe(202);
  expect((await world.operator.ask('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(204);
  expect((await Operator.withKey(key).ask('GET', '/api/v1/incidents')).status).toBe(401);
  await eventually(async () => (await event()).status === 401, { withinMs: 2_000, describe: 'the gateway to hear of it' });
});

test('a disabled tenant\'s integrations are refused by every endpoint within two seconds, and taken again when it is enabled', async () => {
  const gone = await World.make('disabled');
  const [integration, prometheus] = [await gone.integration('events'), await gone.integration('prometheus')];
  const platform = await Operator.signIn(system.bootstrap);
  const switchTo = (enabled: boolean) => platform.ask('PATCH', `/api/v1/tenants/${gone.tenantId}`, { enabled });
  const authorization = `Bearer ${integration.key}`;
  const sends: Record<string, () => Promise<Answer>> = {
    'the Events API': () => gone.event(integration, EXAMPLE_EVENT),
    'a native payload': () =>
      send('POST', `${system.urls.ingest}/api/integrations/events?integrationId=${integration.id}`, { headers: { authorization }, body: EXAMPLE_EVENT }),
    Alertmanager: () => send('POST', `${system.urls.ingest}/api/v2/alerts`, {
      headers: { authorization: `Bearer ${prometheus.key}` }, body: [{ labels: { alertname: 'HighCPU' } }],
    }),
    PagerDuty: () => send('POST', `${system.urls.ingest}/v2/enqueue`, { body: { ...EXAMPLE_EVENT, routing_key: integration.key } }),
    'PagerDuty changes': () => send('POST', `${system.urls.ingest}/v2/change/enqueue`, {
      body: { routing_key: integration.key, payload: { summary: 'Deployed' } },
    }),
  };
  const all = async (): Promise<Record<string, number>> =>
    Object.fromEntries(await Promise.all(Object.entries(sends).map(async ([name, ask]) => [name, (await ask()).status] as const)));
  const taken = { 'the Events API': 202, 'a native payload': 202, Alertmanager: 200, PagerDuty: 202, 'PagerDuty changes': 202 };
  // PagerDuty's contract knows no 403.
  const refused = { 'the Events API': 403, 'a native payload': 403, Alertmanager: 403, PagerDuty: 400, 'PagerDuty changes': 400 };
  const become = (wanted: object) => eventually(async () => isDeepStrictEqual(await all(), wanted), { withinMs: 2_000, describe: 'the gateway to hear of it' });

  expect(await all()).toEqual(taken);
  expect((await switchTo(false)).status).toBe(200);
  await become(refused);
  expect((await sends['the Events API']!()).json<Problem>().detail).toContain('tenant is disabled');
  expect((await switchTo(true)).status).toBe(200);
  await become(taken);
});

test('a session needs X-Requested-With for a change, and ends when it is deleted', async () => {
  const user = { email: `bob-${world.tenantId}@example.com`, password: 'correct horse battery staple' };
  await world.operator.post('/api/v1/users', { ...user, name: 'Bob', role: 'editor' });
  const bob = await Operator.signIn(user);
  expect((await bob.ask('POST', '/api/v1/services', { name: 'By Bob' })).status).toBe(201);
  expect((await bob.ask('POST', '/api/v1/services', { name: 'By a form' }, { 'x-requested-with': '' })).status).toBe(403);
  expect((await bob.in(stranger.tenantId).ask('GET', '/api/v1/services')).status).toBe(404);
  expect((await bob.ask('DELETE', '/api/v1/session')).status).toBe(204);
  expect((await bob.ask('GET', '/api/v1/services')).status).toBe(401);
});
