// npm run bench [-- names…] [--quick]: measures, reconciles, prints one table; fails when a bar is missed or an id is lost.
import { join } from 'node:path';
import { prepare } from '../tools/start/prepare.mjs';
import { benchDir, root } from './measure/paths.mjs';


const quick = process.argv.includes('--quick');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

prepare(root, console.log); // before the benches are loaded: they use the built libs
const { benches } = await import('./registry.mjs');
const { machine, writeReport } = await import('./measure/report.mjs');

const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are: ${benches.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

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
