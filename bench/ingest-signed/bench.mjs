// GitHub's signed webhook of 12 KB against a bare node:http server that checks the same signature and does the same publish.
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { addStream, withNats } from '../measure/streams.mjs';
import { withSystem } from '../measure/system.mjs';
import { keysInEnvelope, loadRound, prepareGateway } from '../ingest/gateway.mjs';
import { after, before } from './payload.mjs';

const SECRET = 'a secret that GitHub signs with';
/** Both sides name a run by repository, workflow and branch; the branch is the id of the request. */
const branchOf = (dedupKey) => dedupKey.replace(/^(?:github-workflow-)?771201-88120-/, '');

export const ingestSigned = {
  name: 'ingest-signed',
  run: ({ quick, say }) => withSystem('ingest-signed', { services: ['ingest', 'incidents'] }, async (system) => {
    const { natsUrl } = system;
    const { url, id } = await prepareGateway(system, { type: 'github', secret: SECRET });
    const target = {
      url, path: `/api/integrations/github?integrationId=${id}`,
      headers: { 'content-type': 'application/json', 'x-github-event': 'workflow_run' }, before, after,
      signature: { header: 'x-hub-signature-256', prefix: 'sha256=', secret: SECRET },
    };
    await withNats(natsUrl, ({ manager }) => addStream(manager, 'FLOOR_EVENTS', ['floor-events']));
    const reconciliation = new Reconciliation();
    const times = quick ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 6, warmUpSeconds: 1.5 };
    const pairs = await withChild(new URL('floor.mjs', import.meta.url), (floor) =>
      withChild(new URL('../measure/load.mjs', import.meta.url), async (generator) => {
        const bare = { ...target, url: await floor.ask('listen', { natsUrl, subject: 'floor-events', secret: SECRET }) };
        const common = { generator, times, natsUrl, reconciliation };
        return alternate({
          rounds: quick ? 2 : 5, say,
          ours: (round) => loadRound({
            ...common, target, prefix: `ours-${round}-`, stream: 'EVENTS',
            keysOf: (envelope) => keysInEnvelope(envelope).map(branchOf),
          }),
          floor: (round) => loadRound({
            ...common, target: bare, prefix: `floor-${round}-`,
            stream: 'FLOOR_EVENTS', keysOf: ({ dedup_key: key }) => [branchOf(key)],
          }),
        });
      }));
    return {
      lines: [
        compare(pairs, 'perSecond', { what: 'accepted', unit: 'requests/s', bar: { atLeast: 0.7 } }),
        compare(pairs, 'p99', { what: 'latency p99', unit: 'ms' }),
        compare(pairs, 'p50', { what: 'latency p50', unit: 'ms' }),
      ],
      reconciliation,
      notes: [
        `${summary(pairs.map((pair) => pair.ours.perPublish)).median.toFixed(1)} events shared a publish (the floor publishes each)`,
        `the load generator, which signs, used ${summary(pairs.map((pair) => pair.ours.generatorCpu)).median.toFixed(2)} of a core`,
        `${pairs.reduce((sum, pair) => sum + pair.ours.refused + pair.floor.refused, 0)} requests refused`,
      ],
    };
  }),
};
