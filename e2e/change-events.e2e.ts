import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { send, type Answer } from './support/http.js';
import { system } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration, type Named } from './support/world.js';

/** What was changed: sent as to PagerDuty, shown beside incidents, told to nobody. */

interface Change { readonly id: string; readonly summary: string; readonly source: string | null; readonly service: Named; readonly integrationId: string }
interface Letter { readonly id: string; readonly reason: string }

let world: World;
let receiver: Receiver;
let integration: Integration;

beforeAll(async () => {
  world = await World.make('changes');
  receiver = await startReceiver();
  await world.channel('webhook', { url: receiver.url });
  integration = await world.integration('events');
});
afterAll(() => receiver.stop());

const enqueue = (of: Integration, payload: object, headers: Record<string, string> = {}): Promise<Answer> =>
  send('POST', `${system.urls.ingest}/v2/change/enqueue`, { body: { routing_key: of.key, payload }, headers });
const changes = (path = '/api/v1/change-events') => world.operator.list<Change>(path);

test('a deployment is shown, and beside the incident that opened after it; it opens none, and nobody hears of it', async () => {
  const other = await world.operator.post<Named>('/api/v1/services', { name: 'Billing' });
  const elsewhere = await world.integration('events', { serviceId: other.id });
  await enqueue(integration, { summary: 'Deployed shop 2.4', source: 'ci' }, { 'idempotency-key': 'build-812' });
  const answer = await enqueue(integration, { summary: 'Deployed shop 2.4', source: 'ci' }, { 'idempotency-key': 'build-812' });
  expect([answer.status, answer.json()]).toEqual([202, { status: 'success', message: 'Change event processed' }]);
  await enqueue(elsewhere, { summary: 'Deployed billing 7' });
  await eventually(async () => (await changes()).length === 2, { withinMs: 10_000, describe: 'both changes' });
  expect(await changes(`/api/v1/change-events?serviceId=${world.service.id}`)).toEqual([
    expect.objectContaining({ summary: 'Deployed shop 2.4', source: 'ci', service: { id: world.service.id, name: 'Web shop' }, integrationId: integration.id }),
  ]);
  const trace = await world.operator.get<{ entries: object[] }>(`/api/v1/trace/${answer.headers.get('x-signalbox-trace')}`);
  expect(trace.entries).toEqual([expect.objectContaining({ service: 'incidents', kind: 'change.kept', summary: 'Deployed shop 2.4' })]);
  expect(await world.incidents()).toEqual([]);

  await world.event(integration, EXAMPLE_EVENT);
  const incident = await world.incident('unique-alert-id');
  expect((await changes(`/api/v1/incidents/${incident.id}/changes`)).map(({ summary }) => summary)).toEqual(['Deployed shop 2.4', 'Deployed billing 7']);
  // The incident was told of, the changes before it were not.
  await receiver.received(1);
  expect(receiver.requests.map(({ text }) => text.includes(incident.id))).toEqual([true]);
});

test('a change event that nobody understands is kept, and a replay shows it', async () => {
  const one = await world.integration('events');
  expect((await enqueue(one, { source: 'ci' })).status).toBe(400);
  const letters = `/api/v1/customer/dead-letter?kind=event&integrationId=${one.id}`;
  const letter = await eventually(async () => (await world.operator.list<Letter>(letters))[0], { withinMs: 15_000, describe: 'the dead letter' });
  expect(letter.reason).toBe('not_understood');
  await world.operator.post(`/api/v1/customer/dead-letter/${letter.id}/replay`, { payload: { payload: { summary: 'Mended by hand' } } });
  const isMended = ({ summary, integrationId }: Change) => summary === 'Mended by hand' && integrationId === one.id;
  await eventually(async () => (await changes()).some(isMended), { withinMs: 15_000, describe: 'the change' });
});
