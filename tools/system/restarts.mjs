// Starting again what has ended by itself.
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const CALM_MS = 60_000;

/** Gives `again(name, cause, attempt)`: waits longer each time, until an attempt works; after a minute of calm from the beginning. */
export function restarter({ say, isOver, onRestart = () => undefined }) {
  const last = new Map();
  return async function again(name, cause, attempt) {
    const before = last.get(name);
    const pauseMs = before && Date.now() - before.at < before.pauseMs + CALM_MS ? Math.min(before.pauseMs * 2, LONGEST_MS) : FIRST_MS;
    last.set(name, { pauseMs, at: Date.now() });
    say(`${name} has ended by itself (${cause}); starting it again in ${pauseMs / 1000} s.`);
    await sleep(pauseMs);
    if (isOver()) return;
    try {
      await attempt();
      onRestart(name);
    } catch (error) {
      await again(name, error.message, attempt);
    }
  };
}
