// npm run bench [-- names…] [--quick]: measures, reconciles, prints one table; fails when a bar is missed or an id is lost.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from '../tools/start/prepare.mjs';
import { benchDir, root } from './measure/paths.mjs';

const { values: { quick, help }, positionals: names } = parsed();
if (help) explain('npm run bench [-- <name>…] [--quick]: all benches or some; --quick: fewer and shorter rounds', 0);

prepare(root, console.log); // before the benches are loaded: they use the built libs
const { benches } = await import('./registry.mjs');
const { machine, writeReport } = await import('./measure/report.mjs');

const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) explain(`There is no bench ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(', ')}.`, 2);

const about = { ...machine(root), quick };
const results = [];
for (const { name, run } of benches) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n=== ${name}`);
  const started = Date.now();
  try {
    const { lines, reconciliation, notes } = await run({ quick, say: (line) => console.log(`${name}: ${line}`) });
    results.push({
      name, lines, notes, reconciliation: reconciliation.toJSON(),
      ok: reconciliation.ok && lines.every(({ ok }) => ok), seconds: (Date.now() - started) / 1_000,
    });
  } catch (error) {
    console.error(error);
    results.push({ name, error: String(error.message).split('\n')[0], ok: false });
  }
}

console.log(`\n${writeReport(benchDir, about, results)}\nWritten to ${join('.bench', 'results.md')} and results.json.`);
process.exitCode = results.length > 0 && results.every(({ ok }) => ok) ? 0 : 1;

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
  } catch (error) {
    return explain(error.message, 2);
  }
}

/** Says what is to be said, and ends. */
function explain(what, code) {
  console.log(what);
  process.exit(code);
}
