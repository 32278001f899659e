interface Window { readonly startsAt: number; count: number }

const MINUTE_MS = 60_000;
const MOST_WINDOWS = 100_000;

/** Counts requests per integration and minute, in this process. */
export class RateLimit {
  private readonly windows = new Map<string, Window>();

  /** Counts one request. Zero when it may pass, else the seconds after which the next may. */
  take(integrationId: string, perMinute: number, now: number): number {
    let window = this.windows.get(integrationId);
    if (window === undefined || now - window.startsAt >= MINUTE_MS) {
      if (this.windows.size >= MOST_WINDOWS) this.forget(now);
      window = { startsAt: now, count: 0 };
      this.windows.set(integrationId, window);
    }
    window.count += 1;
    return window.count <= perMinute ? 0 : Math.max(1, Math.ceil((window.startsAt + MINUTE_MS - now) / 1_000));
  }

  private forget(now: number): void {
    for (const [id, window] of this.windows) if (now - window.startsAt >= MINUTE_MS) this.windows.delete(id);
  }
}
