import { isId, newId, stableId, type DeadLetter } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import { storeLetters } from '../store/letter-intake.js';

/** DEAD_LETTERS → the table: the end of the line, so whatever arrives here is kept. */
export class LetterConsumer implements LogHandler<DeadLetter, Transaction> {
  constructor(
    private readonly db: Database,
    private readonly onStored: (kind: string, reason: string) => void,
    private readonly log: (message: string, error: unknown) => void,
  ) {}

  async handle(batch: Batch<DeadLetter, Transaction>): Promise<void> {
    await this.store(batch.entries.map(({ value, tenantId }) => ({ ...value, tenantId })), batch);
  }

  /** A letter that cannot be read or stored as it is: its bytes are kept, with whatever is known of it. */
  async bury(entry: PoisonedEntry<DeadLetter>, batch: Batch<DeadLetter, Transaction>): Promise<void> {
    this.log(`a dead letter at ${entry.subject}/${entry.sequence} is kept as bytes`, entry.error);
    await this.store([keptAsBytes(entry)], batch);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  private async store(letters: readonly DeadLetter[], batch: Batch<DeadLetter, Transaction>): Promise<void> {
    const news = await this.db.transaction(async (tx) => {
      const stored = await storeLetters(tx, letters);
      await batch.advance(tx);
      return stored;
    });
    for (const { kind, reason } of news) this.onStored(kind, reason);
  }
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** It belongs to nobody who could do it again: owner ops. */
function keptAsBytes(entry: PoisonedEntry<DeadLetter>): DeadLetter {
  return {
    id: entry.value?.id ?? stableId('unreadable-letter', entry.subject, String(entry.sequence)),
    tenantId: isId(entry.tenantId) ? entry.tenantId : NOBODY, kind: entry.value?.kind ?? 'event', owner: 'ops',
    reason: 'unreadable_letter', detail: entry.error instanceof Error ? entry.error.message : String(entry.error), subject: entry.subject, payload: null,
    raw: Buffer.from(entry.bytes).toString('base64'), headers: { ...entry.headers },
    attempts: [], traceId: entry.value?.traceId ?? newId(), diedAt: new Date().toISOString(),
  };
}
