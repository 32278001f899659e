// npm start: from a fresh clone to a running demo with nothing but Node. Data and secrets live in .signalbox/ and survive.
import { dirname, join, relative, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareDemo } from './demo.mjs';
import { prefixer } from './start/log.mjs';
import { choosePorts } from './start/ports.mjs';
import { prepare } from './start/prepare.mjs';
import { summary, warning } from './start/summary.mjs';
import { startSystem } from './system.mjs';
import { serviceNames, writePrivately } from './system/secrets.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dir = join(root, '.signalbox');
const demoFile = join(dir, 'demo.json');
const say = (line) => console.log(line);

let system;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop());
if (process.env.npm_lifecycle_event) {
  const npm = process.ppid; // killed outright, npm tells nobody
  setInterval(() => process.ppid !== npm && void stop(), 250).unref();
}

try {
  await start();
} catch (error) {
  if (!stopping) {
    console.error(`\n${error.message}`);
    await system?.stop();
    process.exit(1);
  }
}

async function start() {
  prepare(root, say);
  mkdirSync(dir, { recursive: true, mode: 0o711 });
  say(warning);
  const { NATS_URL: natsUrl, DATABASE_URL: databaseUrl } = process.env;
  let demo = null;
  system = await startSystem({
    dir, sink: true, detached: true, restartCrashed: true, say, onLine: prefixer(process.stdout),
    ports: () => choosePorts({ file: join(dir, 'ports.json'), env: process.env, say, without: [natsUrl && 'nats', databaseUrl && 'postgres'] }),
    env: { OUTBOUND_ALLOW_PRIVATE: 'true' },
    natsUrl, databaseUrl,
    onRestart: () => demo && remember(demo),
  });
  const { email, password } = system.secrets.bootstrap;
  demo = await prepareDemo({ file: demoFile, urls: system.urls, user: { email, password } });
  remember(demo);
  say(summary(demo, system, relative(process.cwd(), demoFile)));
}

function remember(demo) {
  const pids = Object.fromEntries(serviceNames.map((name) => [name, system.pids[name]]));
  writePrivately(demoFile, { ...demo, pids });
}

async function stop() {
  if (!system) process.exit(130); // still starting: the children are told on exit
  if (stopping) return;
  stopping = true;
  say('\nStopping …');
  await system.stop();
  say('Stopped. The data stay in .signalbox/.');
  process.exit(0);
}
