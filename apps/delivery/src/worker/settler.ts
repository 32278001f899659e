import { HELD, ROUTES, subjects, type AttemptRecord } from '@signalbox/contracts';
import { isDatabaseAway } from '@signalbox/database';
import { BusAwayError, type Bus, type WorkItem } from '@signalbox/messaging';
import type { Job } from '../consumers/matcher.js';
import { runOf, type DeliveryStatus } from '../store/delivery-rows.js';
import type { DeliveryStore, Settlement } from '../store/delivery-store.js';
import type { LiveRoute } from '../store/live-routes.js';
import { deadLetter, letterIdOf, outcomeReport, replayResult } from './letters.js';
import { MicroBatch } from './micro-batch.js';

/** A job in hand and its route (undefined: deleted). */
export interface Task {
  readonly item: WorkItem<Job>;
  readonly job: Job;
  readonly route: LiveRoute | undefined;
  /** The attempt that is due, counted from 1. */
  readonly number: number;
}

const PUBLISH_AGAIN_MS = 500;
/** Ledger rows of writers that work side by side must not be the same: matchers have the numbers of their partitions. */
const FIRST_SHARD = 1_000;

/**
 * Ends a job's turn. Always in this order: what must not be lost is stored on the bus, then the rows are committed, then the job leaves the
 * queue (or goes back to it). A death in between repeats a step that changes nothing the second time.
 */
export class Settler {
  private stopped = false;
  private readonly shard = FIRST_SHARD + Math.floor(Math.random() * 1_000_000) * 2;
  private readonly rows: MicroBatch<Settlement, undefined>;
  private readonly earlier: MicroBatch<{ deliveryId: string; run: string }, AttemptRecord[]>;

  constructor(private readonly bus: Bus, store: DeliveryStore) {
    const common = { most: 100, withinMs: 5, parallel: 2, isTransient: isDatabaseAway };
    this.rows = new MicroBatch({ ...common, run: async (settlements, slot) => {
      await store.settle(settlements, this.shard + slot);
      return settlements.map(() => undefined);
    } });
    this.earlier = new MicroBatch({ ...common, run: (asked) => store.attemptsOf(asked) });
  }

  /** From now on nothing is tried again: what cannot be written now is left to the next worker. */
  stop(): void {
    this.stopped = true;
    this.rows.stop();
    this.earlier.stop();
  }

  async delivered({ item, job, route, number }: Task, attempt: AttemptRecord): Promise<void> {
    const now = new Date();
    const result = job.replay === undefined ? [] : [replayResult({ ...job.replay, tenantId: job.tenantId }, 'delivered', [attempt], {}, now)];
    await this.write(job, 'delivered', null, attempt, [...result, ...outcomeReport(job, route, 'delivered', number, undefined, now)]);
    item.done();
  }

  async again({ item, job }: Task, attempt: AttemptRecord, afterMs: number, reason: string): Promise<void> {
    const dueAt = Date.now() + afterMs;
    await this.write(job, 'retrying', reason, attempt);
    item.again(Math.max(1, dueAt - Date.now()));
  }

  /** Puts a job aside until its route or destination takes it. `attempt`: the one that was just spent, if any. */
  async hold({ item, job, number }: Task, reason: string, notBefore: Date | null, attempt?: AttemptRecord): Promise<void> {
    const heldAt = new Date().toISOString();
    const held: Job = { ...job, attemptsBefore: attempt === undefined ? number - 1 : number, heldSince: job.heldSince ?? heldAt };
    const bytes = HELD.encode({ job: held, reason, heldAt, notBefore: notBefore?.toISOString() ?? null });
    await this.store(subjects.held(job.tenantId, job.routeId), bytes, `${job.deliveryId}/${item.sequence}`);
    await this.write(job, 'held', reason, attempt);
    item.done();
  }

  async dead({ item, job, route, number }: Task, reason: string, detail: string, attempt?: AttemptRecord): Promise<void> {
    const now = new Date();
    const before = number > 1 || attempt === undefined ? await this.earlier.add({ deliveryId: job.deliveryId, run: runOf(job) }) : [];
    const attempts = attempt === undefined ? before : [...before.filter((a) => a.number !== attempt.number), attempt];
    const letter = deadLetter({ job, reason, detail, attempts, destinationHost: route?.host, sequence: item.sequence, at: now });
    await this.store(letter.subject, letter.body, letter.messageId);
    const result = job.replay === undefined ? [] : [
      replayResult({ jobId: job.replay.jobId, letterId: letterIdOf(job), tenantId: job.tenantId }, 'failed', attempts, { reason, detail }, now),
    ];
    await this.write(job, 'dead', reason, attempt, [...result, ...outcomeReport(job, route, 'dead', number, reason, now)]);
    item.giveUp(reason);
  }

  /** Back to the queue as a fresh copy, for another worker: an attempt that was not made is not spent. */
  async requeue({ item, job, number }: Task): Promise<void> {
    await this.store(subjects.routes(job.tenantId), ROUTES.encode({ ...job, attemptsBefore: number - 1 }), `${job.deliveryId}/${item.sequence}`);
    item.done();
  }

  private write(job: Job, status: DeliveryStatus, reason: string | null, attempt?: AttemptRecord, messages: Settlement['messages'] = []): Promise<undefined> {
    return this.rows.add({ job, status, reason, messages, ...(attempt === undefined ? {} : { attempt }) });
  }

  /** Until the bus has it: a bus that is away or full keeps the job in hand, never loses it. */
  private async store(subject: string, body: Uint8Array, messageId: string): Promise<void> {
    for (;;) {
      try {
        await this.bus.publish(subject, body, { messageId });
        return;
      } catch (error) {
        if (!(error instanceof BusAwayError) || this.stopped) throw error;
        await new Promise((resolve) => { setTimeout(resolve, PUBLISH_AGAIN_MS); });
      }
    }
  }
}
