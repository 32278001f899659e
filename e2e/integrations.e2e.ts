import { eventually } from '@signalbox/testing';
import { send } from './support/http.js';
import { system } from './support/system.js';
import { World, type Integration } from './support/world.js';

let world: World;
let webhook: Integration;

beforeAll(async () => {
  world = await World.make('integrations');
  webhook = await world.integration('webhook');
});

const post = (integration: Integration, body: unknown, key = integration.key) =>
  send('POST', `${system.urls.ingest}/api/integrations/${integration.type}?integrationId=${integration.id}`, {
    headers: { authorization: `Bearer ${key}` }, body,
  });

interface Logged { readonly id: string; readonly status: number; readonly outcome: string; readonly reason: string | null; readonly traceId: string | null }
interface Health {
  readonly status: string;
  readonly byIntegration: readonly { readonly id: string; readonly totalReceived: number; readonly totalErrors: number; readonly lastError: object | null }[];
}

test('a mapping is tried until it fits, saved, and does what was shown', async () => {
  const body = { alarm: { what: 'Pump 3 is hot', ref: 'pump-3' }, level: 'red' };
  const mapping = { summaryField: 'alarm.what', dedupKeyField: 'alarm.ref', severityField: 'level', severityValues: { red: 'critical' } };
  const path = `/api/v1/integrations/${webhook.id}`;
  expect(await world.operator.post(`${path}/try`, { body })).toMatchObject({ outcome: 'rejected', errors: [{ path: 'summary' }] });
  expect((await post(webhook, body)).status).toBe(400);
  const tried = await world.operator.post<{ events: { dedup_key: string; payload: object }[] }>(`${path}/try`, { body, mapping });
  expect(tried.events).toMatchObject([{ dedup_key: 'webhook-pump-3', payload: { summary: 'Pump 3 is hot', severity: 'critical' } }]);
  expect((await world.operator.ask('PATCH', path, { mapping })).status).toBe(200);
  await eventually(async () => (await post(webhook, body)).status === 202, { withinMs: 3_000, describe: 'the mapping to be in effect' });
  expect(await world.incident(tried.events[0]!.dedup_key)).toMatchObject({ title: 'Pump 3 is hot', severity: 'critical' });
});

test('the test button opens an incident that says what it is, and closes it', async () => {
  const prometheus = await world.integration('prometheus');
  const key = `signalbox-test-${prometheus.id}`;
  const { traceId } = await world.operator.post<{ traceId: string }>(`/api/v1/integrations/${prometheus.id}/test`);
  expect((await world.incident(key, { status: 'OPEN' })).title).toMatch(/^Test: /);
  await eventually(async () => {
    const { entries } = await world.operator.get<{ entries: { service: string }[] }>(`/api/v1/trace/${traceId}`);
    return entries.some(({ service }) => service === 'incidents');
  }, { withinMs: 5_000, describe: 'its trace' });
  await world.operator.post(`/api/v1/integrations/${prometheus.id}/test`, { resolve: true });
  await world.incident(key, { status: 'RESOLVED' });
});

test('"did it reach you?": the log tells what arrived, what was refused and why, and health counts it', async () => {
  const integration = await world.integration('webhook');
  const accepted = await post(integration, { title: 'It arrived' });
  await post(integration, { title: 'It did not' }, 'a-wrong-key');
  const path = `/api/v1/integrations/${integration.id}/requests`;
  const [refused, taken] = await eventually(async () => {
    const all = await world.operator.list<Logged>(path);
    return all.length === 2 ? all : undefined;
  }, { withinMs: 5_000, describe: 'two in the log' });
  expect(taken).toMatchObject({ status: 202, outcome: 'events', traceId: accepted.headers.get('x-signalbox-trace') });
  expect(refused).toMatchObject({ status: 401, outcome: 'rejected', reason: 'The integration is unknown, or the key is not its key.' });
  expect(await world.operator.get(`${path}/${taken!.id}`)).toMatchObject({ body: '{"title":"It arrived"}', headers: { authorization: '••••••••' } });
  const healthOf = async (url: string) => {
    const health = await send('GET', `${url}/api/integrations/health`, { headers: { authorization: `Bearer ${world.apiKey}` } });
    return health.json<Health>().byIntegration.find(({ id }) => id === integration.id);
  };
  for (const url of [system.urls.admin, system.urls.ingest]) {
    const one = await eventually(async () => {
      const found = await healthOf(url);
      return found?.totalReceived === 2 ? found : undefined;
    }, { withinMs: 8_000, describe: 'both counted' });
    expect(one).toMatchObject({ totalErrors: 1, lastError: { status: 401 } });
  }
});

test('every source tells how to set it up with the integration at hand', async () => {
  const types = await world.operator.list<{ type: string; setup: string }>('/api/v1/integration-types');
  expect(types.length).toBeGreaterThan(3);
  for (const { type } of types) {
    const { id, key } = await world.integration(type);
    const { setup } = await world.operator.get<{ setup: string }>(`/api/v1/integrations/${id}/setup`);
    expect(setup).toContain(key);
    expect(setup).toContain(system.urls.ingest.replace('http://', ''));
  }
});
