import type { Database } from './database.js';
import { isDatabaseAway } from './faults.js';

/** Rows that nobody needs any more. */
export interface Stale {
  /** Deletes some of them: `$1` is the days, `$2` how many at most. */
  readonly statement: string;
  readonly keptDays: number;
}

export interface TidyOptions {
  readonly db: Database;
  /** In the warning: "old change events". */
  readonly what: string;
  readonly stale: readonly Stale[];
  readonly warn: (message: string, error: unknown) => void;
}

const EVERY_MS = 3_600_000;
const BITE = 5_000;

/** Deletes what is stale: every hour, in small bites, each a transaction of its own. Any number of replicas may do it at once. */
export class Tidy {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: TidyOptions) {}

  start(): void {
    this.timer = setInterval(() => { this.running = this.run(); }, EVERY_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** One round. Never throws: what fails is told, and tried again in an hour. */
  async run(): Promise<void> {
    try {
      for (const stale of this.options.stale) while (!this.stopped && await this.bite(stale) === BITE);
    } catch (error) {
      if (!isDatabaseAway(error)) this.options.warn(`${this.options.what} could not be deleted; it is tried again in an hour`, error);
    }
  }

  private bite({ statement, keptDays }: Stale): Promise<number> {
    return this.options.db.transaction((tx) => tx.affected(statement, [keptDays, BITE]));
  }
}
