/** The upper ends of the buckets in which durations are counted, in milliseconds; one more bucket holds what took longer. */
export const DURATION_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 5_000] as const;

/** The columns of the buckets, in order. */
export const DURATION_COLUMNS: readonly string[] = [...DURATION_BOUNDS_MS.map((bound) => `within_${bound}_ms`), 'longer'];

/** The bucket of a duration: an index into `DURATION_COLUMNS`. */
export function bucketOf(durationMs: number): number {
  const index = DURATION_BOUNDS_MS.findIndex((bound) => durationMs <= bound);
  return index === -1 ? DURATION_BOUNDS_MS.length : index;
}

/**
 * The duration (ms) within which a share of the requests was answered, estimated from the buckets' counts as if each were evenly filled;
 * null for no requests. What lies in the last bucket counts as its lower end.
 */
export function quantileMs(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let before = 0;
  for (const [index, bound] of DURATION_BOUNDS_MS.entries()) {
    const count = counts[index] ?? 0;
    const lower = index === 0 ? 0 : DURATION_BOUNDS_MS[index - 1]!;
    if (count > 0 && before + count >= share * total) return lower + ((share * total - before) / count) * (bound - lower);
    before += count;
  }
  return DURATION_BOUNDS_MS[DURATION_BOUNDS_MS.length - 1]!;
}
