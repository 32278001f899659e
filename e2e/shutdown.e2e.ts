import { eventually, startReceiver, type Receiver } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, ready, restart, terminate } from './support/system.js';
import { EXAMPLE_EVENT, World, type Integration } from './support/world.js';

/** SIGTERM in the middle of the work: what was accepted is finished, here or by whoever comes next. */

let world: World;
let integration: Integration;
let receiver: Receiver;

beforeAll(async () => {
  world = await World.make('shutdown');
  integration = await world.integration('events');
  receiver = await startReceiver();
  receiver.answer({ status: 200, delayMs: 20 });
  await world.route('shutdown/#', `${receiver.url}/messages`);
  await world.channel('webhook', { url: `${receiver.url}/notifications` });
});
afterAll(async () => {
  await receiver.stop();
  await ready();
});

/** Sends events and messages, four at a time, until told to stop; gives the ids of what was answered with 202. */
function startLoad(prefix: string): { stop(): Promise<string[]> } {
  const accepted: string[] = [];
  let running = true;
  let count = 0;
  const worker = async (): Promise<void> => {
    while (running) {
      const id = `${prefix}-${(count += 1)}`;
      const sent = count % 2 === 0 ? world.event(integration, { ...EXAMPLE_EVENT, dedup_key: id }) : world.message({ topic: 'shutdown/a', payload: { id } });
      const status = await sent.then((answer) => answer.status, () => 0);
      if (status === 202) accepted.push(id);
      else await sleep(20);
    }
  };
  const workers = Promise.all(Array.from({ length: 4 }, worker));
  return {
    stop: async () => {
      running = false;
      await workers;
      return accepted;
    },
  };
}

it.each(SERVICES)('%s drains, ends with exit code 0, and nothing accepted is lost', async (service) => {
  const load = startLoad(service);
  await sleep(300);
  const end = await terminate(service);
  await restart(service);
  await ready();
  await sleep(300);
  const accepted = await load.stop();
  expect(end).toBe(`${service} has ended by itself (exit code 0).`);
  expect(accepted.length).toBeGreaterThan(20);

  await eventually(() => {
    const received = receiver.requests.map(({ text }) => text).join('\n');
    const missing = accepted.filter((id) => Number(id.split('-')[1]) % 2 === 1 && !received.includes(`"${id}"`));
    if (missing.length > 0) throw new Error(`${missing.length} messages of ${accepted.length} have not arrived, e.g. ${missing[0]}`);
    return true;
  }, { withinMs: 40_000, everyMs: 200, describe: 'every accepted message to arrive' });
  const events = accepted.filter((id) => Number(id.split('-')[1]) % 2 === 0);
  await eventually(async () => {
    const keys = await openKeys(service);
    const missing = events.filter((id) => !keys.has(id));
    if (missing.length > 0) throw new Error(`${missing.length} of ${events.length} have no incident, e.g. ${missing[0]}`);
    return true;
  }, { withinMs: 20_000, everyMs: 200, describe: 'every accepted event to have its incident' });
});

/** Dedup keys of all incidents whose key has this text in it, page by page. */
async function openKeys(text: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for (let cursor = ''; ;) {
    const page = await world.operator.get<{ data: { dedupKey: string }[]; nextCursor: string | null }>(
      `/api/v1/incidents?limit=200&text=${text}-${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { dedupKey } of page.data) keys.add(dedupKey);
    if (page.nextCursor === null) return keys;
    cursor = page.nextCursor;
  }
}
