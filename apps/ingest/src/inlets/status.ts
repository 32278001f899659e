import type { Fate } from './taker.js';

export type InletState = 'connecting' | 'connected' | 'waiting' | 'stopped';

/** What there is to write down of an inlet since the last time. */
export interface StatusChange {
  readonly inletId: string;
  readonly state: InletState;
  readonly lastError: { readonly text: string; readonly at: Date } | undefined;
  readonly lastMessageAt: Date | undefined;
  readonly subscribed: readonly string[] | undefined;
  readonly counts: Readonly<Record<Fate, number>>;
}

const ERROR_LENGTH = 500;
const NOTHING: Readonly<Record<Fate, number>> = { stored: 0, refused: 0, ignored: 0 };

/** How one inlet fares on the replica that holds it: gathered in memory, written down by the keeper. */
export class InletStatus {
  state: InletState = 'connecting';
  private changed = true;
  private lastError: StatusChange['lastError'];
  private lastMessageAt: Date | undefined;
  private subscribed: readonly string[] | undefined;
  private counts = { ...NOTHING };

  constructor(private readonly inletId: string) {}

  is(state: InletState): void {
    this.state = state;
    this.changed = true;
  }

  failed(text: string): void {
    this.is('waiting');
    this.lastError = { text: text.slice(0, ERROR_LENGTH), at: new Date() };
  }

  came(fate: Fate, at: Date): void {
    this.counts[fate] += 1;
    this.lastMessageAt = at;
    this.changed = true;
  }

  isSubscribed(subscribed: readonly string[]): void {
    this.subscribed = subscribed;
    this.changed = true;
  }

  /** What is new since it was last taken; undefined when nothing is. */
  take(): StatusChange | undefined {
    if (!this.changed) return undefined;
    const { inletId, state, lastError, lastMessageAt, subscribed, counts } = this;
    this.changed = false;
    this.counts = { ...NOTHING };
    return { inletId, state, lastError, lastMessageAt, subscribed, counts };
  }

  /** What was taken could not be written down: it comes with the next. */
  putBack({ counts }: StatusChange): void {
    this.changed = true;
    for (const fate of Object.keys(counts) as Fate[]) this.counts[fate] += counts[fate];
  }
}
