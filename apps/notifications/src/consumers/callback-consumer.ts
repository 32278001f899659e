import type { Callback } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import { acknowledge } from '../store/acknowledge.js';
import type { LetterBox } from '../store/letter-box.js';

/** CALLBACKS → notifications: somebody used a one-click link. (The gateway has told the incident itself.) */
export class CallbackConsumer implements LogHandler<Callback, Transaction> {
  constructor(private readonly db: Database, private readonly letters: LetterBox) {}

  async handle(batch: Batch<Callback, Transaction>): Promise<void> {
    await this.db.transaction(async (tx) => {
      for (const { value } of batch.entries) await this.apply(tx, value);
      await batch.advance(tx);
    });
  }

  async bury(entry: PoisonedEntry<Callback>, batch: Batch<Callback, Transaction>): Promise<void> {
    await this.letters.bury(entry, (tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  private async apply(tx: Transaction, callback: Callback): Promise<void> {
    const body = callback.body as { notificationId?: string; note?: string } | null;
    if (callback.kind !== 'acknowledge' || typeof body?.notificationId !== 'string') throw new Error(`a callback of kind '${callback.kind}' is not understood`);
    await acknowledge(tx, {
      tenantId: callback.tenantId, notificationId: body.notificationId, userId: null, actor: undefined, note: body.note ?? null, tellIncident: false, now: new Date(callback.receivedAt),
    });
  }
}
