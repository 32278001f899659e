import { setTimeout as sleep } from 'node:timers/promises';
import { failuresAfter, pauseMs } from './backoff.js';
import { InletError, type InletKind, type OpenInlet, type Seat } from './contract.js';
import type { InletStatus } from './status.js';

const STOP_WITHIN_MS = 2_000;

/** One inlet for as long as this replica holds it: connected, or trying again. */
export class Runner {
  private readonly halted = new AbortController();
  private readonly running: Promise<void>;
  private open: OpenInlet | undefined;
  private forGood = false;

  constructor(
    private readonly kind: InletKind, private readonly config: Record<string, unknown>, private readonly seat: Seat, private readonly status: InletStatus,
    private readonly warn: (message: string, error: unknown) => void,
  ) {
    this.running = this.run();
  }

  /**
   * Resolves when it is disconnected, or after two seconds while it is connecting.
   * `forGood`: the inlet was deleted, so the far side need keep nothing for us.
   */
  async stop({ forGood }: { forGood: boolean }): Promise<void> {
    this.forGood = forGood;
    this.halted.abort();
    await this.open?.close({ forGood });
    // One that is being opened is closed as soon as it is open.
    await Promise.race([this.running, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.halted.signal.aborted;) {
      const { error, connectedForMs } = await this.once();
      if (this.halted.signal.aborted) break;
      failures = failuresAfter(failures, connectedForMs);
      const waitMs = pauseMs(failures, Math.random());
      this.status.failed(error?.message ?? 'The connection ended.');
      await sleep(waitMs, undefined, { signal: this.halted.signal }).catch(() => undefined);
    }
    this.status.is('stopped');
  }

  private async once(): Promise<{ error: InletError | undefined; connectedForMs: number }> {
    const startedAt = performance.now();
    this.status.is('connecting');
    try {
      this.open = await this.kind.open(this.config, this.seat);
    } catch (error) {
      return { error: this.known(error), connectedForMs: 0 };
    }
    // Stopped while it was being opened: nobody else knows of it.
    if (this.halted.signal.aborted) await this.open.close({ forGood: this.forGood });
    else this.status.is('connected');
    const error = await this.open.ended;
    this.open = undefined;
    return { error, connectedForMs: performance.now() - startedAt };
  }

  private known(error: unknown): InletError {
    if (error instanceof InletError) return error;
    this.warn('an inlet failed in a way that nobody foresaw', error);
    return new InletError('It failed in a way that nobody foresaw: the log of ingest has more.');
  }
}
