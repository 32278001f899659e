import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNats } from '../tools/servers/nats.mjs';
import { freePort } from '../tools/servers/ports.mjs';
import { askBus } from './bus.mjs';

export const NODES = ['nats-1', 'nats-2', 'nats-3'];
const WHOLE_WITHIN_MS = 120_000;

/** Three NATS servers as one cluster. Gives their handles by name, and the URL of all. `onCrash(name, how)` hears of one that ends by itself. */
export async function startCluster({ dir, onCrash }) {
  const ports = await Promise.all(NODES.map(() => freePort()));
  const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`);
  const handles = await Promise.all(NODES.map((name, index) => startNats({
    dir: join(dir, name), cluster: { name, port: ports[index], routes }, onCrash: (how) => onCrash(name, how),
  })));
  return {
    handles: Object.fromEntries(NODES.map((name, index) => [name, Object.assign(handles[index], { isServer: true })])),
    natsUrl: handles.map(({ url }) => url).join(','),
  };
}

/** The node that leads a stream, or undefined while none does. */
export async function leaderOf(natsUrl, stream) {
  return (await askBus(natsUrl, (manager) => manager.streams.info(stream))).cluster?.leader;
}

/** Waits until every stream has a leader, and the other two have all that it has. */
export async function untilWhole(natsUrl) {
  let lacking = [];
  for (const deadline = Date.now() + WHOLE_WITHIN_MS; Date.now() < deadline; await sleep(200)) {
    lacking = await askBus(natsUrl, lackingIn).catch((error) => [error.message]);
    if (lacking.length === 0) return;
  }
  throw new Error(`the cluster was not whole within ${WHOLE_WITHIN_MS / 1000} s: ${lacking.join(', ')}`);
}

async function lackingIn(manager) {
  const lacking = [];
  for await (const { config, cluster } of manager.streams.list()) {
    const others = cluster?.replicas ?? [];
    if (!cluster?.leader || others.length !== NODES.length - 1 || others.some(({ current, offline }) => !current || offline)) lacking.push(config.name);
  }
  return lacking;
}
