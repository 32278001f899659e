import { ROUTES, subjects, type AttemptRecord } from '@signalbox/contracts';
import { isDatabaseAway } from '@signalbox/database';
import { WorkQueue, type Bus, type BusConsumer, type WorkItem } from '@signalbox/messaging';
import type { Exchange } from '../destinations/contract.js';
import type { Job } from '../consumers/matcher.js';
import { MAX_ATTEMPTS, afterAttempt, beforeAttempt, isClosed, isDestinationFailure, type Before } from '../domain/decide.js';
import type { Admission, Admitted, DeliveryStore } from '../store/delivery-store.js';
import type { DestinationStates } from '../store/destination-states.js';
import type { LiveRoute, LiveRoutes } from '../store/live-routes.js';
import { FailureDetector } from './failure-detector.js';
import { Lane } from './lane.js';
import { unreadableLetter } from './letters.js';
import { MicroBatch } from './micro-batch.js';
import { Settler, type Task } from './settler.js';

export interface RouteWorkerOptions {
  readonly bus: Bus;
  readonly routes: LiveRoutes;
  readonly states: DestinationStates;
  readonly store: DeliveryStore;
  readonly ackWaitMs: number;
  /** Messages of one tenant in hand at most. */
  readonly inHand: number;
  /** A destination that will take nothing until somebody mends it. */
  readonly pauseRoute: (route: LiveRoute, reason: string) => Promise<void>;
  readonly onAttempt: (attempt: AttemptRecord, task: Task) => void;
  readonly warn: (message: string, error?: unknown) => void;
}

const LOOK_AT_LANES_MS = 250;
/** A job that is older than this, or has been in hand before, may have been dealt with already: it is looked up first. */
const FRESH_MS = 60_000;
const TRY_AGAIN_MS = 5_000;

