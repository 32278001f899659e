// node chaos/run.mjs [--scenario <name> | --all] [--point <text>] [--seconds <n>] [--seed <text>] [--keep]: the product under load while its parts fail; afterwards nothing may be missing.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { verdict } from './invariants.mjs';
import { SCENARIOS } from './scenarios/registry.mjs';
import { Stage } from './stage.mjs';

const { values: options } = parseArgs({ options: {
  scenario: { type: 'string', default: 'random' }, all: { type: 'boolean', default: false }, point: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false },
} });
const seed = options.seed ?? randomBytes(4).toString('hex');
const say = (line) => console.log(line);
const chosen = SCENARIOS.filter(({ name }) => options.all || name === options.scenario);
if (chosen.length === 0) throw new Error(`There is no scenario "${options.scenario}"; there are: ${SCENARIOS.map(({ name }) => name).join(', ')}.`);

let stage;
process.once('SIGINT', () => void Promise.resolve(stage?.close({ keep: true })).finally(() => process.exit(130)));

const results = [];
for (const scenario of chosen) results.push(...await play(scenario));
const failed = results.filter(({ ok }) => !ok).length;
say(`\nchaos: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Plays one scenario on a stage of its own; gives its verdicts. */
async function play({ name, about, seconds: usual, play: carryOut }) {
  const seconds = options.seconds === undefined ? usual : Number(options.seconds);
  const again = `node chaos/run.mjs --scenario ${name}${seconds === undefined ? '' : ` --seconds ${seconds}`} --seed ${seed}`;
  say(`\n=== ${name}: ${about}\nagain: ${again}`);
  stage = new Stage({ seed, say });
  const verdicts = await carryOut(stage, { seconds, point: options.point }).catch((error) => [verdict('the scenario came to its end', [error.stack])]);
  const isBad = verdicts.some(({ ok }) => !ok);
  await stage.close({ keep: isBad || options.keep });
  say('');
  for (const { name: what, ok, detail } of verdicts) say(`${ok ? 'ok    ' : 'FAILED'} ${what}${detail ? `\n      ${detail}` : ''}`);
  if (isBad) say(`\nagain: ${again}; data and logs are kept in ${stage.dir}`);
  return verdicts;
}
