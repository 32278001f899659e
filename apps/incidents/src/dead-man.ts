import type { Outbound } from '@signalbox/outbound';
import type { Auditor } from './store/auditor.js';

const EVERY_MS = 60_000;
const WITHIN_MS = 10_000;

export interface DeadManOptions {
  /** Asked for with GET; who has it can say that all is well. */
  readonly url: string;
  readonly outbound: Pick<Outbound, 'request'>;
  readonly auditor: Pick<Auditor, 'overdue'>;
  readonly warn: (message: string, error?: unknown) => void;
  readonly everyMs?: number;
}

/**
 * Tells a watchdog outside, minute by minute, that escalations are on time; what stops
 * telling is noticed there: this process, its machine, Postgres, or a promise that is broken.
 */
export class DeadMan {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: DeadManOptions) {}

  start(): void {
    const run = (): void => { this.running = this.running.then(() => this.tell()); };
    run();
    this.timer = setInterval(run, this.options.everyMs ?? EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async tell(): Promise<void> {
    const { url, outbound, auditor, warn } = this.options;
    try {
      const overdue = await auditor.overdue();
      if (overdue > 0) return warn(`${overdue} escalations are overdue: the watchdog is not told that all is well`);
      const { status } = await outbound.request({ method: 'GET', url, timeoutMs: WITHIN_MS });
      if (status >= 400) warn(`the watchdog answers ${status}`);
    } catch (error) {
      warn('the watchdog could not be told that all is well', error);
    }
  }
}
