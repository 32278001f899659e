import { enqueue, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';

/** Changes that commit together with the messages that tell of them (audit entries, pushes to the directory). */
export class AnnouncedChange {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  /** Runs `work` in one transaction; `announce` adds to what is told once it has committed. */
  async run<T>(work: (tx: Transaction, announce: (...messages: OutboxMessage[]) => void) => Promise<T>): Promise<T> {
    const { result, rows } = await this.db.transaction(async (tx) => {
      const messages: OutboxMessage[] = [];
      const done = await work(tx, (...more) => void messages.push(...more));
      return { result: done, rows: await enqueue(tx, messages) };
    });
    this.relay.offer(rows);
    return result;
  }
}
