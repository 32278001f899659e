// npm test: unit, integration and e2e tests, then one minute of chaos and a few of its crash points. Runs all of them whatever fails, and ends with the sum.
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './start/prepare.mjs';
import { countResults } from './test-results.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const STEP_LIMIT_MS = 10 * 60_000; // what hangs is a failure
const steps = {
  unit: [jest, '-c', 'jest.config.cjs'],
  integration: [jest, '-c', 'jest.integration.cjs'],
  e2e: [jest, '-c', 'jest.e2e.cjs'],
  chaos: [join('chaos', 'run.mjs'), '--seconds', '60'],
  'crash points': [join('chaos', 'run.mjs'), '--scenario', 'crash-points', '--seconds', '25'],
};

prepare(root, console.log);
const outcomes = [];
for (const [name, command] of Object.entries(steps)) outcomes.push(await run(name, command));

console.log('');
for (const { name, passed, failed, code, seconds } of outcomes) {
  console.log(`${name.padEnd(12)} ${passed} passed, ${failed} failed  (${seconds} s${code === 0 ? '' : `, exit code ${code}`})`);
}
const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
console.log(`tests: ${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;

/** Runs one step, showing what it prints. A step that ends badly or ran nothing counts as a failure, whatever it says. */
function run(name, command) {
  console.log(`\n=== ${name}`);
  const started = Date.now();
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['inherit', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGINT'), STEP_LIMIT_MS);
  let printed = '';
  for (const [stream, screen] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
    stream.on('data', (chunk) => {
      printed += chunk;
      screen.write(chunk);
    });
  }
  return new Promise((done) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const { passed, failed } = countResults(printed);
      const isBad = code !== 0 || passed + failed === 0;
      done({ name, passed, failed: isBad ? Math.max(failed, 1) : failed, code: code ?? signal, seconds: Math.round((Date.now() - started) / 1000) });
    });
  });
}
