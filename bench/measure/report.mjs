// The table at the end: Markdown for people, JSON for programs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** What a result is a result of. */
export function machine(root) {
  return {
    at: new Date().toISOString(), cpus: cpus().length, model: cpus()[0]?.model.trim(), memoryMb: Math.round(totalmem() / 2 ** 20), node: process.version,
    loadBefore: Number(loadavg()[0].toFixed(2)), commit: commit(root),
  };
}

function commit(root) {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return undefined;
  }
}

/** Writes results.md and results.json under `dir`, and gives the Markdown. */
export function writeReport(dir, about, results) {
  const text = markdown(about, results);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'results.md'), text);
  writeFileSync(join(dir, 'results.json'), `${JSON.stringify({ ...about, results }, null, 2)}\n`);
  return text;
}

function markdown(about, results) {
  const rows = results.flatMap((result) =>
    (result.error ? [[result.name, 'failed', '', '', '', '', '**no**']] : result.lines.map((line) => row(result, line))));
  const table = [
    ['bench', 'what', 'ours: median (spread)', 'floor: median (spread)', 'ratio: median (spread)', 'bar', 'met'],
    ['---', '---', '--:', '--:', '--:', '---', '---'], ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`);
  const commit = about.commit ? `, commit ${about.commit}` : '';
  return [
    `${about.cpus} × ${about.model}, Node ${about.node}, ${about.at}${commit}, ${about.quick ? 'quick, ' : ''}load before ${about.loadBefore}. `
      + 'Ratios are of alternating rounds in one run; absolute numbers hold for this machine alone.',
    '', ...table, '', ...results.map(footnote), '',
  ].join('\n');
}

function row({ name }, { what, unit, ours, floor, ratio, bar, ok }) {
  return [
    name, `${what}, ${unit}`, spread(ours), floor ? spread(floor) : '–',
    ratio ? spread(ratio, 2) : '–', barText(bar), bar ? (ok ? 'yes' : '**no**') : '–',
  ];
}

function spread({ median, min, max }, digits) {
  const show = (value) => (digits === undefined ? number(value) : value.toFixed(digits));
  return `${show(median)} (${show(min)}–${show(max)})`;
}

const number = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en-US') : Number(value.toPrecision(3)).toString());
const barText = (bar) => (bar === undefined ? '' : bar.atLeast === undefined ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`);

function footnote({ name, error, reconciliation, notes = [] }) {
  if (error) return `- **${name}** failed: ${error}`;
  const { accepted, lost, duplicates, ok } = reconciliation;
  const lostOnes = ok ? 'none' : `**${accepted === 0 ? 'nothing to reconcile' : lost}**`;
  const verdict = `${accepted.toLocaleString('en-US')} ids accepted, ${lostOnes} lost, ${duplicates} duplicates`;
  return `- **${name}**: ${[verdict, ...notes].join('; ')}.`;
}
