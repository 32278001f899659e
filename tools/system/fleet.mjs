// The running processes of one system, by name.
import { serviceNames } from './secrets.mjs';
import { restarter } from './restarts.mjs';

const FRONT = ['admin', 'ingest']; // stopped first: nothing new comes in while the rest drains

export class Fleet {
  #processes = new Map();
  #stopped;
  #again;
  #options;

  /** `restartCrashed` starts again what ends by itself, then calls `onRestart(name)`; `say(line)` hears about it either way. */
  constructor({ restartCrashed = false, onRestart, say = () => undefined }) {
    this.#options = { restartCrashed, say };
    this.#again = restarter({ say, isOver: () => this.#stopped !== undefined, onRestart });
  }

  /** Takes in a handle of `supervise`, which must have been given `onCrash(name)`. */
  async add(name, starting) {
    const handle = await starting;
    this.#processes.set(name, handle);
    return handle;
  }

  onCrash(name) {
    return ({ error, signal, code }) => {
      if (this.#stopped) return;
      const cause = error?.message ?? (signal ? `signal ${signal}` : `exit code ${code}`);
      if (this.#options.restartCrashed) void this.#again(name, cause, () => this.get(name).restart());
      else this.#options.say(`${name} has ended by itself (${cause}).`);
    };
  }

  get(name) {
    const handle = this.#processes.get(name);
    if (!handle) throw new Error(`No process "${name}" here; there are: ${[...this.#processes.keys()].join(', ')}.`);
    return handle;
  }

  get pids() {
    return Object.fromEntries([...this.#processes].map(([name, handle]) => [name, handle.pid]));
  }

  async ready(withinMs) {
    await Promise.all([...this.#processes.values()].map((handle) => handle.whenReady?.(withinMs)));
  }

  /** In order: front doors, the other services, everything else. */
  stop() {
    this.#stopped ??= (async () => {
      const names = [...this.#processes.keys()];
      const isFront = (name) => FRONT.includes(name);
      const isService = (name) => serviceNames.includes(name);
      const end = (chosen) => Promise.all(chosen.map((name) => this.get(name).stop()));
      await end(names.filter(isFront));
      await end(names.filter((name) => isService(name) && !isFront(name)));
      await end(names.filter((name) => !isService(name)));
    })();
    return this.#stopped;
  }
}
