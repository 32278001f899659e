/** How much of a request is kept in the log. */
export type Kept = 'whole' | 'without body' | 'not';

const SECOND_MS = 1_000;
/**
 * Per integration and second. Refused requests are counted apart and more of them are
 * kept: a sender at full speed must not push out the one that went wrong.
 */
const OF_TAKEN = { whole: 5, rows: 15 };
const OF_REFUSED = { whole: 20, rows: 20 };
const MOST_COUNTED = 100_000;

/** Decides how much of each request is kept, so that neither memory nor Postgres grows with the load. What is counted does not depend on it. */
export class Sampling {
  private second = 0;
  private readonly taken = new Map<string, number>();
  private readonly refused = new Map<string, number>();

  /** `now`: milliseconds since 1970. */
  take(integrationId: string, isRefused: boolean, now: number): Kept {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.second) this.begin(second);
    const [counts, most] = isRefused ? [this.refused, OF_REFUSED] : [this.taken, OF_TAKEN];
    const count = (counts.get(integrationId) ?? 0) + 1;
    if (count > most.rows || (count === 1 && counts.size >= MOST_COUNTED)) return 'not';
    counts.set(integrationId, count);
    return count <= most.whole ? 'whole' : 'without body';
  }

  private begin(second: number): void {
    this.second = second;
    this.taken.clear();
    this.refused.clear();
  }
}
