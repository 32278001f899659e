import type { Outcome } from '@signalbox/delivery-policy';

/** After a failure a channel gets one notification at a time for so long: eight at once would all meet the same limit, or hang side by side. */
const CAREFUL_MS = 60_000;

/**
 * How many tries may be in the air: so many overall, a few to each channel, one while it is in trouble, none while it asked to be left alone;
 * half of all to channels in trouble.
 */
export class Lanes {
  private readonly inHand = new Map<string, number>();
  private readonly carefulUntil = new Map<string, number>();
  private readonly closedUntil = new Map<string, number>();
  private total = 0;

  constructor(private readonly most: number, readonly perChannel: number) {}

  get busy(): boolean {
    return this.total > 0;
  }

  /** How many more may begin. */
  get room(): number {
    return this.most - this.total;
  }

  enter(channelId: string): void {
    this.total += 1;
    this.inHand.set(channelId, (this.inHand.get(channelId) ?? 0) + 1);
  }

  leave(channelId: string): void {
    this.total -= 1;
    const left = (this.inHand.get(channelId) ?? 1) - 1;
    if (left > 0) this.inHand.set(channelId, left);
    else this.inHand.delete(channelId);
  }

  /** What a channel answered decides how the next notifications go to it, at once and before it is stored anywhere. */
  heed(channelId: string, outcome: Outcome, pauseUntil: Date | null, now: Date): void {
    const closedUntil = Math.max(pauseUntil?.getTime() ?? 0, this.closedUntil.get(channelId) ?? 0);
    if (closedUntil > now.getTime()) this.closedUntil.set(channelId, closedUntil);
    if (outcome.kind === 'retry') this.carefulUntil.set(channelId, Math.max(closedUntil, now.getTime()) + CAREFUL_MS);
  }

  /** Until when a channel is to be left alone, if it is. */
  closed(channelId: string, now: Date): Date | null {
    const until = this.closedUntil.get(channelId);
    return until === undefined || until <= now.getTime() ? null : new Date(until);
  }

  /** The channels that may have fewer more than `perChannel`. */
  rooms(now: Date): { channelId: string; room: number }[] {
    for (const times of [this.carefulUntil, this.closedUntil]) for (const [id, until] of times) if (until <= now.getTime()) times.delete(id);
    const ids = new Set([...this.inHand.keys(), ...this.carefulUntil.keys(), ...this.closedUntil.keys()]);
    const noneInTrouble = this.troubled(now).room === 0;
    return [...ids].map((channelId) => ({ channelId, room: noneInTrouble && this.carefulUntil.has(channelId) ? 0 : this.roomOf(channelId, now) }));
  }

  /**
   * The channels in trouble, and how many more may begin to all of them: they have half of the places. When a provider hangs, so do all of its channels, each
   * for as long as a try may take, and the others must not wait for that.
   */
  troubled(now: Date): { ids: readonly string[]; room: number } {
    const ids = [...this.carefulUntil].flatMap(([id, until]) => (until > now.getTime() ? [id] : []));
    const inHand = ids.reduce((sum, id) => sum + (this.inHand.get(id) ?? 0), 0);
    return { ids, room: Math.max(0, Math.floor(this.most / 2) - inHand) };
  }

  /** How many more may begin to one channel, whatever the others have. */
  roomOf(channelId: string, now: Date): number {
    const lasts = (times: ReadonlyMap<string, number>): boolean => (times.get(channelId) ?? 0) > now.getTime();
    const cap = lasts(this.closedUntil) ? 0 : lasts(this.carefulUntil) ? 1 : this.perChannel;
    return Math.max(0, cap - (this.inHand.get(channelId) ?? 0));
  }

  /** Whether a channel has neither failed lately nor asked to be left alone. */
  untroubled(channelId: string, now: Date): boolean {
    return (this.carefulUntil.get(channelId) ?? 0) <= now.getTime() && this.closed(channelId, now) === null;
  }
}
