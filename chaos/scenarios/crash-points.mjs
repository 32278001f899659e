import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { POINTS } from '../crash/points.mjs';
import { verdict } from '../invariants.mjs';
import { replayDead, wrongsOf } from '../jobs.mjs';
import { chance } from '../random.mjs';
import { deadLetters, poisonTheStore, spooled } from '../store.mjs';
import { until } from '../until.mjs';

const hook = fileURLToPath(new URL('../crash/hook.cjs', import.meta.url));
const REACHED_WITHIN_MS = 60_000;
const TOPICS = { 'chaos/fast': 40, 'chaos/refusing': 15, 'chaos/limited': 15, 'chaos/resetting': 20, 'elsewhere/none': 10 };

export const crashPoints = {
  name: 'crash-points',
  about: 'a service dies exactly between two steps, at every point in turn '
    + '(with --seconds: at as many, chosen by the seed, as fit in; with --point: at those whose name has that text)',
  async play(stage, { seconds, point = '' }) {
    const all = POINTS.filter(({ name }) => name.includes(point));
    if (all.length === 0) {
      return [verdict(`the points whose name has "${point}"`, [`there are none; the points are:\n      ${POINTS.map(({ name }) => name).join('\n      ')}`])];
    }
    await stage.open({
      restartCrashed: false,
      env: (name) => ({ NODE_OPTIONS: `--require ${hook}`, CHAOS_CRASH_FILE: ruleFile(stage, name), DELIVERY_ACK_WAIT_MS: '2000' }),
    });
    await poisonTheStore(stage.system.databaseUrl);
    const verdicts = [];
    const points = seconds === undefined ? all : chance(stage.seed, 'points').shuffled(all);
    for (const [began, left] = [Date.now(), [...points]]; left.length > 0 && (seconds === undefined || Date.now() - began < seconds * 1000);) {
      verdicts.push(await dieAt(left.shift(), verdicts.length, stage));
    }
    stage.tellOfTheLoad();
    return [...verdicts, ...await stage.judge()];
  },
};

const ruleFile = ({ dir }, name) => join(dir, `crash-${name}.json`);

/** Goes to one point, lets the service die there and come back, and judges everything. */
async function dieAt(point, index, stage) {
  const began = Date.now();
  const { deadAfterMs, wrongs } = await SURROUNDINGS[point.with](point, `p${index}-`, stage);
  const failed = (await stage.judge()).filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
  const times = `died after ${(deadAfterMs / 1000).toFixed(1)} s, all at rest after ${((Date.now() - began) / 1000).toFixed(1)} s`;
  const result = verdict(point.name, [...deadAfterMs === Infinity ? ['the point was not reached'] : [], ...wrongs, ...failed], times);
  stage.say(`${result.ok ? 'ok    ' : 'FAILED'} ${point.name}  (${result.ok ? times : result.detail})`);
  return result;
}

/** What goes on around a point. Each gives `{ deadAfterMs, wrongs }` when the load is over and everything is up again. */
const SURROUNDINGS = {
  load: (point, name, stage) => underLoad(point, name, stage),
  poison: (point, name, stage) => underLoad(point, name, stage, { poisons: 2 }),

  async 'bus away'(point, name, stage) {
    await stage.kill('nats');
    return underLoad(point, name, stage, {}, () => stage.restart('nats'));
  },

  async 'full spool'(point, name, stage) {
    const load = stage.load({ name, ...SMALL });
    await stage.kill('nats');
    await until(async () => await spooled(stage.system.databaseUrl) > 5, 'the spool fills');
    const { died } = await arm(point, stage);
    await stage.restart('nats');
    const deadAfterMs = await died;
    await comeBack(point, stage);
    await load.stop();
    return { deadAfterMs, wrongs: [] };
  },

  /** Letters first, then a job while nothing else goes on. */
  async replay(point, name, stage) {
    const load = stage.load({ name, ...SMALL, topics: { 'chaos/refusing': 1 } });
    stage.receivers.behave('notified', 400);
    for (const kind of ['route', 'notification']) {
      await until(async () => await deadLetters(stage.system.databaseUrl, [kind]) >= 5, `there are dead letters of kind ${kind}`);
    }
    await load.stop();
    await stage.untilQuiet();
    for (const path of ['refusing', 'notified']) stage.receivers.behave(path, 200);
    const { died } = await arm(point, stage);
    let job = await replayDead(stage, ['route', 'notification']);
    const deadAfterMs = await died;
    await comeBack(point, stage);
    job ??= await replayDead(stage, ['route', 'notification']);
    const wrongs = job === null ? ['there was no replay'] : wrongsOf(await job.ended());
    for (const path of ['refusing', 'notified']) stage.receivers.behave(path, undefined);
    return { deadAfterMs, wrongs };
  },
};

const SMALL = { keys: 6, senders: 4, topics: TOPICS };

async function underLoad(point, name, stage, more = {}, mend = () => undefined) {
  const { died } = await arm(point, stage);
  const load = stage.load({ name, ...SMALL, ...more });
  const deadAfterMs = await died;
  await mend();
  await comeBack(point, stage);
  await load.stop();
  return { deadAfterMs, wrongs: [] };
}

/** Gives the service the point's rule, and waits until it holds. `died`: in how many milliseconds it did, or Infinity when it did not. */
async function arm({ service, rule }, stage) {
  const file = ruleFile(stage, service);
  const death = stage.death(service);
  writeFileSync(file, JSON.stringify(rule));
  process.kill(stage.system.pids[service], 'SIGUSR2');
  await until(() => !existsSync(file), `${service} has taken the rule`);
  const armed = Date.now();
  return { died: Promise.race([death.then(() => Date.now() - armed), sleep(REACHED_WITHIN_MS, Infinity, { ref: false })]) };
}

async function comeBack({ service }, stage) {
  await stage.revive(service);
  await stage.ready();
}
