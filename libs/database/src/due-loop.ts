import { isDatabaseAway } from './faults.js';

/** What falls due: the rows of one table, each with its time. */
export interface DueWork {
  /** When the earliest that is left is due, in whoever's hands it is; null when there is none. It is asked at every look: by an index, never a scan. */
  nextDue(): Promise<Date | null>;
  /**
   * Does what is due by `now`, oldest first, at most so many, passing over what another replica has in hand (`for update skip locked`), each with its effects
   * in one transaction; gives how many it took. What it cannot do it puts off itself: after it throws half as many are tried, and what is behind them waits.
   */
  fireDue(now: Date, most: number): Promise<number>;
}

export interface DueLoopOptions {
  readonly work: DueWork;
  /** In the error log: "the monitors that are due". */
  readonly what: string;
  readonly now: () => Date;
  readonly log: { error(fields: object, message: string): void };
  /** Of one transaction; 200 by default. */
  readonly batch?: number;
}

const BATCH = 200;
/** However far away the next one is: so a hint that was lost, or that nobody gave, costs no more. */
export const LOOK_AGAIN_MS = 2_000;
/** What is due and in another's hands is looked at again so soon, then less and less often. */
const LOCKED_MS = 20;
const MOST_LOCKED_MS = 250;
/** After a failure (Postgres away), doubled each time. */
const FAILED_MS = 250;
const MOST_FAILED_MS = 2_000;

/** Fires each row when its time comes, once, any number of replicas at once (docs/adr/0020): sleeps until the next is due, or until it is woken. */
export class DueLoop {
  private stopped = false;
  private woken = false;
  private endSleep: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();
  /** Looks in a row that failed, and that found what is due in another's hands. */
  private failed = 0;
  private locked = 0;
  /** Of one transaction now. */
  private most: number;

  constructor(private readonly options: DueLoopOptions) {
    this.most = options.batch ?? BATCH;
  }

  start(): void {
    this.running = this.run();
  }

  /** Finishes what is in hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  /** Something may be due sooner than it was: look now. For a `Listener`, and for whoever wrote the row. */
  readonly wake = (): void => {
    this.woken = true;
    this.endSleep();
  };

  /** For a gauge: how long the oldest that is due has waited, in seconds; NaN while Postgres is away. */
  async lateSeconds(): Promise<number> {
    try {
      const next = await this.options.work.nextDue();
      return next === null ? 0 : Math.max(0, this.options.now().getTime() - next.getTime()) / 1_000;
    } catch {
      return Number.NaN;
    }
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      await this.sleep(await this.look());
    }
  }

  /** Fires what is due. Gives the milliseconds until there is something to do. */
  private async look(): Promise<number> {
    try {
      const fired = await this.fireAll();
      const next = await this.options.work.nextDue();
      this.failed = 0;
      const waitMs = next === null ? LOOK_AGAIN_MS : next.getTime() - this.options.now().getTime();
      this.locked = waitMs > 0 || fired > 0 ? 0 : this.locked + 1;
      return Math.min(Math.max(waitMs, doubled(LOCKED_MS, this.locked, MOST_LOCKED_MS)), LOOK_AGAIN_MS);
    } catch (error) {
      if (!isDatabaseAway(error)) this.options.log.error({ err: error }, `${this.options.what} cannot be worked`);
      this.failed += 1;
      // It may be that so many take longer than a statement may: the same again would fail for ever.
      this.most = Math.ceil(this.most / 2);
      return doubled(FAILED_MS, this.failed, MOST_FAILED_MS);
    }
  }

  private async fireAll(): Promise<number> {
    const { work, now, batch = BATCH } = this.options;
    for (let fired = 0; ;) {
      const { most } = this;
      const taken = await work.fireDue(now(), most);
      fired += taken;
      this.most = Math.min(2 * most, batch);
      if (taken < most || this.stopped) return fired;
    }
  }

  private async sleep(ms: number): Promise<void> {
    if (this.woken || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The first, or when there was more than one in a row twice as long for each. */
function doubled(firstMs: number, times: number, mostMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(Math.max(times - 1, 0), 16), mostMs);
}
