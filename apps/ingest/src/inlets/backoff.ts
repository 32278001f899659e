const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A connection that held for so long was a good one: the next trouble begins anew. */
const GOOD_AFTER_MS = 30_000;

/** How long to wait before the next try: twice as long each time, up to a minute, give or take a fifth. `jitter` is in [0, 1). */
export function pauseMs(failures: number, jitter: number): number {
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1)) * (0.8 + 0.4 * jitter));
}

/** The failures in a row, after one more that ended a connection of this duration (0 when none was made). */
export function failuresAfter(before: number, connectedForMs: number): number {
  return connectedForMs >= GOOD_AFTER_MS ? 1 : before + 1;
}
