import type { IncidentChange, IncidentChangeEnvelope, Notice } from '@signalbox/contracts';
import { blindFirst, isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import { OwnerAwayError, type Batch, type LogHandler, type OutboxRelay, type PoisonedEntry } from '@signalbox/messaging';
import { endsAcknowledgement, endsPages, isAskedFor } from '../domain/page.js';
import { subjectOfChange, subjectOfNotice, type Subject } from '../domain/subject.js';
import { takeIn } from '../store/intake-store.js';
import { isFirstWord } from '../store/seen.js';
import type { Sender } from '../sender/sender.js';
import type { LetterBox } from '../store/letter-box.js';
import type { LiveConfig } from '../store/live-config.js';
import type { Recipients } from '../store/recipients.js';

/** What an entry has to tell. */
export type Subjects<T> = (value: T, tenantId: string) => readonly Subject[];

export interface IntakeConsumerOptions<T> {
  readonly db: Database;
  readonly live: LiveConfig;
  readonly recipients: Recipients;
  readonly relay: Pick<OutboxRelay, 'offer'>;
  readonly letters: LetterBox;
  readonly sender: Pick<Sender, 'reserve' | 'giveBack' | 'send' | 'wake'>;
  readonly subjects: Subjects<T>;
}

/** INCIDENTS and NOTICES → notifications: every batch one transaction, the cursor included. */
export class IntakeConsumer<T> implements LogHandler<T, Transaction> {
  constructor(private readonly options: IntakeConsumerOptions<T>) {}

  async handle(batch: Batch<T, Transaction>): Promise<void> {
    const subjects = batch.entries.flatMap(({ value, tenantId }) => this.options.subjects(value, tenantId));
    await blindFirst(isFirstWord(subjects), (blind) => this.takeIn(batch, subjects, blind));
  }

  private async takeIn(batch: Batch<T, Transaction>, subjects: readonly Subject[], blind: boolean): Promise<void> {
    const { db, relay, live, recipients, sender } = this.options;
    const reserved: string[] = [];
    const reserve = (channelId: string): boolean => sender.reserve(channelId) && reserved.push(channelId) > 0;
    try {
      const take = (tx: Transaction) => takeIn(tx, subjects, {
        live, recipients, now: new Date(), shard: batch.partition, reserve, last: () => batch.advance(tx), blind,
      });
      const { taken, outbox } = await db.transaction(take, { repeatable: true });
      relay.offer(outbox);
      for (const { claimed } of taken) if (claimed !== undefined) sender.send(claimed);
      if (taken.some(({ suppressed, claimed }) => suppressed === undefined && claimed === undefined)) sender.wake();
    } catch (error) {
      for (const channelId of reserved) sender.giveBack(channelId);
      throw error;
    }
  }

  async bury(entry: PoisonedEntry<T>, batch: Batch<T, Transaction>): Promise<void> {
    await this.options.letters.bury(entry, (tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || error instanceof OwnerAwayError;
  }
}

/** What is quiet is told to nobody (why, its incident says) but those whom a person asked for; what it ends is ended. */
export function changeSubjects(consoleUrl: string): Subjects<IncidentChangeEnvelope> {
  const counts = (one: IncidentChange): boolean => one.quiet === undefined || isAskedFor(one) || endsPages(one.change) || endsAcknowledgement(one.change);
  return (envelope, tenantId) => envelope.changes.filter(counts).map((change) => subjectOfChange(tenantId, change, consoleUrl));
}

export function noticeSubjects(notice: Notice): Subject[] {
  return [subjectOfNotice(notice)];
}
