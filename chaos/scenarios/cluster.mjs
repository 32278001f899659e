import { setTimeout as sleep } from 'node:timers/promises';
import { NODES, leaderOf, startCluster, untilWhole } from '../cluster.mjs';
import { verdict } from '../invariants.mjs';
import { chance } from '../random.mjs';
import { everyoneDied } from './random.mjs';

/** Streams whose leaders are looked for: what comes in, and what goes out. */
const LED = ['EVENTS', 'MESSAGES', 'ROUTES', 'INCIDENTS'];

export const cluster = {
  name: 'cluster', seconds: 60, about: 'three NATS servers with three copies of everything; one dies at a time, the leader of a stream first',
  async play(stage, { seconds }) {
    const { handles, natsUrl } = await startCluster({ dir: stage.dir, onCrash: (name, how) => stage.crashed(name, how) });
    for (const [name, handle] of Object.entries(handles)) stage.join(name, handle);
    await stage.open({ natsUrl, env: { STREAM_REPLICAS: '3', STREAM_MAX_MEGABYTES: '64' } });
    await untilWhole(natsUrl);
    const load = stage.load();
    const { deaths, leaders } = await killInTurn(stage, natsUrl, Date.now() + seconds * 1000);
    await stage.ready();
    stage.receivers.heal();
    await load.stop();
    const verdicts = await stage.judge({ withinMs: 180_000 });
    stage.tellOfTheLoad();
    return [
      everyoneDied(NODES, deaths),
      verdict('leaders died under load', leaders.length === 0 ? ['none'] : [], leaders.join(', ')), ...verdicts,
    ];
  },
};

/** Kills leaders and whoever was spared so far, in turn; the next one only when the cluster is whole again. */
async function killInTurn(stage, natsUrl, until) {
  const dice = chance(stage.seed, 'cluster');
  const deaths = Object.fromEntries(NODES.map((name) => [name, 0]));
  const leaders = [];
  for (let turn = 0; Date.now() < until || NODES.some((name) => deaths[name] === 0); turn += 1) {
    const led = LED[turn % LED.length];
    const victim = turn % 2 === 0 ? await leaderOf(natsUrl, led) : [...NODES].sort((a, b) => deaths[a] - deaths[b])[0];
    const downMs = Math.round(dice.between(300, 5_000));
    stage.say(`kill -9 ${victim}${turn % 2 === 0 ? `, which leads ${led}` : ''}, up again after ${downMs} ms`);
    if (turn % 2 === 0) leaders.push(`${victim} of ${led}`);
    deaths[victim] += 1;
    await stage.kill(victim);
    await sleep(downMs);
    await stage.restart(victim);
    await untilWhole(natsUrl);
  }
  return { deaths, leaders };
}
