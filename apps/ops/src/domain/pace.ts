/**
 * What a job with a rate limit may send: saved up as time passes, one letter and a quarter of a
 * second's worth at most (a smaller store would lose what uneven ticks leave over).
 */
export interface Pace { readonly credits: number; readonly at: Date }

/** The pace after time has passed. A job that begins (or whose runner has just begun) may send one. */
export function saved(pace: Pace | undefined, ratePerSecond: number, now: Date): Pace {
  if (pace === undefined) return { credits: 1, at: now };
  const seconds = Math.max(0, now.getTime() - pace.at.getTime()) / 1000;
  return { credits: Math.min(pace.credits + seconds * ratePerSecond, 1 + ratePerSecond / 4), at: now };
}

export function spent(pace: Pace, count: number): Pace {
  return { ...pace, credits: pace.credits - count };
}
