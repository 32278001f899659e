import { setTimeout as sleep } from 'node:timers/promises';

/** Carries the plan out on a stage or system: `kill -9`, a pause, and up again. Gives how often each process died. */
export async function carryOut(plan, system, say) {
  const started = Date.now();
  const deaths = {};
  const down = new Set();
  const comings = [];
  for (const { atMs, names, downMs } of plan) {
    await sleep(Math.max(0, started + atMs - Date.now()));
    const alive = names.filter((name) => !down.has(name)); // one that is still down dies later in the plan
    if (alive.length === 0) continue;
    say(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  kill -9 ${alive.join(' and ')}, up again after ${downMs} ms`);
    alive.forEach((name) => down.add(name));
    await Promise.all(alive.map((name) => system.kill(name)));
    for (const name of alive) deaths[name] = (deaths[name] ?? 0) + 1;
    comings.push(sleep(downMs).then(() => Promise.all(alive.map(async (name) => {
      await system.restart(name);
      down.delete(name);
    }))));
  }
  await Promise.all(comings);
  return deaths;
}
