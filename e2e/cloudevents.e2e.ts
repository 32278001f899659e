import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { CloudEvent, HTTP, emitterFor, Mode, type Message, type Options } from 'cloudevents';
import { send } from './support/http.js';
import { system } from './support/system.js';
import { World } from './support/world.js';

/** What the official CloudEvents SDK (npm: cloudevents) sends, taken as it is. */

interface Delivered {
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly timestamp: string;
  readonly headers: Record<string, string>;
}

let world: World;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.make('cloudevents');
  receiver = await startReceiver();
  await world.route('shop/#', receiver.url);
});
afterAll(() => receiver.stop());

const post = (headers: Record<string, string>, body: unknown) =>
  send('POST', `${system.urls.ingest}/api/v1/messages`, { headers: { ...headers, authorization: `Bearer ${world.apiKey}` }, body });

/** The transport of the SDK: it gives headers and a body, we put the API key to them. */
async function transport(message: Message, _options?: Options): Promise<{ status: number; text: string }> {
  const { status, text } = await post(message.headers as Record<string, string>, message.body as string);
  return { status, text };
}

function delivered(topic: string, count = 1): Promise<Delivered[]> {
  return eventually(() => {
    const found = receiver.requests.map((request) => request.json<Delivered>()).filter((message) => message.topic === topic);
    return found.length >= count ? found : undefined;
  }, { withinMs: 20_000, describe: `${count} messages of ${topic}` });
}

const event = (subject: string, more: object = {}) =>
  new CloudEvent({ type: 'com.example.order.placed', source: '/shop/7', subject, data: { order: 7, words: 'größer ✓' }, ...more });

it.each([['structured', Mode.STRUCTURED], ['binary', Mode.BINARY]] as const)(
  'takes a %s event of the SDK\'s emitter, with its attributes and extensions',
  async (name, mode) => {
    const sent = event(`shop/${name}`, { time: '2026-11-21T09:30:00.000Z', partitionkey: 'key-7' });
    expect(await emitterFor(transport, { mode })(sent)).toMatchObject({ status: 202, text: JSON.stringify({ status: 'success', id: `/shop/7/${sent.id}` }) });
    const [message] = await delivered(`shop/${name}`);
    expect(message).toMatchObject({
      id: `/shop/7/${sent.id}`, payload: { order: 7, words: 'größer ✓' }, timestamp: '2026-11-21T09:30:00.000Z',
      headers: { 'ce-type': 'com.example.order.placed', 'ce-source': '/shop/7', 'ce-id': sent.id, 'ce-specversion': '1.0', 'ce-partitionkey': 'key-7' },
    });
  },
);

it('takes bytes in both modes', async () => {
  const bytes = Uint8Array.from([1, 2, 255]);
  for (const make of [HTTP.binary, HTTP.structured]) {
    const { headers, body } = make(event('shop/bytes', { datacontenttype: 'application/octet-stream', data: bytes }));
    const answer = await post(headers as Record<string, string>, body);
    expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  }
  for (const { payload } of await delivered('shop/bytes', 2)) expect(payload).toEqual({ base64: Buffer.from(bytes).toString('base64') });
});

it('takes a batch, an event once however often it comes, and tells a stranger what is missing', async () => {
  const batch = [event('shop/batch'), event('shop/batch')];
  const body = JSON.stringify(batch);
  for (let times = 0; times < 2; times += 1) {
    const answer = await post({ 'content-type': 'application/cloudevents-batch+json; charset=utf-8' }, body);
    expect([answer.status, answer.json<{ ids: string[] }>().ids]).toEqual([202, batch.map(({ id }) => `/shop/7/${id}`)]);
  }
  await post({ 'content-type': 'application/cloudevents+json' }, JSON.stringify(event('shop/batch')));
  const ids = (await delivered('shop/batch', 3)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(ids).toHaveLength(3);
  const { id: _, ...nameless } = JSON.parse(JSON.stringify(batch[0])) as Record<string, unknown>;
  const refused = await post({ 'content-type': 'application/cloudevents+json' }, JSON.stringify(nameless));
  expect([refused.status, refused.json<{ errors: { path: string }[] }>().errors.map(({ path }) => path)]).toEqual([400, ['id']]);
});

it('takes NDJSON: each good line, the broken ones by their number', async () => {
  const lines = ['{"topic":"shop/lines","payload":1}', 'no json', '{"topic":"shop/lines","payload":2}', '', '{"topic":"shop/+","payload":3}'];
  const answer = await post({ 'content-type': 'application/x-ndjson' }, lines.join('\r\n'));
  expect(answer.json()).toMatchObject({ accepted: 2, rejected: [{ index: 1 }, { index: 3 }] });
  expect((await delivered('shop/lines', 2)).map(({ payload }) => payload).sort()).toEqual([1, 2]);
});
