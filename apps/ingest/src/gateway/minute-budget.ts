/** Of a limit, what is asked for at first, at most, and at most of what is left, at a time. */
const FIRST = 1 / 50;
const MOST = 1 / 10;
const MOST_OF_LEFT = 1 / 4;

/**
 * What one gateway may let through of one integration's minute. It asks for a chunk of the minute's budget, which all gateways share, and hands it out
 * one by one. Chunks are as large as what has been used, so that few questions are asked, and become single requests towards the end of the budget,
 * so that no gateway sits on what another one needs. Pure: who asks, and when, is for RateLimit.
 */
export class MinuteBudget {
  private granted = 0;
  private used = 0;
  /** What all gateways have taken, as far as this one has heard. */
  private taken = 0;

  constructor(readonly minute: number) {}

  /** Lets one request through, if that has been granted. */
  take(): boolean {
    if (this.used >= this.granted) return false;
    this.used += 1;
    return true;
  }

  /** Lets one request through by this gateway's own count: for when nobody can be asked. */
  takeAlone(limit: number): boolean {
    if (this.used >= limit) return false;
    this.used += 1;
    return true;
  }

  /** How many to ask for when none is here: a chunk, and what was taken alone. 0 when nothing is left. */
  wanted(limit: number): number {
    return this.taken >= limit ? 0 : this.chunk(limit) + Math.max(0, this.used - this.granted);
  }

  /** How many to ask for before the last one is used: nothing while half a chunk is here. Single ones are fetched only when they are needed. */
  wantedAhead(limit: number): number {
    const chunk = this.chunk(limit);
    return chunk === 1 || this.granted - this.used > chunk / 2 ? 0 : this.wanted(limit);
  }

  /** The answer to a question for `asked`: `taken` of the minute's budget are gone with it, so that of the last ones fewer are granted. */
  grant(asked: number, taken: number, limit: number): void {
    this.granted += Math.min(asked, Math.max(0, limit - (taken - asked)));
    this.taken = Math.max(this.taken, taken);
  }

  /** How many requests may still pass in this minute, as far as this gateway knows. */
  remaining(limit: number): number {
    return Math.max(0, Math.min(limit - this.used, Math.max(0, limit - this.taken) + Math.max(0, this.granted - this.used)));
  }

  private chunk(limit: number): number {
    return Math.max(1, Math.floor(Math.min(Math.max(limit * FIRST, this.used), limit * MOST, (limit - this.taken) * MOST_OF_LEFT)));
  }
}