/** ROUTES → destinations: per destination so many at a time; what cannot go now is held, and delays nobody else. */
export class RouteWorker implements BusConsumer {
  private readonly queue: WorkQueue<Job>;
  private readonly settler: Settler;
  private readonly admissions: MicroBatch<Admission, Admitted>;
  private readonly detector: FailureDetector;
  private readonly lanes = new Map<string, Lane<Task>>();
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly options: RouteWorkerOptions) {
    const { bus, store, routes, ackWaitMs, inHand, warn } = options;
    this.settler = new Settler(bus, store);
    this.admissions = new MicroBatch({ most: 100, withinMs: 5, parallel: 2, isTransient: isDatabaseAway, run: (asked) => store.admit(asked) });
    this.detector = new FailureDetector((key) => {
      const [tenantId, id] = key.split('/') as [string, string];
      const route = routes.get(tenantId, id);
      if (route !== undefined) void this.close(route, 'failing', null);
    });
    this.queue = new WorkQueue({
      bus, contract: ROUTES, maxDeliver: MAX_ATTEMPTS, ackWaitMs, perTenant: inHand, log: warn, handle: (item) => this.take(item as WorkItem<Job>),
      onUndecodable: async (raw) => {
        const letter = unreadableLetter({ ...raw, subject: subjects.routes(raw.tenantId) }, new Date());
        await bus.publish(letter.subject, letter.body, { messageId: letter.messageId });
      },
    });
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => this.lookAtLanes(), LOOK_AT_LANES_MS);
    this.timer.unref();
    await this.queue.start();
  }

  /** Finishes the attempts under way; what has not begun goes back without having spent one. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    for (const lane of this.lanes.values()) for (const task of lane.takeOut('all')) this.end(task, this.settler.requeue(task));
    await this.queue.stop();
    this.settler.stop();
    this.admissions.stop();
    this.detector.stop();
  }

  get inHand(): number {
    return this.queue.size;
  }

  private take(item: WorkItem<Job>): void {
    const job = item.value;
    const number = job.attemptsBefore + item.deliveries;
    const route = this.options.routes.get(item.tenantId, job.routeId);
    if (route !== undefined) return this.sort({ item, job, number, route });
    this.options.routes.find(item.tenantId, job.routeId).then(
      (found) => this.sort({ item, job, number, route: found }),
      (error: unknown) => this.failed({ item, job, number, route: undefined }, error),
    );
  }

  /** Whether the job may be tried, must wait or is over. */
  private sort(task: Task): void {
    if (this.stopping) return this.end(task, this.settler.requeue(task));
    const before = this.judge(task);
    if (before.do !== 'attempt') return this.end(task, this.putAside(task, before));
    const route = task.route!;
    const lane = this.laneOf(route.id);
    const fresh = task.job.heldSince === undefined;
    if (fresh && lane.isSlow(performance.now())) return this.end(task, this.holdBehind(task, route));
    lane.enter(task, fresh, route.concurrency);
  }

  private judge({ job, route, number }: Task): Before {
    const heldSince = job.heldSince === undefined ? null : new Date(job.heldSince);
    return beforeAttempt({ number, heldSince }, route?.state ?? 'deleted', this.options.states.get(job.routeId), new Date());
  }

  private putAside(task: Task, before: Exclude<Before, { do: 'attempt' }>): Promise<void> {
    if (before.do === 'dead') return this.settler.dead(task, before.reason, before.detail);
    return this.settler.hold(task, before.reason, this.options.states.get(task.job.routeId)?.closedUntil ?? null);
  }

  /** The lane is full of slow attempts: from now on the destination's jobs wait in HELD, where they are in nobody's way. */
  private async holdBehind(task: Task, route: LiveRoute): Promise<void> {
    await this.options.states.drain(route, 'busy');
    await this.settler.hold(task, 'busy', null);
  }

  /** A turn in the lane. Never throws. */
  private async turn(task: Task): Promise<void> {
    const current = this.options.routes.get(task.item.tenantId, task.job.routeId) ?? task.route!;
    const due = { ...task, route: current };
    try {
      if (this.stopping) return this.end(due, this.settler.requeue(due));
      const before = this.judge(due);
      if (before.do !== 'attempt') return this.end(due, this.putAside(due, before));
      const admitted = await this.admit(due, before.last);
      if (admitted === 'settled') return due.item.done();
      if (admitted === 'ambiguous') {
        const detail = 'a worker died while it sent this: it may have been delivered; replay it again if it was not';
        return this.end(due, this.settler.dead(due, 'ambiguous', detail));
      }
      const startedAt = new Date();
      const [exchange] = await current.destination.deliver([{ deliveryId: due.job.deliveryId, attempt: due.number, message: due.job.message, now: startedAt }]);
      this.end(due, this.settle(due, exchange!, startedAt));
    } catch (error) {
      this.failed(due, error);
    }
  }

  private async admit({ item, job, number }: Task, last: boolean): Promise<Admitted> {
    const isFresh = item.deliveries === 1 && job.attemptsBefore === 0 && job.heldSince === undefined && job.replay === undefined
      && Date.now() - Date.parse(job.matchedAt) < FRESH_MS;
    return isFresh && !last ? 'go' : this.admissions.add({ job, number, last, now: new Date() });
  }

  private async settle(task: Task, exchange: Exchange, startedAt: Date): Promise<void> {
    const { job, number } = task;
    const route = task.route!;
    const { outcome } = exchange;
    const now = new Date();
    const attempt = recordOf(number, exchange, startedAt);
    this.options.onAttempt(attempt, task);
    const { next, closeUntil } = afterAttempt(outcome, number, { replay: job.replay !== undefined, now, jitter: Math.random() });
    this.learn(route, isDestinationFailure(outcome));
    // Before it is held: what drains must know.
    if (closeUntil !== null) await this.close(route, 'asked_to_wait', closeUntil);
    switch (next.do) {
      case 'done': return this.settler.delivered(task, attempt);
      case 'again': return this.settler.again(task, attempt, next.afterMs, next.reason);
      case 'hold': return this.settler.hold(task, next.reason, closeUntil, attempt);
      case 'dead':
        if (next.pauseRoute) {
          await this.options.pauseRoute(route, next.detail).catch((error: unknown) => this.options.warn(`route ${route.id} could not be paused`, error));
        }
        return this.settler.dead(task, next.reason, next.detail, attempt);
    }
  }

  private learn(route: LiveRoute, failed: boolean): void {
    const state = this.options.states.get(route.id);
    // It is known to fail: what was still under way says nothing about how it is afterwards.
    if (isClosed(state, new Date())) return;
    if (state === undefined || state.state === 'draining') return this.detector.record(keyOf(route), failed);
    // It is being probed: one failure is enough, and one success.
    this.detector.forget(keyOf(route));
    if (failed) void this.close(route, 'failing', null);
    else this.options.states.recovered(route)
      .catch((error: unknown) => this.options.warn(`route ${route.id} has recovered, but that could not be saved`, error));
  }

  private close(route: LiveRoute, reason: string, until: Date | null): Promise<void> {
    return this.options.states.close(route, reason, until)
      .catch((error: unknown) => this.options.warn(`destination of route ${route.id} is closed here, but not yet elsewhere`, error));
  }

  private lookAtLanes(): void {
    const nowMs = performance.now();
    for (const [routeId, lane] of this.lanes) {
      if (lane.isIdle) this.lanes.delete(routeId);
      for (const task of lane.isSlow(nowMs) ? lane.takeOut('fresh') : []) this.end(task, this.holdBehind(task, task.route!));
    }
  }

  private laneOf(routeId: string): Lane<Task> {
    let lane = this.lanes.get(routeId);
    if (lane === undefined) {
      lane = new Lane((task) => this.turn(task));
      this.lanes.set(routeId, lane);
    }
    return lane;
  }

  private end(task: Task, work: Promise<void>): void {
    work.catch((error: unknown) => this.failed(task, error));
  }

  /** Something that no rule foresees: the job stays on the queue. After its last delivery a sweep makes a dead letter of it. */
  private failed({ item, job }: Task, error: unknown): void {
    if (!this.stopping) this.options.warn(`delivery ${job.deliveryId} could not be dealt with now`, error);
    item.again(TRY_AGAIN_MS);
  }
}

function keyOf({ tenantId, id }: LiveRoute): string {
  return `${tenantId}/${id}`;
}

function recordOf(number: number, { outcome, durationMs, request, response }: Exchange, startedAt: Date): AttemptRecord {
  return {
    number, startedAt: startedAt.toISOString(), durationMs, outcome: outcome.kind, request, ...(response === undefined ? {} : { response }),
    ...('reason' in outcome ? { reason: outcome.reason } : {}), ...('detail' in outcome && outcome.detail !== undefined ? { detail: outcome.detail } : {}),
  };
}
