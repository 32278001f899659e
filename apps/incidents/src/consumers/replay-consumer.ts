import { CHANGES, EVENTS, REPLAY_RESULTS, newId, subjects, type ChangeEvent, type Event, type ReplayRequest } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';
import { takeChanges } from '../store/change-store.js';
import { NO_PARTITION, type Applier } from '../store/applier.js';
import { happeningOf } from '../store/happening.js';

/** REPLAYS for incidents: a dead event or change event is taken in again. Their ids are unique, so a second replay changes nothing. */
export class ReplayConsumer implements LogHandler<ReplayRequest, Transaction> {
  constructor(
    private readonly db: Database,
    private readonly relay: OutboxRelay,
    private readonly applier: Applier,
    private readonly log: (message: string, error: unknown) => void,
  ) {}

  async handle(batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    const rows = await this.db.transaction(async (tx) => {
      const outbox = [];
      for (const { value: request } of batch.entries) outbox.push(...await this.replay(tx, request));
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }

  async bury(entry: PoisonedEntry<ReplayRequest>, batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    this.log('a replay request could not be carried out', entry.error);
    const rows = await this.db.transaction(async (tx) => {
      const outbox = entry.value === undefined ? [] : await enqueue(tx, [resultMessage(entry.value, entry.error)]);
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  private async takeIn(tx: Transaction, request: ReplayRequest): Promise<readonly OutboxRow[]> {
    const { tenantId, subject } = request;
    if (subject === subjects.changes(tenantId)) {
      await takeChanges(tx, [{ tenantId, change: changeOf(request) }], new Date(), NO_PARTITION);
      return [];
    }
    return (await this.applier.apply(tx, [happeningOf({ tenantId, event: eventOf(request) })], NO_PARTITION)).outbox;
  }

  private async replay(tx: Transaction, request: ReplayRequest) {
    const outbox = await this.takeIn(tx, request);
    return [...outbox, ...await enqueue(tx, [resultMessage(request, undefined)])];
  }
}

/** The change event in a letter, checked as an event is. */
function changeOf(request: ReplayRequest): ChangeEvent {
  const change = request.payload as ChangeEvent;
  CHANGES.encode({ tenantId: request.tenantId, changes: [change] });
  return change;
}

/** The event in a letter. It is checked against the contract: an edited payload may be anything. */
function eventOf(request: ReplayRequest): Event {
  const event = request.payload as Event;
  EVENTS.encode({ tenantId: request.tenantId, events: [event] });
  return event;
}

function resultMessage(request: ReplayRequest, error: unknown): OutboxMessage {
  return {
    subject: subjects.replays('ops', request.tenantId), messageId: newId(),
    body: REPLAY_RESULTS.encode({
      jobId: request.jobId, letterId: request.letterId, tenantId: request.tenantId, attempts: [], at: new Date().toISOString(),
      ...(error === undefined
        ? { outcome: 'delivered' }
        : { outcome: 'failed', reason: 'unprocessable', detail: error instanceof Error ? error.message : String(error) }),
    }),
  };
}
