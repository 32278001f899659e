import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is so, for as long as a slow machine may need; `what` is for the error. */
export async function until(isSo, what, withinMs = 60_000) {
  for (const deadline = Date.now() + withinMs; !(await isSo()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
  }
}
