import { REPLAY_REQUESTS, subjects, type ReplayRequest, type ServiceName } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type OutboxMessage, type OutboxRow, type PartitionLeases } from '@signalbox/database';
import { BusAwayError, type Bus, type OutboxRelay } from '@signalbox/messaging';
import { saved, spent, type Pace } from '../domain/pace.js';
import { addCounts, claim, giveUpWaiting, inFlight, overdueJobs, pendingJobs, skipPending, takeJob, type RunningJob } from '../store/replay-runs.js';
import type { ReplayTrimmer } from './trimmer.js';

export interface RunnerOptions {
  readonly db: Database;
  readonly bus: Bus;
  readonly relay: OutboxRelay;
  readonly leases: PartitionLeases;
  readonly trimmer: ReplayTrimmer;
  /** Letters of one job on their way at a time. */
  readonly maxInFlight: number;
  /** How long an owner may take to tell what became of a letter. */
  readonly answerHours: number;
  readonly onSent: (count: number) => void;
  readonly log: (message: string, error?: unknown) => void;
}

const BATCH = 500;
const SKIP_BATCH = 5_000;
const TICK_MS = 50;
const IDLE_MS = 500;
const RENEW_EVERY_MS = 1_000;
const SWEEP_EVERY_MS = 60_000;
/** How long a job is left alone that failed for a reason of its own. */
const BROKEN_REST_MS = 5_000;

/**
 * Carries out replay jobs, a batch of each in turn. One replica does it at a time (a lease), but nothing depends on that: every step is
 * one transaction that has the job to itself. Killed anywhere, the next runner goes on with what is still pending.
 */
export class ReplayRunner {
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;
  private held = false;
  private renewedAt = 0;
  private sweptAt = 0;
  private readonly paces = new Map<string, Pace>();
  private readonly restsUntil = new Map<string, number>();

  constructor(private readonly options: RunnerOptions) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp();
    await this.running;
    await this.options.leases.release().catch(() => undefined);
  }

  /** There is something new to do. */
  wake(): void {
    this.wakeUp();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const wait = await this.round().catch((error: unknown) => {
        if (!isDatabaseAway(error) && !(error instanceof BusAwayError)) this.options.log('a round of replays failed; it is tried again', error);
        return IDLE_MS;
      });
      if (wait > 0 && !this.stopped) await this.rest(wait);
    }
  }

  /** One batch of every job that has something to do; returns how long to rest. */
  private async round(): Promise<number> {
    const { bus, db, leases, trimmer } = this.options;
    const now = Date.now();
    if (now - this.renewedAt >= RENEW_EVERY_MS) {
      this.held = (await leases.renew()).length > 0;
      this.renewedAt = now;
    }
    if (!this.held || !bus.connected) return IDLE_MS;
    const jobs = await pendingJobs(db);
    await trimmer.trim(now);
    for (const known of [this.paces, this.restsUntil]) for (const id of known.keys()) if (!jobs.some((job) => job.id === id)) known.delete(id);
    if (now - this.sweptAt >= SWEEP_EVERY_MS) {
      this.sweptAt = now;
      for (const id of await overdueJobs(db, this.options.answerHours)) await this.giveUp(id);
    }
    if (jobs.length === 0) return IDLE_MS;
    const sentAfter = await this.lastSequence();
    let moved = 0;
    for (const job of jobs) {
      if (this.stopped) return 0;
      moved += await this.tryStep(job.id, sentAfter);
    }
    return moved > 0 ? 0 : TICK_MS;
  }

  /** What is wrong with one job must not keep the others waiting: it is tried again later. */
  private async tryStep(id: string, sentAfter: number): Promise<number> {
    if ((this.restsUntil.get(id) ?? 0) > Date.now()) return 0;
    try {
      return await this.step(id, sentAfter);
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.restsUntil.set(id, Date.now() + BROKEN_REST_MS);
      this.options.log(`the letters of replay job ${id} cannot go out now; it is tried again`, error);
      return 0;
    }
  }

  /** One batch of one job; returns how many of its letters left `pending`. */
  private async step(id: string, sentAfter: number): Promise<number> {
    const { moved, sent, outbox } = await this.options.db.transaction(async (tx) => {
      const nothing = { moved: 0, sent: 0, outbox: [] as OutboxRow[] };
      const job = await takeJob(tx, id);
      if (job === undefined || job.state === 'paused') return nothing;
      if (job.state === 'cancelled') {
        const skipped = await skipPending(tx, id, SKIP_BATCH);
        if (skipped > 0) await addCounts(tx, id, { skipped });
        return { ...nothing, moved: skipped };
      }
      const limit = Math.min(BATCH, this.allowance(job), this.options.maxInFlight - await inFlight(tx, id));
      if (limit <= 0) return nothing;
      const { claimed, skipped } = await claim(tx, job, limit, sentAfter);
      if (skipped > 0) await addCounts(tx, id, { skipped });
      const rows = await enqueue(tx, claimed.map(({ owner, request }) => requestMessage(owner, request)));
      return { moved: claimed.length + skipped, sent: claimed.length, outbox: rows };
    });
    const pace = this.paces.get(id);
    if (pace !== undefined) this.paces.set(id, spent(pace, sent));
    this.options.relay.offer(outbox);
    if (sent > 0) this.options.onSent(sent);
    return moved;
  }

  private allowance(job: RunningJob): number {
    if (job.rate_per_second === null) return BATCH;
    const pace = saved(this.paces.get(job.id), job.rate_per_second, new Date());
    this.paces.set(job.id, pace);
    return Math.floor(pace.credits);
  }

  private async giveUp(id: string): Promise<void> {
    await this.options.db.transaction(async (tx) => {
      if (await takeJob(tx, id) === undefined) return;
      const failed = await giveUpWaiting(tx, id, this.options.answerHours);
      if (failed > 0) await addCounts(tx, id, { failed });
    });
  }

  private async lastSequence(): Promise<number> {
    const info = await (await this.options.bus.manager()).streams.info('REPLAYS');
    return info.state.last_seq;
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => { clearTimeout(timer); resolve(); };
    });
  }
}

/** The request to a letter's owner. Its message id is that of the item, so that a repeated publish is stored once. */
export function requestMessage(owner: ServiceName, request: ReplayRequest): OutboxMessage {
  return { subject: subjects.replays(owner, request.tenantId), messageId: `${request.jobId}/${request.letterId}`, body: REPLAY_REQUESTS.encode(request) };
}
