import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../tools/servers/ports.mjs';
import { startSystem } from '../tools/system.mjs';
import { environmentOf } from '../tools/system/environment.mjs';
import { startProcess } from '../tools/system/node-process.mjs';
import { readFacts, stillMoving } from './facts.mjs';
import { checkInvariants, duplicates, verdict } from './invariants.mjs';
import { startLoad } from './load.mjs';
import { startReceivers } from './receivers.mjs';
import { setScene } from './scene.mjs';
import { asOwner } from './store.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * A whole product with its far sides, for one scenario: starts it, runs load on it, and judges what is left. `env`, `natsUrl` and
 * `restartCrashed` as in `startSystem` (`restartCrashed: false`: the scenario starts again what dies).
 * `kill(name)` and `restart(name)` know the system's processes and those that `join(name, handle)` added.
 */
export class Stage {
  dir = mkdtempSync(join(tmpdir(), 'signalbox-chaos-'));
  /** What was accepted so far, by all loads. */
  record = { events: [], messages: [], poisoned: [], refusals: [], repeats: 0, answers: {} };
  #crashes = [];
  #expected = new Map();
  #joined = new Map();
  #env;

  constructor({ seed, say }) {
    Object.assign(this, { seed, say });
  }

  async open({ env = {}, restartCrashed = true, natsUrl } = {}) {
    this.say(`seed ${this.seed}; logs in ${this.dir}/logs`);
    this.receivers = await startReceivers(this.seed);
    this.#env = (name) => ({ OUTBOUND_ALLOW_PRIVATE: 'true', ...(typeof env === 'function' ? env(name) : env) });
    this.system = await startSystem({ dir: this.dir, durable: false, restartCrashed, natsUrl, say: (line) => this.#heard(line), env: this.#env });
    this.scene = await setScene(this.system, this.receivers);
    return this;
  }

  /** Resolves when the process ends by itself, which from now on it may, once. */
  death(name) {
    return new Promise((resolve) => { this.#expected.set(name, resolve); });
  }

  /** Starts a second process of a service, named `<service>-2`. */
  async startSecond(service) {
    const { urls, natsUrl, databaseUrl, secrets } = this.system;
    const [name, port, script] = [`${service}-2`, await freePort(), join(root, 'apps', service, 'dist', 'main.js')];
    const env = environmentOf(service, { port, urls, natsUrl, databaseUrl, secrets, extra: this.#env(service) });
    this.join(name, await startProcess({ name, script, port, env, dir: this.dir, onCrash: (how) => this.crashed(name, how) }));
  }

  /** For a process beside the system's, told of by `crashed(name, how)` when it ends by itself. */
  join(name, handle) {
    this.#joined.set(name, handle);
  }

  crashed(name, { signal, code }) {
    this.#heard(`${name} has ended by itself (${signal ?? `exit code ${code}`}).`);
  }

  kill(name) {
    return this.#joined.get(name)?.kill('SIGKILL') ?? this.system.kill(name, 'SIGKILL');
  }

  restart(name) {
    return this.#joined.get(name)?.restart() ?? this.system.restart(name);
  }

  /**
   * As `restart`, for a service that is down and is the only one of its kind: its notifications'
   * claims need not run out (45 s by Postgres's clock), as nobody holds one.
   */
  async revive(name) {
    if (name === 'notifications') {
      await asOwner(this.system.databaseUrl, 'update notifications.notifications set due_at = now() where claim is not null and due_at > now()');
    }
    await this.restart(name);
  }

  async ready(withinMs = 60_000) {
    await Promise.all([this.system.ready(withinMs), ...[...this.#joined.values()].map((handle) => handle.whenReady?.(withinMs))]);
  }

  /** Begins a load; its `stop()` adds what was accepted to `record`. Options as in `startLoad`. */
  load(options = {}) {
    const load = startLoad({ seed: this.seed, ingestUrl: this.system.urls.ingest, ...this.scene, ...options });
    return { ...load, stop: async () => this.#add(await load.stop()) };
  }

  /** Waits until nothing moves any more, or for so long that it will not; gives what still does. */
  async untilQuiet(withinMs = 90_000) {
    let moving = {};
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(300)) {
      moving = await stillMoving(this.system.databaseUrl, this.scene.tenantId, this.record);
      if (Object.keys(moving).length === 0) break;
    }
    return moving;
  }

  /** Everything that must hold when the load is over and every process is up: all invariants, over all loads so far. */
  async judge({ withinMs } = {}) {
    const moving = await this.untilQuiet(withinMs);
    const facts = await readFacts(this.system.databaseUrl, this.scene.tenantId);
    return [
      verdict('no process ended by itself', this.#crashes, 'none'),
      verdict('no valid request was refused', this.record.refusals, `${this.record.repeats} repeated until they were accepted`),
      verdict('the system came to rest', Object.entries(moving).map(([what, count]) => `${count} ${what} still moving`), 'nothing moves'),
      ...checkInvariants({ record: this.record, facts, taken: this.receivers.taken, routes: this.scene.routes }),
    ];
  }

  tellOfTheLoad() {
    const { answers } = this.record;
    this.say(`answers: ${Object.entries(answers).map(([status, count]) => `${status === '0' ? 'none' : status} × ${count}`).join(', ')}`);
    this.say(`duplicates at the far sides (the same id, allowed): ${duplicates(this.receivers.taken)}`);
  }

  async close({ keep }) {
    await Promise.all([...this.#joined.values()].filter(({ isServer }) => !isServer).map((handle) => handle.stop()));
    await this.system?.stop();
    await Promise.all([...this.#joined.values()].map((handle) => handle.stop()));
    this.receivers?.stop();
    if (!keep) rmSync(this.dir, { recursive: true, force: true });
  }

  #heard(line) {
    const name = /^(\S+) has ended by itself/.exec(line)?.[1];
    const resolve = this.#expected.get(name);
    if (resolve) {
      this.#expected.delete(name);
      return resolve();
    }
    if (name) this.#crashes.push(line);
    this.say(line);
  }

  #add(record) {
    for (const list of ['events', 'messages', 'poisoned', 'refusals']) this.record[list].push(...record[list]);
    this.record.repeats += record.repeats;
    for (const [status, count] of Object.entries(record.answers)) this.record.answers[status] = (this.record.answers[status] ?? 0) + count;
    return record;
  }
}
