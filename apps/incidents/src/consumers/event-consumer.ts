import { DEAD_LETTERS, newId, stableId, subjects, type ChangeEvent, type Event, type EventEnvelope } from '@signalbox/contracts';
import { blindFirst, book, enqueue, isDatabaseAway, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';
import type { Applier } from '../store/applier.js';
import { happeningOf, type Happening } from '../store/happening.js';

/** EVENTS → incidents: every batch one transaction, the cursor included. */
export class EventConsumer implements LogHandler<EventEnvelope, Transaction> {
  constructor(
    private readonly db: Database,
    private readonly relay: OutboxRelay,
    private readonly applier: Applier,
    private readonly onApplied: (count: number) => void = () => undefined,
  ) {}

  async handle(batch: Batch<EventEnvelope, Transaction>): Promise<void> {
    const events = batch.entries.flatMap((entry): Happening[] => entry.value.events.map((event) => happeningOf({ tenantId: entry.tenantId, event })));
    await this.applier.meet(events);
    const apply = (blind: boolean) => this.db.transaction(
      (tx) => this.applier.apply(tx, events, batch.partition, () => batch.advance(tx), blind),
      { repeatable: true },
    );
    this.applier.committed(await blindFirst(this.applier.isLikelyNew(events), apply));
    this.onApplied(events.length);
  }

  /** Of an envelope that fails, only the events that fail by themselves become dead letters; the others take effect. */
  async bury(entry: PoisonedEntry<EventEnvelope>, batch: Batch<EventEnvelope, Transaction>): Promise<void> {
    const outbox = await this.db.transaction(async (tx) => {
      const rows = entry.value === undefined
        ? await enqueue(tx, [undecodableLetter(entry)])
        : await this.oneByOne(tx, entry.tenantId, entry.subject, entry.value.events, batch.partition);
      await batch.advance(tx);
      return rows;
    });
    this.relay.offer(outbox);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  private async oneByOne(tx: Transaction, tenantId: string, subject: string, events: readonly Event[], shard: number) {
    const outbox = [];
    for (const event of events) {
      await tx.query('savepoint one_event');
      try {
        outbox.push(...(await this.applier.apply(tx, [happeningOf({ tenantId, event })], shard)).outbox);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        await tx.query('rollback to savepoint one_event');
        outbox.push(...await enqueue(tx, [eventLetter(tenantId, subject, event, error)]));
        await book(tx, [{ ledger: 'events', tenantId, entry: 'in', count: 1 }, { ledger: 'events', tenantId, entry: 'dead', count: 1 }], new Date(), shard);
      }
      await tx.query('release savepoint one_event');
    }
    return outbox;
  }
}

/** The dead letter of an event or a change event that could not be taken in; a replay brings it back here, and the subject tells which it is. */
export function eventLetter(tenantId: string, subject: string, event: Event | ChangeEvent, error: unknown): OutboxMessage {
  const id = stableId('event-letter', tenantId, event.id);
  return {
    subject: subjects.deadLetters(tenantId), messageId: newId(),
    body: DEAD_LETTERS.encode({
      id, tenantId, kind: 'event', owner: 'incidents', reason: 'unprocessable', detail: messageOf(error), subject, payload: event, headers: {}, attempts: [],
      traceId: event.traceId, diedAt: new Date().toISOString(), ...(event.integrationId === null ? {} : { integrationId: event.integrationId }),
    }),
  };
}

export function undecodableLetter(entry: PoisonedEntry<unknown>): OutboxMessage {
  const id = stableId('event-letter', entry.subject, String(entry.sequence));
  return {
    subject: subjects.deadLetters(entry.tenantId), messageId: id,
    body: DEAD_LETTERS.encode({
      id, tenantId: entry.tenantId, kind: 'event', owner: 'incidents', reason: 'unprocessable', detail: messageOf(entry.error), subject: entry.subject,
      payload: null, raw: Buffer.from(entry.bytes).toString('base64'),
      headers: { ...entry.headers }, attempts: [], traceId: newId(), diedAt: new Date().toISOString(),
    }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
