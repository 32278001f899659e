// 100,000 events that wait on the stream until all are committed, against the barest batches that write the same rows.
import contracts from '@signalbox/contracts';
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { publishAll, withNats } from '../measure/streams.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';
import { envelopes, makeEvents } from './events.mjs';
import { Tables } from './tables.mjs';

const TENANTS = 4;
const READER = 'events';

export const incidents = {
  name: 'incidents',
  run: ({ quick, say }) => withSystem('incidents', { services: ['incidents'] }, async (system) => {
    const tables = await new Tables(system.databaseUrl).open();
    const tenants = await Promise.all(Array.from({ length: TENANTS }, () => makeTenant(system)));
    await tables.makeFloor();
    await system.kill('incidents', 'SIGTERM');
    const reconciliation = new Reconciliation();
    const count = quick ? 20_000 : 100_000;
    let perEnvelope;

    /** Empties everything, lays the events on the stream, lets `take` take them in, and looks for every id. */
    const measure = async (round, schema, number, take) => {
      const events = makeEvents(number, tenants, round);
      await tables.reset();
      const last = await withNats(system.natsUrl, async ({ js, manager }) => {
        for (const stream of ['EVENTS', 'INCIDENTS']) await manager.streams.purge(stream);
        const ends = await publishAll(js, envelopes(events));
        perEnvelope = number / (await manager.streams.info('EVENTS')).state.messages;
        return ends;
      });
      const seconds = await take(endOfPartitions(last));
      reconciliation.add(events.map(({ event }) => event.id), await tables.eventIds(schema));
      return { perSecond: number / seconds };
    };
    const bare = (batch) => () => withChild(new URL('floor.mjs', import.meta.url), (floor) => floor.ask('run', { natsUrl: system.natsUrl, databaseUrl: system.databaseUrl, batch }));

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(`${round}a`, 'incidents', count, (ends) => takeIn(system, tables, ends)),
      floor: (round) => measure(`${round}b`, 'floor', count, bare(500)),
    });
    const single = await measure('single', 'floor', quick ? 4_000 : 20_000, bare(1));
    await tables.close();
    return {
      lines: [compare(pairs, 'perSecond', { what: `${count.toLocaleString('en-US')} events taken in`, unit: 'events/s', bar: { atLeast: 0.4 } })],
      reconciliation,
      notes: [
        `one transaction per event, bare, on 8 connections: ${Math.round(single.perSecond).toLocaleString('en-US')} events/s (ours is ${(summary(pairs.map((pair) => pair.ours.perSecond)).median / single.perSecond).toFixed(1)} times that)`,
        `${TENANTS} tenants, ${perEnvelope.toFixed(1)} events an envelope`,
      ],
    };
  }),
};

async function makeTenant(system) {
  const operator = new Operator(system, contracts.newId());
  const { id: serviceId } = await operator.post('incidents', '/api/v1/services', { name: 'Bench' });
  return { tenantId: operator.tenantId, serviceId, integrationId: contracts.newId() };
}

/** Last sequence per partition, from that per subject. */
function endOfPartitions(lastOfSubjects) {
  const ends = new Map();
  for (const [subject, sequence] of lastOfSubjects) {
    const partition = Number(subject.split('.').at(-1));
    ends.set(partition, Math.max(sequence, ends.get(partition) ?? 0));
  }
  return ends;
}

/** Starts the service (cold, as the floor is) and gives the seconds from its taking hold of the partitions to the last commit. */
async function takeIn(system, tables, ends) {
  await system.restart('incidents');
  await until('incidents reads', () => tables.isRead(READER), { everyMs: 2 });
  const started = performance.now();
  await until('all events are committed', async () => {
    const cursors = await tables.cursors(READER);
    return [...ends].every(([partition, sequence]) => (cursors.get(partition) ?? 0) >= sequence);
  });
  const seconds = (performance.now() - started) / 1_000;
  await system.kill('incidents', 'SIGTERM');
  return seconds;
}
