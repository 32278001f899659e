// node chaos/run.mjs [--seconds 180] [--seed <text>]: the product under load while its parts are killed; afterwards nothing may be missing.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSystem } from '../tools/system.mjs';
import { readFacts, stillMoving } from './facts.mjs';
import { checkInvariants, duplicates, verdict } from './invariants.mjs';
import { carryOut } from './killer.mjs';
import { startLoad } from './load.mjs';
import { TARGETS, makePlan } from './plan.mjs';
import { startReceivers } from './receivers.mjs';
import { setScene } from './scene.mjs';

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '180' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false } } });
const seconds = Number(options.seconds);
const seed = options.seed ?? randomBytes(4).toString('hex');
const say = (line) => console.log(line);
const dir = mkdtempSync(join(tmpdir(), 'signalbox-chaos-'));
const crashes = [];

say(`chaos for ${seconds} s, seed ${seed} (again: node chaos/run.mjs --seconds ${seconds} --seed ${seed}); logs in ${dir}/logs`);
const receivers = await startReceivers(seed);
const system = await startSystem({
  dir, durable: false, restartCrashed: true,
  say: (line) => {
    if (line.includes('has ended by itself')) crashes.push(line);
    say(line);
  },
  env: { OUTBOUND_ALLOW_PRIVATE: 'true' },
});
const stopAll = async () => {
  await system.stop();
  receivers.stop();
};
process.once('SIGINT', () => void stopAll().finally(() => process.exit(130)));

const verdicts = await run().catch((error) => [verdict('the run came to its end', [error.stack])]);
await stopAll();
const failed = report(verdicts);
if (failed === 0 && !options.keep) rmSync(dir, { recursive: true, force: true });
process.exitCode = failed === 0 ? 0 : 1;

async function run() {
  const scene = await setScene(system, receivers);
  const load = startLoad({ seed, ingestUrl: system.urls.ingest, ...scene });
  const deaths = await carryOut(makePlan(seed, seconds), system, say);
  await system.ready(60_000);
  receivers.heal();
  const record = await load.stop();
  say(`the load has ended; answers: ${Object.entries(record.answers).map(([status, count]) => `${status === '0' ? 'none' : status} × ${count}`).join(', ')}`);
  const moving = await untilQuiet(scene.tenantId, record);
  const facts = await readFacts(system.databaseUrl, scene.tenantId);
  say(`duplicates at the far sides (the same id, allowed): ${duplicates(receivers.taken)}`);
  return [
    verdict('every process was killed', TARGETS.filter((name) => !deaths[name]), TARGETS.map((name) => `${name} ${deaths[name]}`).join(', ')),
    verdict('no process ended by itself', crashes, 'none'),
    verdict('no valid request was refused', record.refusals, `${record.repeats} repeated until they were accepted`),
    verdict('the system came to rest', Object.entries(moving).map(([what, count]) => `${count} ${what} still moving`), 'nothing moves'),
    ...checkInvariants({ record, facts, taken: receivers.taken, routes: scene.routes }),
  ];
}

/** Waits until nothing moves any more, or for so long that it will not. */
async function untilQuiet(tenantId, record, withinMs = 90_000) {
  let moving = {};
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(500)) {
    moving = await stillMoving(system.databaseUrl, tenantId, record);
    if (Object.keys(moving).length === 0) break;
  }
  return moving;
}

function report(results) {
  say('');
  for (const { name, ok, detail } of results) say(`${ok ? 'ok    ' : 'FAILED'} ${name}${detail ? `\n      ${detail}` : ''}`);
  const failures = results.filter(({ ok }) => !ok).length;
  if (failures > 0) say(`\nseed ${seed}; data and logs are kept in ${dir}`);
  say(`\nchaos: ${results.length - failures} passed, ${failures} failed`);
  return failures;
}
