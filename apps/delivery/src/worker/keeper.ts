import type { PartitionLeases } from '@signalbox/database';
import type { Bus, BusConsumer } from '@signalbox/messaging';

/** `run` gives true when there is more to do at once. */
export interface Duty { readonly name: string; readonly everyMs: number; readonly run: () => Promise<boolean | void> }

const TURN_MS = 200;
const BUSY_TURN_MS = 20;
const RENEW_MS = 1_000;

/**
 * Does what one replica does for all: leased, so that another takes over within seconds. Every duty may be done twice without harm. Duties go on side by side,
 * and so does the lease: one that takes long (a sweep of a hundred thousand jobs) keeps no other waiting.
 */
export class Keeper implements BusConsumer {
  private held = false;
  private stopped = false;
  private running: Promise<unknown> = Promise.resolve();
  private readonly resting = new Set<() => void>();

  constructor(
    private readonly leases: Pick<PartitionLeases, 'renew' | 'release'>, private readonly bus: Pick<Bus, 'connected'>, private readonly duties: readonly Duty[],
    private readonly warn: (message: string, error?: unknown) => void,
  ) {}

  async start(): Promise<void> {
    this.running = Promise.all([this.hold(), ...this.duties.map((duty) => this.keepUp(duty))]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const wake of this.resting) wake();
    await this.running;
    await this.leases.release().catch(() => undefined);
  }

  private async hold(): Promise<void> {
    while (!this.stopped) {
      let next = RENEW_MS;
      try {
        this.held = (await this.leases.renew()).length > 0;
      } catch (error) {
        this.held = false;
        next = TURN_MS;
        this.warn('the lease of the keeper could not be renewed', error);
      }
      await this.rest(next);
    }
  }

  private async keepUp(duty: Duty): Promise<void> {
    for (let doneAt = 0; !this.stopped;) {
      const due = this.held && this.bus.connected && Date.now() - doneAt >= duty.everyMs;
      const busy = due && await this.perform(duty);
      if (due && !busy) doneAt = Date.now();
      await this.rest(busy ? BUSY_TURN_MS : TURN_MS);
    }
  }

  private async perform(duty: Duty): Promise<boolean> {
    try {
      return await duty.run() === true;
    } catch (error) {
      this.warn(`${duty.name} goes on later`, error);
      return false;
    }
  }

  private async rest(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.resting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.resting.add(done);
    });
  }
}
