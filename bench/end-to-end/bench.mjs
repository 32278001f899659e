// From the 202 for an event to its arrival at a webhook channel, at 50 a second, each a new incident; against a bare chain. The time from the
// sending of the request on, of which the chain's HTTP and publish are a part, is told too.
import contracts from '@signalbox/contracts';
import pg from 'pg';
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, ascending, compare, percentile } from '../measure/statistics.mjs';
import { addStream, withNats } from '../measure/streams.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';

const PER_SECOND = 50;

/** The id is the dedup key and stands in the summary, which every channel shows. */
const body = JSON.stringify({
  event_action: 'trigger', dedup_key: 'ID',
  payload: { summary: 'High CPU usage, ID', source: 'monitoring-system', severity: 'critical', custom_details: { cpu_percent: 95, host: 'web-01', note: 'x'.repeat(300) } },
});

export const endToEnd = {
  name: 'end-to-end',
  run: ({ quick, say }) => withSystem('end-to-end', { services: ['ingest', 'incidents', 'notifications'] }, (system) => withChild(new URL('../measure/receiver.mjs', import.meta.url), (receiver) => withChild(new URL('../measure/load.mjs', import.meta.url), (generator) => withChild(new URL('floor.mjs', import.meta.url), async (floor) => {
    const receiverUrl = await receiver.ask('listen');
    const target = { ...await prepareChain(system, receiverUrl), body };
    const bareUrl = await floor.ask('start', { natsUrl: system.natsUrl, ...await prepareFloor(system), receiverUrl });
    const reconciliation = new Reconciliation();

    const measure = async (to, prefix) => {
      const pace = { ...to, perSecond: PER_SECOND };
      await generator.ask('pace', { ...pace, seconds: 2, prefix: `bench-warm-up-${prefix}-` });
      const accepted = await generator.ask('pace', { ...pace, seconds: quick ? 6 : 20, prefix: `bench-${prefix}-` });
      const expected = accepted.length + 2 * PER_SECOND;
      // An id that does not come is a loss, which the reconciliation shows.
      await until('everything has arrived', async () => (await receiver.ask('count')) >= expected, { everyMs: 50, withinMs: 15_000 }).catch(() => undefined);
      const arrivals = await receiver.ask('take');
      reconciliation.add(accepted.map(({ id }) => id), new Map([...arrivals].map(([id, { times }]) => [id, times])));
      const arrived = accepted.filter(({ id }) => arrivals.has(id));
      const afterAccepted = ascending(arrived.map(({ id, acceptedAt }) => arrivals.get(id).at - acceptedAt));
      const afterSent = ascending(arrived.map(({ id, sentAt }) => arrivals.get(id).at - sentAt));
      return { p50: percentile(afterAccepted, 0.5), p99: percentile(afterAccepted, 0.99), sentP50: percentile(afterSent, 0.5), sentP99: percentile(afterSent, 0.99) };
    };

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(target, `ours-${round}`),
      floor: (round) => measure({ ...target, url: bareUrl }, `floor-${round}`),
    });
    return {
      lines: [
        compare(pairs, 'p50', { what: 'accepted → received, p50', unit: 'ms', bar: { atMost: 3 } }),
        compare(pairs, 'p99', { what: 'accepted → received, p99', unit: 'ms', bar: { atMost: 5 } }),
        compare(pairs, 'sentP50', { what: 'sent → received, p50', unit: 'ms' }),
        compare(pairs, 'sentP99', { what: 'sent → received, p99', unit: 'ms' }),
      ],
      reconciliation,
      notes: [`${PER_SECOND} events/s`, 'the chain has one process, one stream and one insert; ours three services, two streams and two transactions'],
    };
  })))),
};

/** A service, an integration, a webhook channel to the receiver and the rule that leads there. Gives how to send. */
async function prepareChain(system, receiverUrl) {
  const operator = new Operator(system, contracts.newId());
  const { id: serviceId } = await operator.post('incidents', '/api/v1/services', { name: 'Bench' });
  const { key } = await operator.post('ingest', '/api/v1/integrations', { type: 'events', name: 'Bench', serviceId });
  const { id } = await operator.post('notifications', '/api/v1/customer/notification-channels', { name: 'Bench', kind: 'webhook', config: { url: receiverUrl } });
  await operator.post('notifications', '/api/v1/customer/notification-routing-rules', {
    name: 'Bench', enabled: true, priority: 1, stop: false, conditions: {}, targets: [{ type: 'channel', id }],
  });
  return { url: system.urls.ingest, path: '/api/events', headers: { authorization: `Token token=${key}`, 'content-type': 'application/json' } };
}

async function prepareFloor({ natsUrl, databaseUrl }) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('create schema floor; create table floor.events (id uuid primary key, body jsonb not null)');
  await client.end();
  await withNats(natsUrl, ({ manager }) => addStream(manager, 'FLOOR_EVENTS', ['floor-events']));
  return { databaseUrl, stream: 'FLOOR_EVENTS', subject: 'floor-events', table: 'floor.events' };
}
