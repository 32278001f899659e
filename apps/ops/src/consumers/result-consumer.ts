import type { ReplayResult } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import { settle } from '../store/replay-runs.js';

/** REPLAYS for ops: what became of the letters that went out. */
export class ResultConsumer implements LogHandler<ReplayResult, Transaction> {
  constructor(
    private readonly db: Database,
    private readonly onSettled: (outcome: string, count: number) => void,
    private readonly log: (message: string, error: unknown) => void,
  ) {}

  async handle(batch: Batch<ReplayResult, Transaction>): Promise<void> {
    const results = batch.entries.map(({ value, tenantId }) => ({ ...value, tenantId }));
    await this.db.transaction(async (tx) => {
      await settle(tx, results);
      await batch.advance(tx);
    });
    for (const { outcome } of results) this.onSettled(outcome, 1);
  }

  /** A result that cannot be read leaves its letter on its way, until the runner gives up waiting: then it is dead again. */
  async bury(entry: PoisonedEntry<ReplayResult>, batch: Batch<ReplayResult, Transaction>): Promise<void> {
    this.log(`a replay result at ${entry.subject}/${entry.sequence} cannot be taken in`, entry.error);
    await this.db.transaction((tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}
