import type { Callback } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type OutboxRow, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';
import { acknowledge } from '../store/acknowledge.js';
import type { LetterBox } from '../store/letter-box.js';

/** CALLBACKS → notifications: somebody used a one-click link. (The gateway has told the incident itself.) */
export class CallbackConsumer implements LogHandler<Callback, Transaction> {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay, private readonly letters: LetterBox) {}

  async handle(batch: Batch<Callback, Transaction>): Promise<void> {
    const rows = await this.db.transaction(async (tx) => {
      const outbox: OutboxRow[] = [];
      for (const { value, tenantId } of batch.entries) outbox.push(...await applyCallback(tx, value, tenantId));
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }

  async bury(entry: PoisonedEntry<Callback>, batch: Batch<Callback, Transaction>): Promise<void> {
    await this.letters.bury(entry, (tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}

/** Carries out one callback. Throws when it is of a kind that is not understood. */
export async function applyCallback(tx: Transaction, { kind, body, receivedAt }: Callback, tenantId: string): Promise<readonly OutboxRow[]> {
  const { notificationId, note } = (body ?? {}) as { notificationId?: unknown; note?: unknown };
  if (kind !== 'acknowledge' || typeof notificationId !== 'string') throw new TypeError(`a callback of kind '${kind}' is not understood`);
  const rows = await acknowledge(tx, {
    tenantId, notificationId, userId: null, actor: undefined, note: typeof note === 'string' ? note : null, tellIncident: false, now: new Date(receivedAt),
  });
  return rows ?? [];
}
