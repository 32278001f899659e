import { DueLoop, enqueue, type Listener, type OutboxMessage, type OutboxRow, type Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { CheckResult } from './domain/certificate.js';
import type { Decision, Told } from './domain/decision.js';
import type { ClaimedMonitor, DueMonitor, DueTable, Settled } from './due-table.js';
import type { Vigil } from './heartbeats/vigil.js';
import { isDisabled, type Tenants } from '../store/tenants.js';
import { decideAfterCheck, decideByClock, suspended } from './kinds.js';
import { messagesOf } from './messages.js';

export interface ClockworkOptions {
  readonly table: DueTable;
  readonly vigil: Pick<Vigil, 'keep'>;
  readonly relay: Pick<OutboxRelay, 'offer'>;
  /** Nothing is told for one that is disabled, nor to anybody before all are known. */
  readonly tenants: Tenants;
  /** Looks at the far side of a monitor whose kind needs it; never throws, and ends within CHECK_MS. */
  readonly check: (monitor: DueMonitor) => Promise<CheckResult>;
  readonly now: () => Date;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly onTold?: (monitor: DueMonitor, told: Told) => void;
}

const BATCH = 200;
const MOST_CHECKS = 16;
/** A check takes at most so long. A claim lasts longer: while it stands nobody else checks the same. */
export const CHECK_MS = 10_000;
const CLAIM_MS = 60_000;
/** One whose decision fails (a fault of ours), or whose tenant is disabled, is put off, and keeps nobody else back. */
const PUT_OFF_MS = 60_000;

/**
 * Works everything that falls due in `monitors`, any number of replicas at once (docs/adr/0020).
 * What takes a look at the far side has a loop of its own: it keeps nothing else waiting.
 */
export class Clockwork {
  private stopped = false;
  private readonly checks = new Set<Promise<void>>();
  private readonly loops: readonly DueLoop[];

  constructor(private readonly options: ClockworkOptions) {
    const { table, now, log } = options;
    this.loops = [
      new DueLoop({
        what: 'the heartbeats and obligations that are due',
        now, log, batch: BATCH,
        work: { nextDue: () => table.nextDue('by-clock'), fireDue: (at, most) => this.decideDue(at, most) },
      }),
      new DueLoop({
        what: 'the checks that are due', now, log, batch: MOST_CHECKS,
        work: { nextDue: () => table.nextDue('by-check'), fireDue: () => this.beginChecks() },
      }),
    ];
  }

  start(): void {
    for (const loop of this.loops) loop.start();
  }

  /** Finishes what is in hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops.map((loop) => loop.stop()));
    await Promise.all(this.checks);
  }

  /** Something may be due sooner: look now. */
  readonly wake = (): void => {
    for (const loop of this.loops) loop.wake();
  };

  /** How long the oldest that is due has waited; NaN while Postgres is away. */
  async lateSeconds(): Promise<number> {
    return Math.max(...await Promise.all(this.loops.map((loop) => loop.lateSeconds())));
  }

  /** Checks one now, for somebody who waits, and lets what it finds count; nothing when it is paused or not this tenant's. */
  async checkNow(tenantId: string, id: string): Promise<CheckResult | undefined> {
    const claimed = await this.options.table.claimOne(tenantId, id, this.claimEnd());
    if (claimed === undefined) return undefined;
    const result = await this.options.check(claimed);
    await this.settleCheck(claimed, result);
    return result;
  }

  /** Takes, decides and tells in one transaction: killed anywhere before its commit, nothing has happened. */
  private async decideDue(at: Date, most: number): Promise<number> {
    const { table, vigil, relay, tenants } = this.options;
    // Before anything is missed: after a gap the deadlines move.
    await vigil.keep(at);
    if (!tenants.ready) return 0;
    const done = await table.transaction(async (tx) => {
      const taken = await table.take(tx, 'by-clock', at, most);
      const decided = taken.map((monitor) => this.decided(monitor, at, () => decideByClock(monitor, at)));
      return { count: taken.length, decided, outbox: await this.store(tx, decided) };
    });
    relay.offer(done.outbox);
    for (const { monitor, told } of done.decided) this.count(monitor, told);
    return done.count;
  }

  /** Begins as many checks as there is room for, and waits for room when there is none. */
  private async beginChecks(): Promise<number> {
    if (this.checks.size >= MOST_CHECKS) await Promise.race(this.checks);
    if (this.stopped || !this.options.tenants.ready) return 0;
    const claimed = await this.options.table.claim('by-check', this.options.now(), this.claimEnd(), MOST_CHECKS - this.checks.size);
    for (const one of claimed) {
      const work: Promise<void> = this.checkAndSettle(one).finally(() => this.checks.delete(work));
      this.checks.add(work);
    }
    return claimed.length;
  }

  private async checkAndSettle(claimed: ClaimedMonitor): Promise<void> {
    // Its claim runs out, and it is looked at again.
    if (isDisabled(this.options.tenants, claimed.tenantId)) return;
    try {
      await this.settleCheck(claimed, await this.options.check(claimed));
    } catch (error) {
      this.options.log.warn({ err: error, monitorId: claimed.id }, 'what a check found cannot be stored; it is done again when its claim runs out');
    }
  }

  private async settleCheck(claimed: ClaimedMonitor, result: CheckResult): Promise<void> {
    const { table, relay, now } = this.options;
    const done = await table.transaction(async (tx) => {
      const monitor = await table.stillClaimed(tx, claimed);
      if (monitor === undefined) return undefined;
      const decided = this.decided(monitor, now(), () => decideAfterCheck(monitor, result, now()));
      return { decided, outbox: await this.store(tx, [decided]) };
    });
    if (done === undefined) return;
    relay.offer(done.outbox);
    this.count(done.decided.monitor, done.decided.told);
  }

  private decided(monitor: DueMonitor, at: Date, decide: () => Decision<object>): Decided {
    if (isDisabled(this.options.tenants, monitor.tenantId)) return putOff(monitor, suspended(monitor, at), at);
    try {
      const { state, dueAt, told } = decide();
      return { monitor, told, settled: { id: monitor.id, state, dueAt }, messages: messagesOf(monitor, told, at) };
    } catch (error) {
      this.options.log.error({ err: error, monitorId: monitor.id }, 'a monitor cannot be decided; it is put off');
      return putOff(monitor, monitor.state, at);
    }
  }

  private async store(tx: Transaction, decided: readonly Decided[]): Promise<OutboxRow[]> {
    await this.options.table.settle(tx, decided.map(({ settled }) => settled));
    return enqueue(tx, decided.flatMap(({ messages }) => messages));
  }

  private count(monitor: DueMonitor, told: readonly Told[]): void {
    for (const one of told) this.options.onTold?.(monitor, one);
  }

  private claimEnd(): Date {
    return new Date(this.options.now().getTime() + CLAIM_MS);
  }
}

interface Decided { readonly monitor: DueMonitor; readonly told: readonly Told[]; readonly settled: Settled; readonly messages: readonly OutboxMessage[] }

function putOff(monitor: DueMonitor, state: object, at: Date): Decided {
  return { monitor, told: [], settled: { id: monitor.id, state, dueAt: new Date(at.getTime() + PUT_OFF_MS) }, messages: [] };
}

/** The clockwork with the ear that wakes it, as one thing to start and stop. */
export function wound(clockwork: Clockwork, listener: Listener): { start(): void; stop(): Promise<void> } {
  return {
    start: () => {
      clockwork.start();
      listener.start();
    },
    stop: async () => {
      await listener.stop();
      await clockwork.stop();
    },
  };
}
