// The whole product on this machine: NATS, Postgres and the services as processes of their own. Used by npm start, e2e, chaos and bench.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNats } from './servers/nats.mjs';
import { freePort } from './servers/ports.mjs';
import { startPostgres } from './servers/postgres.mjs';
import { environmentOf } from './system/environment.mjs';
import { Fleet } from './system/fleet.mjs';
import { migrate } from './system/migrate.mjs';
import { startProcess } from './system/node-process.mjs';
import { own, stopOrphans } from './system/ownership.mjs';
import { loadSecrets, serviceNames } from './system/secrets.mjs';

export { serviceNames };

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Starts everything under `dir` (data, logs, secrets) and waits until every service is ready.
 *
 * Options: `services` (default all six), `ports` ({<name>|nats|postgres|sink: n} or a function that gives them; default free ones),
 * `env` (for every service, or a function of its name), `natsUrl` / `databaseUrl` (the owner's) to use instead of own servers,
 * `sink: true` for a receiver that keeps what it gets, `syncInterval: 'always'` (NATS), `durable: false` (Postgres without fsync),
 * `detached` (a Ctrl-C reaches only this process), `restartCrashed` (with backoff; then `onRestart(name)`),
 * `onLine(name, line)` for the logs (default: files in `<dir>/logs`), `say(line)` for what happens.
 *
 * Gives `{ urls, pids, natsUrl, databaseUrl, secrets, kill(name, signal), restart(name), ready(), stop() }`; a name is a service, 'nats', 'postgres' or 'sink'.
 * `restart` of a server waits until it serves; of a service it does not wait: `ready()` waits until all are.
 */
export async function startSystem(options) {
  const dir = resolve(options.dir);
  const ownership = await own(dir);
  const fleet = new Fleet(options);
  let stopped;
  const stop = () => {
    if (!stopped) ownership.stopping();
    stopped ??= fleet.stop().finally(ownership.release);
    return stopped;
  };
  try {
    await stopOrphans(dir);
    const ports = await allPorts(options.ports);
    const secrets = loadSecrets(join(dir, 'secrets.json'));
    const { natsUrl, databaseUrl } = await startServers(fleet, { ...options, dir, ports, secrets });
    const { ownRoles } = await migrate({ root, databaseUrl, rolePasswords: secrets.rolePasswords });
    const urls = await startServices(fleet, { ...options, dir, ports, secrets, natsUrl, databaseUrl, ownRoles });
    await fleet.ready();
    return {
      urls, natsUrl, databaseUrl, secrets, stop,
      get pids() { return fleet.pids; },
      kill: (name, signal) => fleet.get(name).kill(signal),
      restart: (name) => fleet.get(name).restart(),
      ready: (withinMs) => fleet.ready(withinMs),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function allPorts(wanted = {}) {
  const ports = typeof wanted === 'function' ? await wanted() : { ...wanted };
  for (const name of [...serviceNames, 'nats', 'postgres', 'sink']) ports[name] ??= await freePort();
  return ports;
}

async function startServers(fleet, { dir, ports, secrets, natsUrl, databaseUrl, syncInterval, durable, detached, say }) {
  const nats = () => startNats({ dir: join(dir, 'nats'), port: ports.nats, syncInterval, detached, say, onCrash: fleet.onCrash('nats') });
  const postgres = () => startPostgres({
    dir: join(dir, 'postgres'), port: ports.postgres, password: secrets.postgresPassword, durable, detached, onCrash: fleet.onCrash('postgres'),
  });
  const [bus, database] = await Promise.allSettled([
    natsUrl ? { url: natsUrl } : fleet.add('nats', nats()),
    databaseUrl ? { url: databaseUrl } : fleet.add('postgres', postgres()),
  ]);
  for (const { reason } of [bus, database]) if (reason) throw reason;
  return { natsUrl: bus.value.url, databaseUrl: database.value.url };
}

async function startServices(fleet, { dir, ports, secrets, natsUrl, databaseUrl, ownRoles, services = serviceNames, env = {}, sink, detached, onLine }) {
  const urls = Object.fromEntries(serviceNames.map((name) => [name, `http://127.0.0.1:${ports[name]}`]));
  const launch = (name, script, environment) => fleet.add(name, startProcess({
    name, script, port: ports[name], env: environment, dir, detached, onCrash: fleet.onCrash(name), onLine: onLine && ((line) => onLine(name, line)),
  }));
  await Promise.all(services.map((name) => {
    const extra = typeof env === 'function' ? env(name) : env;
    return launch(name, join(root, 'apps', name, 'dist', 'main.js'), environmentOf(name, {
      port: ports[name], urls, natsUrl, databaseUrl, ownRoles, secrets, extra,
    }));
  }));
  if (!sink) return urls;
  const receiver = await launch('sink', join(root, 'tools', 'sink.mjs'), { ...process.env, SERVICE_PORT: String(ports.sink) });
  return { ...urls, sink: receiver.url };
}
