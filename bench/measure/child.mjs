// Processes of the bench's own (load generator, floors, receiver): started here, asked over IPC, so that they share no event loop.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What hangs is a failure. */
const PATIENCE_MS = 5 * 60_000;

/** Starts `script` (a URL) as a process. `ask(name, argument)` gives what its handler of that name gives; `stop()` ends it. */
export async function startChild(script, { execArgv = [] } = {}) {
  const child = fork(fileURLToPath(script), { execArgv, serialization: 'advanced' });
  const waiting = new Map();
  let asked = 0;
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject, timer } = waiting.get(id);
    waiting.delete(id);
    clearTimeout(timer);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  void gone.then((code) => {
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(new Error(`${script} ended with code ${code}`));
    }
  });
  const ask = (name, argument) => new Promise((resolve, reject) => {
    if (!child.connected) return reject(new Error(`${script} has ended`));
    const timer = setTimeout(() => {
      reject(new Error(`${script} did not answer '${name}' within ${PATIENCE_MS / 1_000} s`));
      child.kill('SIGKILL');
    }, PATIENCE_MS);
    waiting.set((asked += 1), { resolve, reject, timer });
    child.send({ id: asked, name, argument });
  });
  return {
    ask,
    pid: child.pid,
    stop: async () => {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Starts a child, works with it, and ends it whatever happens. */
export async function withChild(script, work, options) {
  const child = await startChild(script, options);
  try {
    return await work(child);
  } finally {
    await child.stop();
  }
}

/** The child's side: `handlers` by name. The process ends with its parent. */
export function answer(handlers) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, name, argument }) => {
    try {
      process.send({ id, result: await handlers[name](argument) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
}
