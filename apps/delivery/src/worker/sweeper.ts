import { ROUTES, subjects, tenantOfSubject, type AttemptRecord } from '@signalbox/contracts';
import { isDatabaseAway } from '@signalbox/database';
import { isBusAway, type Bus } from '@signalbox/messaging';
import type { Job } from '../consumers/matcher.js';
import { runOf } from '../store/delivery-rows.js';
import type { DeliveryStore } from '../store/delivery-store.js';
import type { LiveRoutes } from '../store/live-routes.js';
import { deadLetter, letterIdOf, outcomeReport, replayResult, unreadableLetter } from './letters.js';
import { isNotFound, nextMessage, removeMessage, type StoredMessage } from './stored-messages.js';

/** The writer of the sweep's own ledger rows. */
const SHARD = 999;

/**
 * Finds jobs whose worker died on the last permitted delivery: the bus delivers them to nobody any more and keeps them. Each becomes a
 * dead letter `worker_died` and leaves the stream. Sweeping twice changes nothing.
 */
export class Sweeper {
  constructor(
    private readonly bus: Bus, private readonly store: DeliveryStore, private readonly routes: LiveRoutes,
    private readonly warn: (message: string, error: unknown) => void,
  ) {}

  async sweepAll(): Promise<void> {
    const info = await (await this.bus.manager()).streams.info('ROUTES', { subjects_filter: subjects.routes('*') });
    for (const subject of Object.keys(info.state.subjects ?? {})) await this.sweep(tenantOfSubject(subject));
  }

  /** Returns how many jobs left the queue. */
  async sweep(tenantId: string): Promise<number> {
    const bound = await this.givenUpTo(tenantId);
    let count = 0;
    for (let from = 1; from <= bound;) {
      const stuck = await nextMessage(this.bus, 'ROUTES', subjects.routes(tenantId), from);
      if (stuck === undefined || stuck.seq > bound) break;
      if (await this.tryToBury(tenantId, stuck)) count += 1;
      from = stuck.seq + 1;
    }
    return count;
  }

  /** One job that cannot be brought out must not keep those behind it, and those of other tenants, where they are: it stays, and the next sweep tries again. */
  private async tryToBury(tenantId: string, stuck: StoredMessage): Promise<boolean> {
    try {
      await this.bury(tenantId, stuck);
      return true;
    } catch (error) {
      if (isDatabaseAway(error) || isBusAway(error)) throw error;
      this.warn(`a job that workers died with stays on the queue (${subjects.routes(tenantId)}, message ${stuck.seq})`, error);
      return false;
    }
  }

  /** Up to this sequence the tenant's consumer will deliver nothing again: what is still there was given up by the bus. */
  private async givenUpTo(tenantId: string): Promise<number> {
    const manager = await this.bus.manager();
    try {
      const consumer = await manager.consumers.info('ROUTES', `delivery-${tenantId}`);
      return consumer.num_ack_pending === 0 ? consumer.delivered.stream_seq : consumer.ack_floor.stream_seq;
    } catch (error) {
      if (isNotFound(error)) return 0;
      throw error;
    }
  }

  private async bury(tenantId: string, stuck: StoredMessage): Promise<void> {
    const now = new Date();
    let job: Job;
    try {
      job = ROUTES.decode(stuck.data);
    } catch (error) {
      const letter = unreadableLetter({ tenantId, subject: subjects.routes(tenantId), sequence: stuck.seq, bytes: stuck.data, error }, now);
      await this.bus.publish(letter.subject, letter.body, { messageId: letter.messageId });
      return removeMessage(this.bus, 'ROUTES', stuck.seq);
    }
    // Dealt with, and only its leaving the queue was lost.
    const known = job.replay === undefined ? await this.store.statusOf(job.deliveryId) : undefined;
    if (known !== 'delivered' && known !== 'dead') await this.bringOut(job, stuck.seq, now);
    await removeMessage(this.bus, 'ROUTES', stuck.seq);
  }

  private async bringOut(job: Job, sequence: number, at: Date): Promise<void> {
    const [attempts = []] = await this.store.attemptsOf([{ deliveryId: job.deliveryId, run: runOf(job) }]);
    const { reason, detail } = await this.reasonFor(job, attempts);
    const route = this.routes.get(job.tenantId, job.routeId);
    const letter = deadLetter({ job, reason, detail, attempts, destinationHost: route?.host, sequence, at });
    await this.bus.publish(letter.subject, letter.body, { messageId: letter.messageId });
    const result = job.replay === undefined ? [] : [
      replayResult({ jobId: job.replay.jobId, letterId: letterIdOf(job), tenantId: job.tenantId }, 'failed', attempts, { reason, detail }, at),
    ];
    await this.store.settle([{ job, status: 'dead', reason, messages: [...result, ...outcomeReport(job, route, 'dead', attempts.length, reason, at)] }], SHARD);
  }

  private async reasonFor(job: Job, attempts: readonly AttemptRecord[]): Promise<{ reason: string; detail: string }> {
    if (job.replay !== undefined && await this.store.hasOpenClaim(job.replay.jobId, job.replay.letterId)) {
      return { reason: 'ambiguous', detail: 'a worker died while it sent this: it may have been delivered; replay it again if it was not' };
    }
    const began = attempts.some((attempt) => attempt.outcome === 'started');
    return {
      reason: 'worker_died',
      detail: began ? 'the worker died in the last attempt: it may have been delivered' : 'workers died before they could deliver this',
    };
  }
}
