/**
 * Which channels may have notifications that wait in the table for their turn. A fresh one goes behind them; where nothing waits it can be sent at
 * once. At the beginning nothing is known, so all may.
 */
export class Queues {
  private known = false;
  private waiting = new Set<string>();
  private looking: ReadonlySet<string> = new Set();

  mayHold(channelId: string): boolean {
    return !this.known || this.waiting.has(channelId) || this.looking.has(channelId);
  }

  add(channelId: string): void {
    this.waiting.add(channelId);
  }

  /** Learns from a look at the table: one that finds nothing has found that nothing waits, but for the channels that had no room. */
  async look<T>(rooms: readonly { readonly channelId: string; readonly room: number }[], claim: () => Promise<readonly T[]>): Promise<readonly T[]> {
    this.looking = this.waiting;
    this.waiting = new Set();
    let claimed: readonly T[] | undefined;
    try {
      claimed = await claim();
      return claimed;
    } finally {
      const full = new Set(rooms.flatMap(({ channelId, room }) => (room === 0 ? [channelId] : [])));
      const empty = claimed?.length === 0;
      for (const id of this.looking) if (!empty || full.has(id)) this.waiting.add(id);
      if (empty && !this.known) {
        for (const id of full) this.waiting.add(id);
        this.known = true;
      }
      this.looking = new Set();
    }
  }
}
