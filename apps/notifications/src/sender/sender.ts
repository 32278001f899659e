import { isDatabaseAway, type Database } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { LiveConfig } from '../store/live-config.js';
import { claimDue, claimThese, release, type Claimed, type ClaimLimits } from './claims.js';
import { Lanes } from './lanes.js';
import { Queues } from './queues.js';
import { Outcomes } from './outcomes.js';
import type { Tried } from './settle.js';
import type { Attempt } from './try.js';

export interface SenderOptions {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly live: LiveConfig;
  readonly attempt: Attempt;
  readonly log: Logger;
  readonly onTried?: (tried: Tried) => void;
}

/** What one run over the due table did. */
export interface RunCounts { readonly tried: number; readonly sent: number; readonly failed: number; readonly dead: number }

/** Tries in the air at once, overall and to one channel. */
const MOST_IN_HAND = 128;
const MOST_PER_CHANNEL = 8;
const LOOK_EVERY_MS = 500;
/** A run that somebody waits for ends after so long; the rest is sent all the same. */
const RUN_MS = 20_000;
/** When Postgres has been away, claims that ran out meanwhile are left for so long to whoever holds them, and may only now say what became of them. */
const GRACE_MS = 5_000;

/** Works the due table: claims, sends, stores what became of it. Any number of replicas may run one. */
export class Sender {
  readonly lanes = new Lanes(MOST_IN_HAND, MOST_PER_CHANNEL);
  private readonly queues = new Queues();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private readonly outcomes: Outcomes;
  private takesOverFromMs = 0;

  constructor(private readonly options: SenderOptions) {
    this.outcomes = new Outcomes(options);
  }

  start(): void {
    this.outcomes.start();
    this.timer = setInterval(() => this.wake(), LOOK_EVERY_MS);
    this.wake();
  }

  /** Finishes what is in hand: a try that has begun is not wasted. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking;
    while (this.lanes.busy) await new Promise((resolve) => { setTimeout(resolve, 10); });
    await this.outcomes.stop();
  }

  /** Something may be due: look now. */
  wake(): void {
    if (this.stopped) return;
    if (this.looking !== undefined) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.look().finally(() => {
      this.looking = undefined;
      if (this.lookAgain) {
        this.lookAgain = false;
        this.wake();
      }
    });
  }

  /**
   * A place for a fresh notification: its maker stores it with a claim of ours, and then says `send` or `giveBack`. False when it has to queue: behind
   * others of its channel, for a channel in trouble, or because everything is busy.
   */
  reserve(channelId: string): boolean {
    const now = new Date();
    const free = !this.stopped && !this.queues.mayHold(channelId)
      && this.lanes.room > 0 && this.lanes.untroubled(channelId, now) && this.lanes.roomOf(channelId, now) > 0;
    if (free) this.lanes.enter(channelId);
    else this.queues.add(channelId);
    return free;
  }

  /** Nothing was stored after all. */
  giveBack(channelId: string): void {
    this.lanes.leave(channelId);
  }

  /** Sends what was claimed in a reserved place. */
  send(claimed: Claimed): void {
    this.worked(this.inItsPlace(claimed));
  }

  /** Everything of a tenant that is due now, tried once. */
  async runDue(tenantId: string): Promise<RunCounts> {
    const before = new Date();
    const done: Tried[] = [];
    while (!this.stopped && Date.now() - before.getTime() < RUN_MS) {
      const claimed = await claimDue(this.options.db, {
        most: Math.max(MOST_PER_CHANNEL, this.lanes.room), perChannel: MOST_PER_CHANNEL, rooms: this.lanes.rooms(new Date()),
        before, tenantId, ...this.limits(),
      });
      if (claimed.length === 0) break;
      done.push(...await Promise.all(claimed.map((one) => this.work(one))));
    }
    const count = (what: Tried['step']['do']): number => done.filter(({ step }) => step.do === what).length;
    return { tried: done.filter(({ spent }) => spent).length, sent: count('done'), failed: count('retry'), dead: count('dead') };
  }

  /** Sends certain fresh notifications now and waits for what becomes of this try; `waiting`: until when the others' channels want to be left alone. */
  async sendThese(ids: readonly string[]): Promise<{ tried: Tried[]; waiting: ReadonlyMap<string, Date> }> {
    const claimed = await claimThese(this.options.db, ids);
    const tried = await Promise.all(claimed.map((one) => this.work(one)));
    const left = ids.filter((id) => !claimed.some((one) => one.id === id));
    return { tried, waiting: left.length === 0 ? new Map() : await release(this.options.db, left) };
  }

  private async look(): Promise<void> {
    try {
      for (;;) {
        const { room } = this.lanes;
        if (room <= 0 || this.stopped) return;
        const rooms = this.lanes.rooms(new Date());
        const claimed = await this.queues.look(rooms, () => claimDue(this.options.db, { most: room, perChannel: MOST_PER_CHANNEL, rooms, ...this.limits() }));
        if (claimed.length === 0) return;
        for (const one of claimed) this.worked(this.work(one));
      }
    } catch (error) {
      if (isDatabaseAway(error)) this.takesOverFromMs = performance.now() + GRACE_MS;
      else this.options.log.error({ err: error }, 'the due notifications cannot be read');
    }
  }

  /** Whose turn it is not. */
  private limits(): Pick<ClaimLimits, 'mine' | 'takeOver' | 'troubled'> {
    return { mine: this.outcomes.waiting, takeOver: performance.now() >= this.takesOverFromMs, troubled: this.lanes.troubled(new Date()) };
  }

  private worked(work: Promise<Tried>): void {
    work.then(({ claimed }) => { if (this.queues.mayHold(claimed.channel_id)) this.wake(); },
      (error: unknown) => this.options.log.error({ err: error }, 'a try failed; it is done again when its claim runs out'));
  }

  private work(claimed: Claimed): Promise<Tried> {
    this.lanes.enter(claimed.channel_id);
    return this.inItsPlace(claimed);
  }

  private async inItsPlace(claimed: Claimed): Promise<Tried> {
    try {
      const tried = await this.options.attempt(claimed, this.lanes);
      if (tried.outcome !== null) this.lanes.heed(claimed.channel_id, tried.outcome, tried.pauseUntil, new Date());
      await this.outcomes.store(tried);
      this.options.onTried?.(tried);
      return tried;
    } finally {
      this.lanes.leave(claimed.channel_id);
    }
  }
}
