// POST /api/events against a bare node:http server that does the same publish.
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { addStream, withNats } from '../measure/streams.mjs';
import { withSystem } from '../measure/system.mjs';
import { keysInEnvelope, loadRound, prepareGateway } from './gateway.mjs';

export const ingest = {
  name: 'ingest',
  run: ({ quick, say }) => withSystem('ingest', { services: ['ingest', 'incidents'] }, async (system) => {
    const { natsUrl } = system;
    const target = await prepareGateway(system);
    await withNats(natsUrl, ({ manager }) => addStream(manager, 'FLOOR_EVENTS', ['floor-events']));
    const reconciliation = new Reconciliation();
    const times = quick ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 6, warmUpSeconds: 1.5 };
    const pairs = await withChild(new URL('floor.mjs', import.meta.url), (floor) =>
      withChild(new URL('../measure/load.mjs', import.meta.url), async (generator) => {
        const bare = { ...target, url: await floor.ask('listen', { natsUrl, subject: 'floor-events' }) };
        const common = { generator, times, natsUrl, reconciliation };
        return alternate({
          rounds: quick ? 2 : 5, say,
          ours: (round) => loadRound({ ...common, target, prefix: `ours-${round}-`, stream: 'EVENTS', keysOf: keysInEnvelope }),
          floor: (round) => loadRound({ ...common, target: bare, prefix: `floor-${round}-`, stream: 'FLOOR_EVENTS', keysOf: ({ dedup_key: key }) => [key] }),
        });
      }));
    return {
      lines: [
        compare(pairs, 'perSecond', { what: 'accepted', unit: 'requests/s', bar: { atLeast: 0.7 } }),
        compare(pairs, 'p99', { what: 'latency p99', unit: 'ms', bar: { atMost: 2 } }),
        compare(pairs, 'p50', { what: 'latency p50', unit: 'ms' }),
      ],
      reconciliation,
      notes: [
        `${summary(pairs.map((pair) => pair.ours.perPublish)).median.toFixed(1)} events shared a publish (the floor publishes each)`,
        `the load generator used ${summary(pairs.map((pair) => pair.ours.generatorCpu)).median.toFixed(2)} of a core`,
        `${pairs.reduce((sum, pair) => sum + pair.ours.refused + pair.floor.refused, 0)} requests refused`,
      ],
    };
  }),
};
