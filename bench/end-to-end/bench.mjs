// From the 202 for an event to its arrival at a webhook channel, at 50 a second, each a new incident; against a bare chain. The time from the
// sending of the request on, of which the chain's HTTP and publish are a part, is told too.
import contracts from '@signalbox/contracts';
import pg from 'pg';
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, ascending, compare, percentile, summary } from '../measure/statistics.mjs';
import { addStream, withNats } from '../measure/streams.mjs';
import { Operator, withSystem } from '../measure/system.mjs';
import { until } from '../measure/until.mjs';

const PER_SECOND = 50;

/** The id is the dedup key and stands in the summary, which every channel shows. */
const body = JSON.stringify({
  event_action: 'trigger', dedup_key: 'ID',
  payload: {
    summary: 'High CPU usage, ID', source: 'monitoring-system', severity: 'critical',
    custom_details: { cpu_percent: 95, host: 'web-01', note: 'x'.repeat(300) },
  },
});

export const endToEnd = {
  name: 'end-to-end',
  run: ({ quick, say }) => withSystem('end-to-end', { services: ['ingest', 'incidents', 'notifications'] }, (system) => withChildren({
    receiver: '../measure/receiver.mjs', generator: '../measure/load.mjs', floor: 'floor.mjs', first: 'floor.mjs', second: 'floor.mjs', third: 'floor.mjs',
  }, async ({ receiver, generator, floor, first, second, third }) => {
    const receiverUrl = await receiver.ask('listen');
    const target = { ...await prepareChain(system, receiverUrl), body };
    const bare = await prepareFloor(system, receiverUrl);
    const bareUrl = await floor.ask('accept', bare.one);
    await floor.ask('tell', bare.one);
    const wayUrl = await first.ask('accept', bare.way[0]);
    await second.ask('handOn', bare.way[0]);
    await third.ask('tell', bare.way[1]);
    const reconciliation = new Reconciliation();
    const ways = [];

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
      return {
        p50: percentile(afterAccepted, 0.5), p99: percentile(afterAccepted, 0.99),
        sentP50: percentile(afterSent, 0.5), sentP99: percentile(afterSent, 0.99),
      };
    };

    const pairs = await alternate({
      rounds: quick ? 2 : 5, say,
      ours: (round) => measure(target, `ours-${round}`),
      floor: async (round) => {
        ways.push(await measure({ ...target, url: wayUrl }, `way-${round}`));
        return measure({ ...target, url: bareUrl }, `floor-${round}`);
      },
    });
    const way = (figure) => summary(ways.map((one) => one[figure])).median.toFixed(2);
    return {
      lines: [
        compare(pairs, 'p50', { what: 'accepted → received, p50', unit: 'ms', bar: { atMost: 3 } }),
        compare(pairs, 'p99', { what: 'accepted → received, p99', unit: 'ms', bar: { atMost: 5 } }),
        compare(pairs, 'sentP50', { what: 'sent → received, p50', unit: 'ms' }),
        compare(pairs, 'sentP99', { what: 'sent → received, p99', unit: 'ms' }),
      ],
      reconciliation,
      notes: [
        `${PER_SECOND} events/s`, 'the chain has one process, one stream and one insert; ours three services, two streams and two transactions',
        'the way alone (three bare processes, two streams, one insert each, nothing else): '
          + `accepted → received p50 ${way('p50')} ms, p99 ${way('p99')} ms; sent → received p50 ${way('sentP50')} ms`,
      ],
    };
  })),
};

/** Children by their names, each from its module. */
function withChildren(modules, work, children = {}) {
  const [name] = Object.keys(modules).filter((one) => children[one] === undefined);
  return name === undefined
    ? work(children)
    : withChild(new URL(modules[name], import.meta.url), (child) => withChildren(modules, work, { ...children, [name]: child }));
}

/** A service, an integration, a webhook channel to the receiver and the rule that leads there. Gives how to send. */
async function prepareChain(system, receiverUrl) {
  const operator = new Operator(system, contracts.newId());
  const { id: serviceId } = await operator.post('incidents', '/api/v1/services', { name: 'Bench' });
  const { key } = await operator.post('ingest', '/api/v1/integrations', { type: 'events', name: 'Bench', serviceId });
  const { id } = await operator.post('notifications', '/api/v1/customer/notification-channels', {
    name: 'Bench', kind: 'webhook', config: { url: receiverUrl },
  });
  await operator.post('notifications', '/api/v1/customer/notification-routing-rules', {
    name: 'Bench', enabled: true, priority: 1, stop: false, conditions: {}, targets: [{ type: 'channel', id }],
  });
  return { url: system.urls.ingest, path: '/api/events', headers: { authorization: `Token token=${key}`, 'content-type': 'application/json' } };
}

/** Streams and tables of the chain, and of the same chain in three processes. */
async function prepareFloor({ natsUrl, databaseUrl }, receiverUrl) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const table = (name) => `create table floor.${name} (id uuid primary key, body jsonb not null)`;
  await client.query(['create schema floor', table('events'), table('incidents'), table('notifications')].join(';'));
  await client.end();
  const streams = { FLOOR_ONE: 'floor-one', FLOOR_WAY_1: 'floor-way-1', FLOOR_WAY_2: 'floor-way-2' };
  await withNats(natsUrl, async ({ manager }) => { for (const [stream, subject] of Object.entries(streams)) await addStream(manager, stream, [subject]); });
  const common = { natsUrl, databaseUrl, receiverUrl };
  const on = (stream, name) => ({ ...common, stream, subject: streams[stream], table: `floor.${name}` });
  return { one: on('FLOOR_ONE', 'events'), way: [{ ...on('FLOOR_WAY_1', 'incidents'), next: streams.FLOOR_WAY_2 }, on('FLOOR_WAY_2', 'notifications')] };
}
