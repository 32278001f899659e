import { MinuteBudget } from './minute-budget.js';

/** Where gateways share the minutes of integrations. */
export interface RateLeases {
  /** Takes so many of an integration's minute; gives how many have been taken of it by then, these included. */
  take(integrationId: string, minute: Date, count: number): Promise<number>;
}

export interface Quota {
  readonly passes: boolean;
  /** How many more may pass in this minute, as far as this gateway knows. */
  readonly remaining: number;
  /** Until the next minute begins; at least one. */
  readonly resetSeconds: number;
}

interface Held { readonly budget: MinuteBudget; asking: Promise<void> | undefined }

const MINUTE_MS = 60_000;
const MOST_HELD = 100_000;
/** A request waits so long for Postgres at most; who got no answer counts alone for a while. */
const ANSWER_WITHIN_MS = 250;
const ALONE_MS = 5_000;

/**
 * The requests of each integration in a minute of the clock, over all gateways (docs/adr/0019): never more than its limit pass. Chunks of it are leased
 * before they are needed, so that hardly a request waits for Postgres. While Postgres is away each gateway counts alone, up to the whole limit.
 */
export class RateLimit {
  private readonly held = new Map<string, Held>();
  private aloneUntil = 0;

  constructor(private readonly leases: RateLeases, private readonly warn: (message: string, error?: unknown) => void) {}

  /** Counts one request. Never throws. */
  async take(integrationId: string, limit: number, now: number): Promise<Quota> {
    const held = this.heldOf(integrationId, Math.floor(now / MINUTE_MS));
    const passes = await this.pass(held, integrationId, limit);
    const { minute } = held.budget;
    return { passes, remaining: passes ? held.budget.remaining(limit) : 0, resetSeconds: Math.max(1, Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000)) };
  }

  private async pass(held: Held, integrationId: string, limit: number): Promise<boolean> {
    while (!held.budget.take()) {
      if (Date.now() < this.aloneUntil) return held.budget.takeAlone(limit);
      const answered = this.ask(held, integrationId, limit, held.budget.wanted(limit));
      if (answered === undefined) return false;
      await answered;
    }
    if (Date.now() >= this.aloneUntil) void this.ask(held, integrationId, limit, held.budget.wantedAhead(limit));
    return true;
  }

  /** Asks for so many, one question at a time; undefined when there is nothing to ask for. */
  private ask(held: Held, integrationId: string, limit: number, count: number): Promise<void> | undefined {
    if (held.asking !== undefined) return held.asking;
    if (count === 0) return undefined;
    held.asking = this.lease(held.budget, integrationId, count, limit).finally(() => { held.asking = undefined; });
    return held.asking;
  }

  private async lease(budget: MinuteBudget, integrationId: string, count: number, limit: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
    });
    // An answer that nobody waits for any more counts all the same: what it took is taken.
    const answer = this.leases.take(integrationId, new Date(budget.minute * MINUTE_MS), count).then((taken) => budget.grant(count, taken, limit));
    try {
      await Promise.race([answer, tooLate]);
    } catch (error) {
      if (Date.now() >= this.aloneUntil) this.warn('rate limits are counted by this gateway alone for a while: Postgres does not answer', error);
      this.aloneUntil = Date.now() + ALONE_MS;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A request that began in the minute before, and is counted only now, counts in this one. */
  private heldOf(integrationId: string, minute: number): Held {
    const known = this.held.get(integrationId);
    if (known !== undefined && (known.budget.minute === minute || known.budget.minute === minute + 1)) return known;
    if (this.held.size >= MOST_HELD) this.forget(minute);
    const held: Held = { budget: new MinuteBudget(minute), asking: undefined };
    this.held.set(integrationId, held);
    return held;
  }

  /** Budgets of other minutes; when there are none, all: what is still in use takes a new chunk. */
  private forget(minute: number): void {
    for (const [id, { budget }] of this.held) if (budget.minute !== minute) this.held.delete(id);
    if (this.held.size >= MOST_HELD) this.held.clear();
  }
}
