// What waits on the stream is taken in, and timed: shared by the benches of incidents.
import contracts from '@signalbox/contracts';
import { publishAll, withNats } from '../measure/streams.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';
import { envelopes } from './events.mjs';
import { Tables } from './tables.mjs';

const READER = 'events';
const TENANTS = 4;

/** Works with a system whose incidents are stopped, its tables and the floor's, a few tenants with a service each, and a book of all ids. */
export function withIntake(name, work) {
  return withSystem(name, { services: ['incidents'] }, async (system) => {
    const tables = await new Tables(system.databaseUrl).open();
    try {
      const tenants = await Promise.all(Array.from({ length: TENANTS }, () => makeTenant(system)));
      await tables.makeFloor();
      await system.kill('incidents', 'SIGTERM');
      return await work({ system, tables, tenants, reconciliation: new Reconciliation() });
    } finally {
      await tables.close();
    }
  });
}

/** Empties everything, `prepare`s what is to be there before, lays the events on the stream, lets `take` take them in, and looks for every id. */
export async function measureIntake({ system, tables, reconciliation, schema, events, take, prepare = async () => undefined }) {
  let perEnvelope;
  await tables.reset();
  await prepare();
  const last = await withNats(system.natsUrl, async ({ js, manager }) => {
    for (const stream of ['EVENTS', 'INCIDENTS']) await manager.streams.purge(stream);
    const ends = await publishAll(js, envelopes(events));
    perEnvelope = events.length / (await manager.streams.info('EVENTS')).state.messages;
    return ends;
  });
  const seconds = await take(endOfPartitions(last));
  reconciliation.add(events.map(({ event }) => event.id), await tables.eventIds(schema));
  return { perSecond: events.length / seconds, perEnvelope };
}

/** A tenant with a service. */
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
export async function takeIn(system, tables, ends) {
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
