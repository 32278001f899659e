// Child processes that can be killed, restarted and stopped, and that are found again when their parent died without stopping them.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGINT'))); // which Postgres too takes as "stop now, cleanly"

/**
 * Starts a program. `pidFile` gets its pid and, on a second line, `marker`: a part of its command line, for `reclaim`.
 * Its output goes to `logFile` (appended), or line by line to `onLine`. `detached` gives it a process group of its own,
 * so that a Ctrl-C at the terminal reaches its parent alone, which stops things in order.
 */
export function launch(command, args, { logFile, onLine, pidFile, marker, ...options }) {
  const log = logFile && !onLine ? openSync(logFile, 'a') : undefined;
  const output = onLine ? 'pipe' : log ?? 'ignore';
  const child = spawn(command, args, { ...options, stdio: ['ignore', output, output] });
  if (log !== undefined) closeSync(log);
  if (onLine) [child.stdout, child.stderr].forEach((stream) => createInterface({ input: stream }).on('line', onLine));
  if (pidFile && child.pid) writeFileSync(pidFile, `${child.pid}\n${marker}\n`);
  alive.add(child);
  const exited = new Promise((done) => {
    child.once('error', (error) => done({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => done({ code, signal }));
  }).then((how) => {
    alive.delete(child);
    return how;
  });
  return {
    pid: child.pid,
    exited,
    get running() { return alive.has(child); },
    kill: (signal) => child.kill(signal),
  };
}

/** Asks with `signal`, waits up to `graceMs`, then insists with SIGKILL. */
export async function end(child, signal, graceMs) {
  if (!child.running) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await child.exited;
  clearTimeout(timer);
}

/**
 * One server under one handle, `{ ...facts, pid, running, kill(signal), restart(), stop() }`.
 * `start()` resolves to a launched child; `onCrash(how)` is called when the child goes without having been asked to.
 */
export async function supervise({ start, facts, stopSignal = 'SIGTERM', graceMs = 15_000, onCrash }) {
  let child;
  const run = async () => {
    const started = await start();
    child = Object.assign(started, { dismissed: false });
    void started.exited.then((how) => {
      if (!started.dismissed) onCrash?.(how);
    });
  };
  const stop = async () => {
    child.dismissed = true;
    await end(child, stopSignal, graceMs);
  };
  await run();
  return {
    ...facts,
    get pid() { return child.pid; },
    get running() { return child.running; },
    async kill(signal = 'SIGKILL') {
      const pauses = ['SIGSTOP', 'SIGCONT'].includes(signal);
      if (!pauses) child.dismissed = true;
      child.kill(signal);
      if (!pauses) await child.exited;
    },
    async restart() {
      await stop();
      await run();
    },
    stop,
  };
}

/**
 * Stops the process that `pidFile` names, if it still runs: its first line is the pid, its second a part of the command line
 * (Postgres writes its own files so, too). A pid that another program has got since is left alone.
 */
export async function reclaim(pidFile, signal = 'SIGTERM', graceMs = 10_000) {
  if (!existsSync(pidFile)) return;
  const [pid, marker] = readFileSync(pidFile, 'utf8').split('\n');
  const isOurs = () => Boolean(marker) && commandOf(Number(pid)).includes(marker);
  if (isOurs()) {
    process.kill(pid, 'SIGCONT');
    process.kill(pid, signal);
  }
  for (const deadline = Date.now() + graceMs; isOurs(); await sleep(20)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
  }
  rmSync(pidFile, { force: true });
}

/** The command line of a living process, or '' (gone, or a zombie that nobody has reaped). */
export function commandOf(pid) {
  if (!(pid > 0)) return '';
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** What a log file has gained since it was `from` bytes long. */
export const logSince = (file, from) => (existsSync(file) ? readFileSync(file).subarray(from).toString('utf8') : '');
export const sizeOf = (file) => (existsSync(file) ? statSync(file).size : 0);
