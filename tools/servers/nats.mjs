// A real NATS server with JetStream on 127.0.0.1, its data under a directory of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { natsBinary } from './nats-binary.mjs';
import { freePort } from './ports.mjs';
import { launch, logSince, reclaim, sizeOf, supervise } from './process.mjs';

/**
 * Starts NATS and waits until it serves JetStream. Data, configuration and log live in `dir` and survive.
 * `syncInterval: 'always'` makes every ack wait for an fsync (survives a power cut); the server's default is every two minutes.
 * `cluster: { name, port, routes }` makes it a node of that name in a cluster, which listens for the others on `port` and finds them at `routes`.
 * Gives `{ url, port, pid, running, kill(signal), restart(), stop() }`.
 */
export async function startNats({ dir, port, syncInterval, cluster, detached = false, onCrash, say }) {
  const home = resolve(dir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  port ??= await freePort();
  const binary = natsBinary(say);
  const files = { config: join(home, 'nats.conf'), log: join(home, 'nats.log'), pid: join(home, 'nats.pid') };
  writeFileSync(files.config, configuration({ port, store: join(home, 'jetstream'), syncInterval, cluster }));

  const start = async () => {
    await reclaim(files.pid);
    const logged = sizeOf(files.log);
    const child = launch(binary, ['-c', files.config], { logFile: files.log, pidFile: files.pid, marker: files.config, detached });
    await untilServing(child, port, () => logSince(files.log, logged));
    return child;
  };
  return supervise({ start, facts: { url: `nats://127.0.0.1:${port}`, port }, onCrash });
}

function configuration({ port, store, syncInterval, cluster }) {
  return [
    `listen: "127.0.0.1:${port}"`,
    `server_name: ${cluster?.name ?? 'signalbox'}`,
    'max_payload: 1048576',
    'logtime: true',
    'jetstream {',
    `  store_dir: ${JSON.stringify(store)}`,
    ...(syncInterval ? [`  sync_interval: ${syncInterval}`] : []),
    '}',
    ...(cluster ? ['cluster {', '  name: signalbox', `  listen: "127.0.0.1:${cluster.port}"`, `  routes: ${JSON.stringify(cluster.routes)}`, '}'] : []),
    '',
  ].join('\n');
}

async function untilServing(child, port, log) {
  for (const deadline = Date.now() + 30_000; ; await sleep(5)) {
    if (!child.running) throw new Error(`NATS did not start on port ${port}:\n${log()}${(await child.exited).error ?? ''}`);
    if ((await greeting(port))?.jetstream) return;
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`NATS was not ready on port ${port} within 30 s:\n${log()}`);
    }
  }
}

/** The INFO line with which a NATS server greets every connection, or undefined. */
function greeting(port) {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (!text.includes('\r\n')) return;
      socket.destroy();
      try {
        done(text.startsWith('INFO ') ? JSON.parse(text.slice(5, text.indexOf('\r\n'))) : undefined);
      } catch {
        done(undefined);
      }
    });
    socket.once('error', () => done(undefined)).once('close', () => done(undefined));
  });
}
