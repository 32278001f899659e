import { ROUTES, subjects, type ReplayRequest } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import { hintWork, isBusAway, type Batch, type Bus, type LogHandler, type OutboxRelay, type PoisonedEntry } from '@signalbox/messaging';
import { replayResult } from '../worker/letters.js';
import type { Job } from './matcher.js';

/** REPLAYS for delivery: a dead delivery is put on the queue again, under the same delivery id, with the payload and route that the request names. */
export class ReplayConsumer implements LogHandler<ReplayRequest, Transaction> {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly relay: OutboxRelay,
    private readonly warn: (message: string, error: unknown) => void,
  ) {}

  async handle(batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    const jobs: Job[] = [];
    const refused: OutboxMessage[] = [];
    for (const { value: request, tenantId } of batch.entries) {
      try {
        jobs.push(jobOf(request, tenantId));
      } catch (error) {
        const detail = `the payload is no job of a route: ${messageOf(error)}`;
        refused.push(replayResult(request, 'failed', [], { reason: 'unprocessable', detail }, new Date()));
      }
    }
    const rows = await this.db.transaction(async (tx) => {
      const outbox = await enqueue(tx, refused);
      await batch.advance(tx);
      await Promise.all(jobs.map((job) =>
        this.bus.publish(subjects.routes(job.tenantId), ROUTES.encode(job), { messageId: `${job.replay!.jobId}/${job.replay!.letterId}` })));
      return outbox;
    });
    this.relay.offer(rows);
    for (const tenantId of new Set(jobs.map((job) => job.tenantId))) hintWork(this.bus, 'ROUTES', tenantId);
  }

  async bury(entry: PoisonedEntry<ReplayRequest>, batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    this.warn('a replay request could not be carried out', entry.error);
    const rows = await this.db.transaction(async (tx) => {
      const outbox = entry.value === undefined ? [] : await enqueue(tx, [
        replayResult(entry.value, 'failed', [], { reason: 'unprocessable', detail: messageOf(entry.error) }, new Date()),
      ]);
      await batch.advance(tx);
      return outbox;
    });
    this.relay.offer(rows);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || isBusAway(error);
  }
}

/** The job in a letter, as it is to be done now. It is held against the contract: an edited payload may be anything. */
function jobOf(request: ReplayRequest, tenantId: string): Job {
  const old = request.payload as Job;
  const { heldSince: _heldSince, ...kept } = old;
  const job: Job = {
    ...kept, tenantId, deliveryId: request.deliveryId ?? old.deliveryId, routeId: request.routeId ?? old.routeId, attemptsBefore: 0,
    replay: { jobId: request.jobId, letterId: request.letterId },
  };
  ROUTES.encode(job);
  return job;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
