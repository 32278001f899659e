import { DEAD_LETTERS, subjects, type DeadLetter } from '@signalbox/contracts';
import { enqueue, type Database } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import { NowhereToStoreError } from './stream-spool.js';

/**
 * Where this service's dead letters go: on the bus, or, when the bus does not take them, into the outbox. Not into the spool, which would make
 * every event wait for a letter that a full DEAD_LETTERS refuses: letters need no order, and the relay lets none of them keep others back.
 */
export class LetterBox {
  constructor(private readonly bus: Bus, private readonly db: Database) {}

  /** Resolves once the letter is stored where it survives the death of any process. Throws NowhereToStoreError. */
  async put(letter: DeadLetter): Promise<void> {
    const message = { subject: subjects.deadLetters(letter.tenantId), messageId: letter.id, body: DEAD_LETTERS.encode(letter) };
    try {
      await this.bus.publish(message.subject, message.body, { messageId: message.messageId });
    } catch {
      await enqueue(this.db, [message]).catch((error: unknown) => {
        throw new NowhereToStoreError('neither the bus nor the outbox takes a dead letter', { cause: error });
      });
    }
  }
}
