import { setTimeout as sleep } from 'node:timers/promises';
import { verdict } from '../invariants.mjs';
import { replayDead, wrongsOf } from '../jobs.mjs';
import { chance } from '../random.mjs';
import { asOwner, deadLetters, mendTheStore, poisonTheStore } from '../store.mjs';
import { until } from '../until.mjs';
import { everyoneDied } from './random.mjs';

/** Not Postgres: what it forgets in a crash is another scenario's. */
const TARGETS = ['ingest', 'incidents', 'notifications', 'delivery', 'ops', 'nats'];
const TOPICS = { 'chaos/fast': 30, 'chaos/refusing': 20, 'chaos/hanging': 10, 'chaos/limited': 12, 'chaos/resetting': 12, 'elsewhere/none': 8 };
const KINDS = ['route', 'notification', 'event'];
const ENOUGH = 25;

export const replays = {
  name: 'replays', seconds: 60, about: 'far sides that refuse for a while, events that the store refuses, and replay jobs, while services die',
  async play(stage, { seconds }) {
    await stage.open();
    await poisonTheStore(stage.system.databaseUrl);
    const load = stage.load({ keys: 12, senders: 6, poisons: 2, topics: TOPICS });
    const { done, deaths } = await replayAgainAndAgain(stage, Date.now() + seconds * 1000);
    await load.stop();
    const underFire = await stage.judge();
    stage.tellOfTheLoad();
    return [
      everyoneDied(TARGETS, deaths),
      verdict(
        'replay jobs ran',
        done.length === 0 ? ['none'] : [],
        done.map(({ job }) => `${job.done} of ${job.total} done, ${job.failed} failed, ${job.skipped} skipped`).join('; '),
      ),
      verdict(
        'no job sent anything twice, lost anything, or told what was not so',
        done.flatMap(wrongsOf),
        `${done.reduce((sum, { items }) => sum + items.length, 0)} letters`,
      ),
      ...underFire, ...await allMended(stage),
    ];
  },
};

/**
 * Far sides refuse until there are letters, then they are well, and a job replays the letters while two processes die; and so on until the time is over and
 * everybody has died. Gives what each job did, and how often each process died.
 */
async function replayAgainAndAgain(stage, endsAt) {
  const dice = chance(stage.seed, 'replays');
  const [done, deaths, next] = [[], {}, []];
  while (Date.now() < endsAt || TARGETS.some((name) => !deaths[name])) {
    behave(stage, 400);
    await until(async () => await deadLetters(stage.system.databaseUrl, KINDS) >= ENOUGH, 'there are dead letters', 180_000);
    behave(stage, 200);
    if (next.length < 2) next.push(...dice.shuffled(TARGETS));
    const victims = [...new Set(next.splice(0, 2))];
    const begun = await replayDead(stage, KINDS);
    await Promise.all(victims.map((name) => dieFor(stage, name, dice)));
    for (const name of victims) deaths[name] = (deaths[name] ?? 0) + 1;
    await stage.ready();
    const job = begun ?? await replayDead(stage, KINDS);
    if (job !== null) done.push(await job.ended());
    stage.say(`job ${done.length}: ${victims.join(' and ')} died`);
  }
  return { done, deaths };
}

async function dieFor(stage, name, dice) {
  const [beforeMs, downMs] = [dice.between(0, 400), dice.between(20, 1_500)];
  await sleep(beforeMs);
  await stage.kill(name);
  await sleep(downMs);
  await stage.revive(name);
}

/** At the end nothing refuses any more: one job clears everything away. */
async function allMended(stage) {
  stage.receivers.heal();
  behave(stage, 200);
  await mendTheStore(stage.system.databaseUrl);
  const job = await replayDead(stage, KINDS);
  const done = await job.ended();
  const left = await asOwner(stage.system.databaseUrl, `select kind, reason, detail from ops.dead_letter_messages where state <> 'replayed'`);
  const untaken = await asOwner(stage.system.databaseUrl,
    'select t from unnest($1::uuid[]) t where not exists (select from incidents.incident_events e where e.trace_id = t)',
    [stage.record.poisoned.map(({ trace }) => trace)]);
  const after = (await stage.judge()).filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
  return [
    verdict(
      'when all is mended, one replay brings everything through',
      [...wrongsOf(done), ...left.map(({ kind, reason, detail }) => `a letter is left: ${kind} ${reason} ${detail}`)],
      `${done.job.done} letters`,
    ),
    verdict('what was poisoned took effect when it was replayed', untaken.map(({ t }) => t), `${stage.record.poisoned.length} events`),
    verdict('everything holds after that, too', after, 'nothing is wrong'),
  ];
}

function behave({ receivers }, status) {
  for (const path of ['refusing', 'notified']) receivers.behave(path, status);
}
