// Eclipse Mosquitto, the MQTT broker (Debian: mosquitto), on 127.0.0.1: for tests alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { launch, logSince, reclaim, sizeOf, supervise } from './process.mjs';

/** The program, or undefined where it is not installed. Debian has it where only root looks. */
export function mosquittoBinary() {
  // It says its help with exit code 1 or 3, by version; one that is missing says nothing.
  return ['mosquitto', '/usr/sbin/mosquitto'].find((name) => String(spawnSync(name, ['-h']).stdout).includes('mosquitto version'));
}

/**
 * Starts the broker and waits until it listens. `settings` are lines of its configuration.
 * Sessions live in `dir` and survive its death but for the last second.
 */
export async function startMosquitto({ dir, settings = [] }) {
  const home = resolve(dir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const files = { config: join(home, 'mosquitto.conf'), log: join(home, 'mosquitto.log'), pid: join(home, 'mosquitto.pid') };
  const own = ['allow_anonymous true', 'persistence true', `persistence_location ${home}/`, 'autosave_interval 1', 'max_queued_messages 0', ...settings];
  writeFileSync(files.config, `${[`listener ${port} 127.0.0.1`, ...own, ...(process.getuid?.() === 0 ? ['user root'] : [])].join('\n')}\n`);
  const start = async () => {
    await reclaim(files.pid);
    const logged = sizeOf(files.log);
    const child = launch(mosquittoBinary(), ['-c', files.config], { logFile: files.log, pidFile: files.pid, marker: files.config });
    for (const deadline = Date.now() + 15_000; !(await listens(port)); await sleep(10)) {
      if (!child.running || Date.now() > deadline) throw new Error(`mosquitto does not listen on port ${port}:\n${logSince(files.log, logged)}`);
    }
    return child;
  };
  return supervise({ start, facts: { url: `mqtt://127.0.0.1:${port}`, port } });
}

function listens(port) {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); done(true); }).once('error', () => done(false));
  });
}
