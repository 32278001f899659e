// One system per directory: a second one would take the first one's servers for orphans.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, reclaim } from '../servers/process.mjs';

/** Makes this process the owner of `dir`; throws when a living one is. Gives the function that lets go. */
export function own(dir) {
  const file = join(dir, 'system.json');
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  if (existsSync(file)) {
    const { pid, command } = JSON.parse(readFileSync(file, 'utf8'));
    if (pid !== process.pid && commandOf(pid) === command) throw new Error(`Signalbox already runs on ${dir} (process ${pid}). Stop that one first (Ctrl-C, or kill ${pid}).`);
  }
  writeFileSync(file, JSON.stringify({ pid: process.pid, command: commandOf(process.pid) }));
  return () => rmSync(file, { force: true });
}

/** Stops what a killed owner of `dir` has left running: services first, then the servers. */
export async function stopOrphans(dir) {
  const run = join(dir, 'run');
  const pidFiles = existsSync(run) ? readdirSync(run).map((file) => join(run, file)) : [];
  await Promise.all(pidFiles.map((file) => reclaim(file)));
  await Promise.all([reclaim(join(dir, 'nats', 'nats.pid')), reclaim(join(dir, 'postgres', 'data', 'postmaster.pid'), 'SIGINT')]);
}
