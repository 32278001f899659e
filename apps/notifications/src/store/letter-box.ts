import { DEAD_LETTERS, newId, stableId, subjects } from '@signalbox/contracts';
import { enqueue, type Database, type Transaction } from '@signalbox/database';
import type { OutboxRelay, PoisonedEntry } from '@signalbox/messaging';

/** Dead letters of what came from the bus and could not be taken in. */
export class LetterBox {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay) {}

  /** Stores the letter of a poisoned entry and moves on, in one transaction. */
  async bury(entry: PoisonedEntry<unknown>, advance: (tx: Transaction) => Promise<void>): Promise<void> {
    const id = stableId('notifications-letter', entry.subject, String(entry.sequence));
    const rows = await this.db.transaction(async (tx) => {
      const outbox = await enqueue(tx, [{
        subject: subjects.deadLetters(entry.tenantId), messageId: id,
        body: DEAD_LETTERS.encode({
          id, tenantId: entry.tenantId, kind: 'event', owner: 'notifications',
          reason: 'unprocessable', detail: entry.error instanceof Error ? entry.error.message : String(entry.error),
          subject: entry.subject, payload: entry.value ?? null, raw: Buffer.from(entry.bytes).toString('base64'),
          headers: { ...entry.headers }, attempts: [], traceId: newId(),
          diedAt: new Date().toISOString(),
        }),
      }]);
      await advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }
}
