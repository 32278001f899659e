import { eventually } from '@signalbox/testing';
import { send } from './support/http.js';
import { Operator } from './support/operator.js';
import { LISTS, oneOfEach, operations, type Ids } from './support/resources.js';
import { system } from './support/system.js';
import { World } from './support/world.js';

let world: World;
let ids: Ids;
let stranger: World;

beforeAll(async () => {
  [world, stranger] = await Promise.all([World.make('owner'), World.make('stranger')]);
  ids = await oneOfEach(world);
});

/** Everything that can be read of the owner's resources. */
async function snapshot(): Promise<string[]> {
  const reads = operations(ids).filter(({ method }) => method === 'GET');
  return Promise.all(reads.map(async ({ path }) => {
    const answer = await world.operator.ask('GET', path);
    return `${path} ${answer.status} ${answer.text}`;
  }));
}

describe("another tenant's administrator", () => {
  it('finds nothing under any id (404), and changes nothing by trying', async () => {
    const before = await snapshot();
    for (const text of before) expect(text).toMatch(/^\S+ 200 /);
    const wrong: string[] = [];
    for (const { method, path, body } of operations(ids)) {
      const answer = await stranger.operator.ask(method, path, body);
      if (answer.status !== 404) wrong.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
    expect(await snapshot()).toEqual(before);
  });

  it('sees nothing of it in any list', async () => {
    const known = Object.values(ids);
    for (const path of LISTS) {
      const text = (await stranger.operator.ask('GET', path)).text;
      expect([path, known.filter((id) => text.includes(id))]).toEqual([path, []]);
    }
  });

  it('cannot build on it: ids of another tenant in a body are faults', async () => {
    const { operator } = stranger;
    const attempts = await Promise.all([
      operator.ask('POST', '/api/v1/integrations', { name: 'x', type: 'events', serviceId: ids.service }),
      operator.ask('POST', '/api/v1/customer/notification-routing-rules', { name: 'x', targets: [{ type: 'channel', id: ids.channel }] }),
      operator.ask('POST', '/api/v1/notifications/send', { providerIds: [ids.channel], notification: { title: 'x', body: 'x', severity: 'info' } }),
      send('POST', `${system.urls.ingest}/api/events`, { headers: { authorization: `Bearer ${stranger.apiKey}` }, body: { service_id: ids.service, event_action: 'trigger', payload: { summary: 'x', source: 'x' } } }),
    ]);
    expect(attempts.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    for (const answer of attempts) expect(answer.json<{ errors: unknown[] }>().errors).toHaveLength(1);
    const replay = await operator.post<{ count: number }>('/api/v1/customer/dead-letter/replay', { ids: [ids.letter], dryRun: true });
    expect(replay.count).toBe(0);
  });

  it('cannot choose the tenant by a header', async () => {
    const answer = await stranger.operator.ask('GET', `/api/v1/services/${ids.service}`, undefined, { 'x-tenant-id': world.tenantId });
    expect(answer.status).toBe(404);
  });
});

describe('a role', () => {
  const roles = ['viewer', 'editor'] as const;
  let keys: Record<(typeof roles)[number], Operator>;

  beforeAll(async () => {
    const made = await Promise.all(roles.map((role) => world.operator.post<{ key: string }>('/api/v1/api-keys', { name: role, role, scopes: ['*'] })));
    keys = { viewer: Operator.withKey(made[0]!.key), editor: Operator.withKey(made[1]!.key) };
  });

  it.each(roles)('%s may do what it may, and is told 403 for the rest', async (role) => {
    const rank = { viewer: 0, editor: 1, admin: 2 };
    const above = operations(ids).filter((operation) => rank[operation.role] > rank[role]);
    const wrong: string[] = [];
    for (const { method, path, body } of above) {
      const { status } = await keys[role].ask(method, path, body);
      if (status !== 403) wrong.push(`${method} ${path}: ${status}`);
    }
    for (const { path } of operations(ids).filter(({ method }) => method === 'GET')) {
      const { status } = await keys[role].ask('GET', path);
      if (status !== 200) wrong.push(`GET ${path}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  it('does not reach further than the scopes of an API key', async () => {
    const { key } = await world.operator.post<{ key: string }>('/api/v1/api-keys', { name: 'narrow', role: 'admin', scopes: ['incidents:read'] });
    const narrow = Operator.withKey(key);
    expect((await narrow.ask('GET', '/api/v1/incidents')).status).toBe(200);
    for (const { method, path, body } of operations(ids).filter(({ path: p, method: m }) => !(m === 'GET' && p.startsWith('/api/v1/incidents')))) {
      expect([method, path, (await narrow.ask(method, path, body)).status]).toEqual([method, path, 403]);
    }
    const event = await send('POST', `${system.urls.ingest}/api/events`, { headers: { authorization: `Bearer ${key}` }, body: {} });
    expect(event.status).toBe(403);
  });

  it('and no credential is 401, at the front door and behind it', async () => {
    for (const { method, path, body } of operations(ids)) {
      const answer = await send(method, `${system.urls.admin}${path}`, { body });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
    }
    for (const path of ['/api/v1/incidents', '/api/v1/services']) expect((await send('GET', `${system.urls.incidents}${path}`, { headers: { authorization: `Bearer ${world.apiKey}` } })).status).toBe(401);
  });

  it('of a revoked key ends at once, everywhere', async () => {
    const { id, key } = await world.operator.post<{ id: string; key: string }>('/api/v1/api-keys', { name: 'short-lived', role: 'admin', scopes: ['*'] });
    const event = () => send('POST', `${system.urls.ingest}/api/v1/messages`, { headers: { authorization: `Bearer ${key}` }, body: { topic: 'a', payload: 1 } });
    expect((await event()).status).toBe(202);
    expect((await world.operator.ask('DELETE', `/api/v1/api-keys/${id}`)).status).toBe(204);
    expect((await Operator.withKey(key).ask('GET', '/api/v1/incidents')).status).toBe(401);
    await eventually(async () => (await event()).status === 401, { withinMs: 2_000, describe: 'the gateway to hear of it' });
  });
});

describe('a session', () => {
  it('needs X-Requested-With for a change, and ends when it is deleted', async () => {
    const user = { email: `bob-${world.tenantId}@example.com`, password: 'correct horse battery staple' };
    await world.operator.post('/api/v1/users', { ...user, name: 'Bob', role: 'editor' });
    const bob = await Operator.signIn(user);
    expect((await bob.ask('POST', '/api/v1/services', { name: 'By Bob' })).status).toBe(201);
    expect((await bob.ask('POST', '/api/v1/services', { name: 'By a form' }, { 'x-requested-with': '' })).status).toBe(403);
    expect((await bob.in(stranger.tenantId).ask('GET', '/api/v1/services')).status).toBe(404);
    expect((await bob.ask('DELETE', '/api/v1/session')).status).toBe(204);
    expect((await bob.ask('GET', '/api/v1/services')).status).toBe(401);
  });
});
