import type { ReplayRequest } from '@signalbox/contracts';
import { book, enqueue, isDatabaseAway, storable, type Database, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import { OwnerAwayError, type Batch, type LogHandler, type OutboxRelay, type PoisonedEntry } from '@signalbox/messaging';
import type { Notice } from '../channels/notice.js';
import { edited } from '../domain/edited-notice.js';
import { replayResult } from '../store/replay-result.js';

export interface ReplayConsumerOptions {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly wake: () => void;
  readonly log: (message: string, error: unknown) => void;
  /** Takes in again what came from the bus and died on the way in. Throws when it still cannot be. */
  readonly takeInAgain: (tx: Transaction, request: ReplayRequest) => Promise<readonly OutboxRow[]>;
}

/** REPLAYS for notifications: a dead notification is queued again, with fresh attempts; its result is told when it is final. */
export class ReplayConsumer implements LogHandler<ReplayRequest, Transaction> {
  constructor(private readonly options: ReplayConsumerOptions) {}

  async handle(batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    const rows = await this.options.db.transaction(async (tx) => {
      const outbox: OutboxRow[] = [];
      for (const { value: request } of batch.entries) outbox.push(...await (request.kind === 'event' ? this.takeIn(tx, request) : this.queue(tx, request)));
      await batch.advance(tx);
      return outbox;
    });
    this.options.relay.offer(rows);
    this.options.wake();
  }

  async bury(entry: PoisonedEntry<ReplayRequest>, batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    this.options.log('a replay request could not be carried out', entry.error);
    const rows = await this.options.db.transaction(async (tx) => {
      const reason = entry.error instanceof Error ? entry.error.message : String(entry.error);
      const outbox = entry.value === undefined ? [] : await enqueue(tx, [failed(entry.value, reason)]);
      await batch.advance(tx);
      return outbox;
    });
    this.options.relay.offer(rows);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || error instanceof OwnerAwayError;
  }

  private async takeIn(tx: Transaction, request: ReplayRequest): Promise<OutboxRow[]> {
    const outbox = await this.options.takeInAgain(tx, request);
    return [...outbox, ...await enqueue(tx, [replayResult(request, { outcome: 'delivered' }, [], new Date())])];
  }

  /** Only what is dead is queued again, and once for each job: a second copy of the request changes nothing. */
  private async queue(tx: Transaction, request: ReplayRequest): Promise<OutboxRow[]> {
    const { tenantId, jobId, letterId, channelId } = request;
    const [row] = await tx.query<{ id: string; status: string; notice: Notice; replay_job_id: string | null }>(
      'select id, status, notice, replay_job_id from notifications where tenant_id = $1 and id = $2 for update',
      [tenantId, request.notificationId ?? letterId]);
    if (row === undefined) return enqueue(tx, [failed(request, 'the notification is not kept any more')]);
    if (row.replay_job_id === jobId) return [];
    if (row.status !== 'dead_letter') {
      return enqueue(tx, [replayResult(request, { outcome: 'skipped', detail: `the notification is not dead any more: it is ${row.status}` }, [], new Date())]);
    }
    await tx.query(
      `update notifications set status = 'queued', attempts = 0, due_at = now(), reason = null, detail = null,
         replay_job_id = $2, replay_letter_id = $3, updated_at = now(), channel_id = coalesce($4, channel_id),
         audience_id = case when recipient is null then coalesce($4, audience_id) else audience_id end, notice = $5 where id = $1`,
      [row.id, jobId, letterId, channelId ?? null, storable(JSON.stringify(edited(row.notice, request.payload)))]);
    await book(tx, [{ ledger: 'notifications', tenantId, entry: 'in', count: 1 }], new Date(), 0);
    return [];
  }
}

function failed(request: ReplayRequest, detail: string): OutboxMessage {
  return replayResult(request, { outcome: 'failed', reason: 'unprocessable', detail }, [], new Date());
}
