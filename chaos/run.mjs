// The product under load while its parts fail; afterwards nothing may be missing.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { verdict } from './invariants.mjs';
import { SCENARIOS } from './scenarios/registry.mjs';
import { Stage } from './stage.mjs';

const USAGE = `node chaos/run.mjs [--scenario <name> | --all] [--point <text>] [--seconds <n>] [--seed <text>] [--keep]
scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`;
const options = optionsOf(process.argv.slice(2));
const seed = options.seed ?? randomBytes(4).toString('hex');
const say = (line) => console.log(line);
const chosen = SCENARIOS.filter(({ name }) => options.all || name === options.scenario);
if (chosen.length === 0) explain(`There is no scenario "${options.scenario}".`, 2);

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

function optionsOf(args) {
  try {
    const { values } = parseArgs({ args, options: {
      scenario: { type: 'string', default: 'random' }, all: { type: 'boolean', default: false }, point: { type: 'string' },
      seconds: { type: 'string' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    } });
    return values.help ? explain('', 0) : values;
  } catch (error) {
    return explain(error.message, 2);
  }
}

/** Says how it is called, and ends. */
function explain(why, code) {
  console.log(`${why}${why === '' ? '' : '\n'}${USAGE}`);
  process.exit(code);
}
