import type { ChangeEnvelope } from '@signalbox/contracts';
import { book, enqueue, isDatabaseAway, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';
import { takeChanges, type TenantChange } from '../store/change-store.js';
import { eventLetter, undecodableLetter } from './event-consumer.js';

/** CHANGES → change_events: every batch one transaction, the cursor included. No incident comes of it, and nobody is told. */
export class ChangeConsumer implements LogHandler<ChangeEnvelope, Transaction> {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  async handle(batch: Batch<ChangeEnvelope, Transaction>): Promise<void> {
    const changes = batch.entries.flatMap((entry): TenantChange[] => entry.value.changes.map((change) => ({ tenantId: entry.tenantId, change })));
    await this.db.transaction(async (tx) => {
      await takeChanges(tx, changes, new Date(), batch.partition);
      await batch.advance(tx);
    }, { repeatable: true });
  }

  /** Of an envelope that fails, only the changes that fail by themselves become dead letters. */
  async bury(entry: PoisonedEntry<ChangeEnvelope>, batch: Batch<ChangeEnvelope, Transaction>): Promise<void> {
    const outbox = await this.db.transaction(async (tx) => {
      const letters = entry.value === undefined
        ? [undecodableLetter(entry)]
        : await this.oneByOne(tx, entry.tenantId, entry.subject, entry.value, batch.partition);
      const rows = await enqueue(tx, letters);
      await batch.advance(tx);
      return rows;
    });
    this.relay.offer(outbox);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  private async oneByOne(tx: Transaction, tenantId: string, subject: string, { changes }: ChangeEnvelope, shard: number): Promise<OutboxMessage[]> {
    const letters: OutboxMessage[] = [];
    for (const change of changes) {
      await tx.query('savepoint one_change');
      try {
        await takeChanges(tx, [{ tenantId, change }], new Date(), shard);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        await tx.query('rollback to savepoint one_change');
        letters.push(eventLetter(tenantId, subject, change, error));
        await book(tx, [{ ledger: 'changes', tenantId, entry: 'in', count: 1 }, { ledger: 'changes', tenantId, entry: 'dead', count: 1 }], new Date(), shard);
      }
      await tx.query('release savepoint one_change');
    }
    return letters;
  }
}
