// One system per directory: a second one would take the first one's servers for orphans.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, reclaim } from '../servers/process.mjs';

/**
 * Makes this process the owner of `dir`; one that is just stopping is waited for, any other living one is an error.
 * Gives `{ stopping(), release() }`.
 */
export async function own(dir) {
  const file = join(dir, 'system.json');
  const write = (state) => writeFileSync(file, JSON.stringify({ pid: process.pid, command: commandOf(process.pid), ...state }));
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  for (const patience = Date.now() + 2000; ; await sleep(100)) {
    const other = existsSync(file) ? parsed(readFileSync(file, 'utf8')) : undefined;
    if (!other || other.pid === process.pid || commandOf(other.pid) !== other.command) break;
    if (!other.stopping && Date.now() > patience) {
      throw new Error(`Signalbox already runs on ${dir} (process ${other.pid}). Stop that one first (Ctrl-C, or kill ${other.pid}).`);
    }
  }
  write({});
  // Somebody may have deleted the directory under a running system: it must still stop.
  return { stopping: () => existsSync(dir) && write({ stopping: true }), release: () => rmSync(file, { force: true }) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // being written, or cut off by a crash
  }
}

/** Stops what a killed owner of `dir` has left running: services first, then the servers. */
export async function stopOrphans(dir) {
  const run = join(dir, 'run');
  const pidFiles = existsSync(run) ? readdirSync(run).map((file) => join(run, file)) : [];
  await Promise.all(pidFiles.map((file) => reclaim(file)));
  await Promise.all([reclaim(join(dir, 'nats', 'nats.pid')), reclaim(join(dir, 'postgres', 'data', 'postmaster.pid'), 'SIGINT')]);
}
