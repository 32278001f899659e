// One process of ours (a service, the sink) under supervision.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launch, logSince, reclaim, sizeOf, supervise } from '../servers/process.mjs';

const GRACE_MS = 30_000; // a service gives itself 20 s to drain

/**
 * Runs `node <script>` listening on `port`; its lines go to `onLine(line)` or to `<dir>/logs/<name>.log`.
 * Gives the handle of `supervise`, with `name`, `url`, and `whenReady(withinMs)`: resolves once `/readyz` answers 200.
 */
export async function startProcess({ name, script, args = [], port, env, dir, detached, onLine, onCrash }) {
  const logFile = join(dir, 'logs', `${name}.log`);
  const pidFile = join(dir, 'run', `${name}.pid`);
  mkdirSync(join(dir, 'logs'), { recursive: true, mode: 0o700 });
  mkdirSync(join(dir, 'run'), { recursive: true, mode: 0o700 });
  let logged = 0;
  let recent = [];
  const hear = onLine && ((line) => {
    recent = [...recent.slice(-20), line];
    onLine(line);
  });
  const start = async () => {
    await reclaim(pidFile);
    logged = sizeOf(logFile);
    recent = [];
    return launch(process.execPath, [script, ...args], { env, logFile, pidFile, marker: script, detached, onLine: hear });
  };
  const url = `http://127.0.0.1:${port}`;
  const handle = await supervise({ start, facts: { name, url, port }, graceMs: GRACE_MS, onCrash });
  const said = () => (onLine ? recent.join('\n') : logSince(logFile, logged).split('\n').slice(-20).join('\n'));
  return Object.assign(handle, { whenReady: (withinMs) => untilReady(handle, said, withinMs) });
}

async function untilReady(handle, said, withinMs = 60_000) {
  let answer = 'no answer';
  for (const deadline = Date.now() + withinMs; ; await sleep(20)) {
    try {
      const response = await fetch(`${handle.url}/readyz`, { signal: AbortSignal.timeout(2000) });
      answer = `${response.status} ${await response.text()}`;
      if (response.ok) return;
    } catch (error) {
      answer = error.cause?.code ?? error.message;
    }
    if (!handle.running) throw new Error(`${handle.name} ended before it was ready:\n${said()}`);
    if (Date.now() > deadline) throw new Error(`${handle.name} was not ready within ${withinMs / 1000} s (/readyz: ${answer}):\n${said()}`);
  }
}
