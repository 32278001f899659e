/** What `eventually` waits for: anything truthy, or a promise of it; a throw counts as "not yet". */
type Check<T> = () => T | Promise<T>;

/**
 * Calls `check` until it gives something truthy, and gives that. After `withinMs` (default 5000) it throws,
 * saying `describe` and what the last call gave or threw.
 */
export async function eventually<T>(check: Check<T>, options: { withinMs?: number; everyMs?: number; describe?: string } = {}): Promise<NonNullable<T>> {
  const { withinMs = 5000, everyMs = 15, describe = 'the condition' } = options;
  const deadline = Date.now() + withinMs;
  let last: unknown;
  do {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, everyMs));
  } while (Date.now() < deadline);
  const seen = last instanceof Error ? last.message : `got ${JSON.stringify(last)}`;
  throw new Error(`Not within ${withinMs} ms: ${describe} (last: ${seen})`, { cause: last });
}

/** Waits, if it must, until a minute of the clock has five seconds and more to go: for what is counted by the minute. */
export async function earlyInAMinute(): Promise<void> {
  await eventually(() => Date.now() % 60_000 < 55_000, { withinMs: 10_000, describe: 'the next minute' });
}
