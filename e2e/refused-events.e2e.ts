import { eventually } from '@signalbox/testing';
import { send, type Answer, type Problem } from './support/http.js';
import { kill, ready, restart, system } from './support/system.js';
import { World, type Integration } from './support/world.js';

/** What a sender with a good key sends and nobody understands: kept, mended, replayed. */

interface Letter {
  id: string;
  kind: string;
  reason: string;
  detail: string;
  state: string;
  subject: string;
  payload: unknown;
  raw: string;
  headers: Record<string, string>;
  traceId: string;
  integrationId: string;
  diedAt: string;
}
interface Job { id: string; state: string; total: number; done: number; failed: number; skipped: number }

let world: World;
beforeAll(async () => {
  world = await World.make('refused');
});

const post = ({ id, key }: Integration, body: unknown): Promise<Answer> =>
  send('POST', `${system.urls.ingest}/api/integrations/webhook?integrationId=${id}&key=${key}`, { body, headers: { 'x-sender': 'acme', cookie: 'session=1' } });

const lettersOf = ({ id }: Integration) => world.operator.list<Letter>(`/api/v1/customer/dead-letter?kind=event&integrationId=${id}`);

/** The one letter of an integration, whole. */
async function letterOf(integration: Integration): Promise<Letter> {
  const { id } = await eventually(async () => (await lettersOf(integration))[0], { withinMs: 15_000, describe: 'the dead letter' });
  return world.operator.get<Letter>(`/api/v1/customer/dead-letter/${id}`);
}

async function replay(letter: Letter, body: object = {}): Promise<Job> {
  const { id } = await world.operator.post<Job>(`/api/v1/customer/dead-letter/${letter.id}/replay`, body);
  return eventually(async () => {
    const job = await world.operator.get<Job>(`/api/v1/replay-jobs/${id}`);
    return job.state === 'done' ? job : undefined;
  }, { withinMs: 15_000, describe: 'the replay job' });
}

const mend = (integration: Integration, change: object) => world.operator.ask('PATCH', `/api/v1/integrations/${integration.id}`, change);
const stateOf = async ({ id }: Letter) => (await world.operator.get<Letter>(`/api/v1/customer/dead-letter/${id}`)).state;

test('a mapping that does not fit: 400 and a letter with the exact bytes; mended and replayed, the incident is there, once', async () => {
  const integration = await world.integration('webhook', { mapping: { summaryField: 'alert.name' } });
  const body = '{ "what" : "Tank  über 90 %",\n "key": "tank-7", "n": 1.0 }';
  const answer = await post(integration, body);
  expect([answer.status, answer.json<Problem>().errors]).toEqual([400, [expect.objectContaining({ path: 'alert.name' })]]);

  const letter = await letterOf(integration);
  expect(Buffer.from(letter.raw, 'base64').toString()).toBe(body);
  expect(letter).toMatchObject({
    kind: 'event', reason: 'not_understood', detail: expect.stringContaining('alert.name'),
    state: 'dead', integrationId: integration.id, payload: { key: 'tank-7' },
    subject: `POST /api/integrations/webhook?integrationId=${integration.id}`,
    headers: { 'content-type': 'application/json', 'x-sender': 'acme' }, traceId: answer.headers.get('x-signalbox-trace'),
  });
  expect(JSON.stringify(letter)).not.toContain(integration.key);
  expect(letter.headers).not.toHaveProperty('cookie');
  await post(integration, body);

  expect(await replay(letter)).toMatchObject({ total: 1, done: 0, failed: 1 });
  expect(await stateOf(letter)).toBe('dead');
  expect((await mend(integration, { mapping: { summaryField: 'what', dedupKeyField: 'key' } })).status).toBe(200);
  expect(await replay(letter)).toMatchObject({ total: 1, done: 1, failed: 0 });
  const incident = await world.incident('webhook-tank-7');
  expect(incident).toMatchObject({ title: 'Tank über 90 %', status: 'OPEN', eventCount: 1, openedAt: letter.diedAt });
  expect(await stateOf(letter)).toBe('replayed');
  expect(await lettersOf(integration)).toHaveLength(1);

  const again = await world.operator.ask('POST', `/api/v1/customer/dead-letter/${letter.id}/replay`, {});
  expect(again.status).toBe(409);
  const job = await world.operator.post<Job>('/api/v1/customer/dead-letter/replay', { ids: [letter.id] });
  await eventually(async () => (await world.operator.get<Job>(`/api/v1/replay-jobs/${job.id}`)).skipped === 1, {
    withinMs: 10_000, describe: 'the second replay to skip the letter',
  });
  expect(await world.incidents('&dedupKey=webhook-tank-7')).toEqual([expect.objectContaining({ id: incident.id, eventCount: 1 })]);
});

test('what was resolved meanwhile is not opened again by a replay of what came before', async () => {
  const integration = await world.integration('webhook', { mapping: { summaryField: 'what', dedupKeyField: 'key' } });
  await post(integration, { nothing: 'to see', status: 'firing' });
  const letter = await letterOf(integration);
  await post(integration, { what: 'Later', key: 'pump', status: 'resolved' });
  const edited = { what: 'Earlier', key: 'pump', status: 'firing' };
  expect(await replay(letter, { payload: edited })).toMatchObject({ done: 1 });
  await post(integration, { what: 'The last', key: 'pump-2', status: 'firing' });
  await world.incident('webhook-pump-2');
  await eventually(async () => JSON.stringify(await world.operator.get(`/api/v1/trace/${letter.traceId}`)).includes('resolved_since'), {
    withinMs: 10_000, describe: 'the event to be taken in, and ignored',
  });
  expect(await world.incidents('&dedupKey=webhook-pump')).toEqual([]);
});

test('is kept while the bus is away', async () => {
  const integration = await world.integration('webhook');
  await post(integration, { title: 'so that the key is known', key: 'known' });
  await kill('nats');
  try {
    expect((await post(integration, { nothing: 'to see' })).status).toBe(400);
  } finally {
    await restart('nats');
    await ready();
  }
  expect(await letterOf(integration)).toMatchObject({ payload: { nothing: 'to see' }, state: 'dead' });
});
