// Messages that wait on the stream until each is matched, POSTed to a fast receiver, recorded and acked; against the shortest chain by hand.
import contracts from '@signalbox/contracts';
import { withChild } from '../measure/child.mjs';
import { Reconciliation, tally } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { addStream, publishAll, withNats } from '../measure/streams.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';
import { DeliveryTables } from './tables.mjs';

const { MESSAGES, newId, partitionOf, subjects } = contracts;
/** Deliveries of the route under way at once, on both sides. */
const CONCURRENCY = 64;
/** Messages that a loaded gateway puts into one envelope. */
const TOGETHER = 8;

const RECEIVER = new URL('../measure/receiver.mjs', import.meta.url);

export const delivery = {
  name: 'delivery',
  run: ({ quick, say }) => withSystem('delivery', { services: ['delivery'] }, (system) => withChild(RECEIVER, async (receiver) => {
    const { natsUrl, databaseUrl } = system;
    const receiverUrl = await receiver.ask('listen');
    const tables = await new DeliveryTables(databaseUrl).open();
    const tenantId = await makeRoute(system, receiverUrl);
    await system.kill('delivery', 'SIGTERM');
    await withNats(natsUrl, ({ manager }) => addStream(manager, 'FLOOR_ROUTES', ['floor-routes'], { work: true }));
    await tables.makeFloor();
    const reconciliation = new Reconciliation();
    const count = quick ? 5_000 : 25_000;

    /** Empties everything, lays the messages on the stream, lets `deliver` deliver them, and looks for every id at the receiver and in the records. */
    const measure = async (prefix, recorded, deliver) => {
      const ids = Array.from({ length: count }, (_, index) => `bench-${prefix}-${index}`);
      await tables.reset();
      await withNats(natsUrl, async ({ js, manager }) => {
        for (const stream of ['MESSAGES', 'OUTCOMES', 'FLOOR_ROUTES']) await manager.streams.purge(stream);
        await publishAll(js, envelopes(tenantId, ids));
      });
      const seconds = await deliver(ids.length);
      const arrivals = await receiver.ask('take');
      reconciliation.add(ids, new Map([...arrivals].map(([id, { times }]) => [id, times])));
      reconciliation.add(ids, tally(await recorded()));
      return { perSecond: ids.length / seconds };
    };
    const bare = (handler, argument) => withChild(new URL('floor.mjs', import.meta.url), (floor) => floor.ask(handler, {
      natsUrl, databaseUrl, receiverUrl, inHand: CONCURRENCY, ...argument,
    }));

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(`ours-${round}`, () => tables.delivered(), (expected) => takeOut({ system, tables, receiver, expected })),
      floor: (round) => measure(`floor-${round}`, () => tables.attemptsOfFloor(), (expected) => bare('chain', { expected })),
    });
    const loopSeconds = await bare('loop', { expected: count, prefix: 'bench-loop-' });
    await receiver.ask('take');
    await tables.close();
    const ours = summary(pairs.map((pair) => pair.ours.perSecond)).median;
    return {
      lines: [compare(pairs, 'perSecond', { what: `${count.toLocaleString('en-US')} messages delivered`, unit: 'messages/s', bar: { atLeast: 0.6 } })],
      reconciliation,
      notes: [
        'each id is looked for at the receiver and among the recorded attempts',
        `a bare undici loop: ${Math.round(count / loopSeconds).toLocaleString('en-US')} POSTs/s (ours is ${(ours / (count / loopSeconds)).toFixed(2)} of that)`,
        `${CONCURRENCY} at once, ${TOGETHER} messages an envelope`,
      ],
    };
  })),
};

/** One route that matches every message of a tenant. Gives the tenant. */
async function makeRoute(system, receiverUrl) {
  const operator = new Operator(system, newId());
  await operator.post('delivery', '/api/v1/customer/message-routes', {
    name: 'Bench', topic: 'devices/+/temperature', filter: { value: { $gt: 90 } },
    concurrency: CONCURRENCY, destination: { type: 'webhook', config: { url: receiverUrl } },
  });
  return operator.tenantId;
}

/** Messages as the gateway puts them on the bus, `[subject, body]`: those of one topic share an envelope. */
function* envelopes(tenantId, ids) {
  const at = new Date().toISOString();
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const topic = `devices/${from / TOGETHER}/temperature`;
    const messages = ids.slice(from, from + TOGETHER).map((id) => ({
      id, traceId: newId(), topic,
      payload: { id, value: 91, unit: '°C', site: 'hall 7', note: 'x'.repeat(200) },
      timestamp: at, acceptedAt: at,
    }));
    yield [subjects.messages(tenantId, partitionOf(topic)), MESSAGES.encode({ tenantId, messages })];
  }
}

/** Starts the service (cold, as the floor is) and gives the seconds from its taking hold of the partitions until all is recorded and acked. */
async function takeOut({ system, tables, receiver, expected }) {
  await system.restart('delivery');
  await until('delivery reads', () => tables.isRead(), { everyMs: 2 });
  const started = performance.now();
  await until('the receiver has everything', async () => (await receiver.ask('count')) >= expected);
  await until('every attempt is recorded', async () => (await tables.deliveredCount()) >= expected);
  await withNats(system.natsUrl, ({ manager }) => until('every job is acked', async () => (await manager.streams.info('ROUTES')).state.messages === 0));
  const seconds = (performance.now() - started) / 1_000;
  await system.kill('delivery', 'SIGTERM');
  return seconds;
}
