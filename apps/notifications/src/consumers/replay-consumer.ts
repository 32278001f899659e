import { REPLAY_RESULTS, newId, subjects, type ReplayRequest } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';

/** REPLAYS for notifications: a dead notification is queued again, with fresh attempts; its result is told when it is final. */
export class ReplayConsumer implements LogHandler<ReplayRequest, Transaction> {
  constructor(private readonly db: Database, private readonly relay: OutboxRelay, private readonly wake: () => void, private readonly log: (message: string, error: unknown) => void) {}

  async handle(batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    const rows = await this.db.transaction(async (tx) => {
      const outbox = [];
      for (const { value } of batch.entries) outbox.push(...await this.replay(tx, value));
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
    this.wake();
  }

  async bury(entry: PoisonedEntry<ReplayRequest>, batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    this.log('a replay request could not be carried out', entry.error);
    const rows = await this.db.transaction(async (tx) => {
      const outbox = entry.value === undefined ? [] : await enqueue(tx, [failed(entry.value, entry.error instanceof Error ? entry.error.message : String(entry.error))]);
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  /** Only what is dead is queued again: a second request for the same letter finds it queued and changes nothing. */
  private async replay(tx: Transaction, request: ReplayRequest) {
    const queued = await tx.affected(
      `update notifications set status = 'queued', attempts = 0, due_at = now(), reason = null, detail = null, replay_job_id = $3, replay_letter_id = $4, updated_at = now(),
         channel_id = coalesce($5, channel_id)
       where tenant_id = $1 and id = $2 and status = 'dead_letter'`,
      [request.tenantId, request.notificationId ?? request.letterId, request.jobId, request.letterId, request.channelId ?? null]);
    if (queued > 0) return [];
    const known = await tx.query<{ replay_job_id: string | null }>('select replay_job_id from notifications where tenant_id = $1 and id = $2', [request.tenantId, request.notificationId ?? request.letterId]);
    if (known[0]?.replay_job_id === request.jobId) return [];
    return enqueue(tx, [failed(request, known[0] === undefined ? 'the notification is not kept any more' : 'the notification is not dead any more')]);
  }
}

function failed(request: ReplayRequest, detail: string): OutboxMessage {
  return {
    subject: subjects.replays('ops', request.tenantId), messageId: newId(),
    body: REPLAY_RESULTS.encode({
      jobId: request.jobId, letterId: request.letterId, tenantId: request.tenantId, outcome: 'failed', reason: 'unprocessable', detail, attempts: [], at: new Date().toISOString(),
    }),
  };
}
