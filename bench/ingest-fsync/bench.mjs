// The gateway with a NATS that syncs every message to the disk before it answers (a 202 survives a power cut), against the gateway without.
import { withChild } from '../measure/child.mjs';
import { Reconciliation } from '../measure/reconcile.mjs';
import { alternate, compare, summary } from '../measure/statistics.mjs';
import { withSystem } from '../measure/system.mjs';
import { keysInEnvelope, loadRound, prepareGateway } from '../ingest/gateway.mjs';

const services = ['ingest', 'incidents'];

export const ingestFsync = {
  name: 'ingest-fsync',
  run: ({ quick, say }) => withBoth(async (synced, unsynced) => {
    const reconciliation = new Reconciliation();
    const times = quick ? { seconds: 2, warmUpSeconds: 1 } : { seconds: 6, warmUpSeconds: 1.5 };
    const [syncedTarget, unsyncedTarget] = [await prepareGateway(synced), await prepareGateway(unsynced)];
    const pairs = await withChild(new URL('../measure/load.mjs', import.meta.url), async (generator) => {
      const common = { generator, times, stream: 'EVENTS', keysOf: keysInEnvelope, reconciliation };
      return alternate({
        rounds: quick ? 2 : 5, say,
        ours: (round) => loadRound({ ...common, target: syncedTarget, natsUrl: synced.natsUrl, prefix: `synced-${round}-` }),
        floor: (round) => loadRound({ ...common, target: unsyncedTarget, natsUrl: unsynced.natsUrl, prefix: `unsynced-${round}-` }),
      });
    });
    return {
      lines: [
        compare(pairs, 'perSecond', { what: 'accepted with sync_interval always', unit: 'requests/s', bar: { atLeast: 0.3 } }),
        compare(pairs, 'p99', { what: 'latency p99', unit: 'ms' }),
      ],
      reconciliation,
      notes: [
        'the floor is our own gateway without it',
        `${summary(pairs.map((pair) => pair.ours.perPublish)).median.toFixed(1)} events shared a synced publish`,
      ],
    };
  }),
};

function withBoth(work) {
  return withSystem('ingest-synced', { services, syncInterval: 'always' }, (synced) =>
    withSystem('ingest-unsynced', { services }, (unsynced) => work(synced, unsynced)));
}
