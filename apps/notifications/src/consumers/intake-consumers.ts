import type { IncidentChangeEnvelope, Notice } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import { subjectOfChange, subjectOfNotice, type Subject } from '../domain/subject.js';
import { takeIn, type IntakeOptions } from '../store/intake-store.js';
import type { LetterBox } from '../store/letter-box.js';

export interface IntakeConsumerOptions<T> {
  readonly db: Database;
  readonly live: IntakeOptions['live'];
  readonly ackUrl: IntakeOptions['ackUrl'];
  readonly letters: LetterBox;
  readonly wake: () => void;
  /** What an entry has to tell. */
  readonly subjects: (value: T, tenantId: string) => readonly Subject[];
}

/** INCIDENTS and NOTICES → notifications: every batch one transaction, the cursor included. */
export class IntakeConsumer<T> implements LogHandler<T, Transaction> {
  constructor(private readonly options: IntakeConsumerOptions<T>) {}

  async handle(batch: Batch<T, Transaction>): Promise<void> {
    const subjects = batch.entries.flatMap(({ value, tenantId }) => this.options.subjects(value, tenantId));
    const due = await this.options.db.transaction(async (tx) => {
      const ids = await takeIn(tx, subjects, { live: this.options.live, ackUrl: this.options.ackUrl, now: new Date(), shard: batch.partition });
      await batch.advance(tx);
      return ids;
    });
    if (due.length > 0) this.options.wake();
  }

  async bury(entry: PoisonedEntry<T>, batch: Batch<T, Transaction>): Promise<void> {
    await this.options.letters.bury(entry, (tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}

export function changeSubjects(consoleUrl: string) {
  return (envelope: IncidentChangeEnvelope, tenantId: string): Subject[] => envelope.changes.map((change) => subjectOfChange(tenantId, change, consoleUrl));
}

export function noticeSubjects(notice: Notice): Subject[] {
  return [subjectOfNotice(notice)];
}
