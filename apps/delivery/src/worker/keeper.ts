import type { PartitionLeases } from '@signalbox/database';
import type { Bus, BusConsumer } from '@signalbox/messaging';

/** `run` gives true when there is more to do at once. */
export interface Duty { readonly name: string; readonly everyMs: number; readonly run: () => Promise<boolean | void> }


const TURN_MS = 200;
const BUSY_TURN_MS = 20;
const RENEW_MS = 1_000;

/** Does what one replica does for all: leased, so that another takes over within seconds. Every duty may be done twice without harm. */
export class Keeper implements BusConsumer {
  private readonly doneAt = new Map<Duty, number>();
  private renewedAt = 0;
  private held = false;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  constructor(
    private readonly leases: PartitionLeases, private readonly bus: Bus, private readonly duties: readonly Duty[],
    private readonly warn: (message: string, error?: unknown) => void,
  ) {}

  async start(): Promise<void> {
    this.running = this.go();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
    await this.leases.release().catch(() => undefined);
  }

  private async go(): Promise<void> {
    while (!this.stopped) {
      const now = Date.now();
      if (now - this.renewedAt >= RENEW_MS) await this.renew(now);
      let busy = false;
      if (this.held && this.bus.connected) for (const duty of this.duties) busy = (await this.perform(duty)) || busy;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, busy ? BUSY_TURN_MS : TURN_MS);
      });
    }
  }

  private async renew(now: number): Promise<void> {
    try {
      this.held = (await this.leases.renew()).length > 0;
      this.renewedAt = now;
    } catch (error) {
      this.held = false;
      this.warn('the lease of the keeper could not be renewed', error);
    }
  }

  private async perform(duty: Duty): Promise<boolean> {
    if (this.stopped || Date.now() - (this.doneAt.get(duty) ?? 0) < duty.everyMs) return false;
    let more: boolean | void = false;
    try {
      more = await duty.run();
    } catch (error) {
      this.warn(`${duty.name} goes on later`, error);
    }
    if (more !== true) this.doneAt.set(duty, Date.now());
    return more === true;
  }
}
