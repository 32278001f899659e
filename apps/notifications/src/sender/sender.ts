import { NOTIFICATION_SCHEDULE, nextStep, pauseFarSide, type NextStep, type Outcome, type Schedule } from '@signalbox/delivery-policy';
import { isDatabaseAway, type Database } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { RenderContext } from '../channels/contract.js';
import type { Send, Sent } from '../channels/transport.js';
import type { LiveChannel, LiveConfig } from '../store/live-config.js';
import { TRY_MS, claimDue, claimThese, type Claimed } from './claims.js';
import { settle, type Tried } from './settle.js';

export interface SenderOptions {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly live: LiveConfig;
  readonly send: Send;
  readonly log: Logger;
  readonly onTried?: (tried: Tried) => void;
}

/** Tries in the air at once, overall and to one channel. */
const MOST_IN_HAND = 64;
const MOST_PER_CHANNEL = 8;
const LOOK_EVERY_MS = 500;
/** Outcomes that come within this time share a transaction. */
const GATHER_MS = 4;

/** Works the due table: claims, sends, stores what became of it. Any number of replicas may run one. */
export class Sender {
  private readonly inHand = new Map<string, number>();
  private count = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private settled: { tried: Tried; resolve(): void }[] = [];
  private settling: Promise<void> = Promise.resolve();
  private gathering = false;

  constructor(private readonly options: SenderOptions) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), LOOK_EVERY_MS);
    this.wake();
  }

  /** Finishes what is in hand: a try that has begun is not wasted. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.looking;
    while (this.count > 0) await new Promise((resolve) => { setTimeout(resolve, 10); });
    await this.settling;
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

  /** Everything that is due now, sent once. Returns how many were tried. */
  async runDue(): Promise<number> {
    const work: Promise<void>[] = [];
    for (;;) {
      const claimed = await claimDue(this.options.db, { most: MOST_IN_HAND, perChannel: MOST_IN_HAND, busy: [] });
      if (claimed.length === 0) break;
      work.push(...claimed.map((c) => this.work(c).then(() => undefined)));
      await Promise.all(work);
    }
    return work.length;
  }

  /** Sends certain notifications now and waits for what becomes of this try. */
  async sendThese(ids: readonly string[]): Promise<Tried[]> {
    const claimed = await claimThese(this.options.db, ids);
    return Promise.all(claimed.map((c) => this.work(c)));
  }

  private async look(): Promise<void> {
    try {
      for (;;) {
        const room = MOST_IN_HAND - this.count;
        if (room <= 0 || this.stopped) return;
        const busy = [...this.inHand].flatMap(([id, n]) => (n >= MOST_PER_CHANNEL ? [id] : []));
        const claimed = await claimDue(this.options.db, { most: room, perChannel: MOST_PER_CHANNEL, busy });
        if (claimed.length === 0) return;
        for (const one of claimed) void this.work(one).then(() => this.wake());
      }
    } catch (error) {
      if (!isDatabaseAway(error)) this.options.log.error({ err: error }, 'the due notifications cannot be read');
    }
  }

  private async work(claimed: Claimed): Promise<Tried> {
    this.count += 1;
    this.inHand.set(claimed.channel_id, (this.inHand.get(claimed.channel_id) ?? 0) + 1);
    try {
      const tried = await this.attempt(claimed);
      await this.store(tried);
      this.options.onTried?.(tried);
      return tried;
    } finally {
      this.count -= 1;
      const left = (this.inHand.get(claimed.channel_id) ?? 1) - 1;
      if (left > 0) this.inHand.set(claimed.channel_id, left);
      else this.inHand.delete(claimed.channel_id);
    }
  }

  private async attempt(claimed: Claimed): Promise<Tried> {
    const startedAt = new Date();
    const live = this.options.live.channel(claimed.channel_id);
    const channel = { id: claimed.channel_id, kind: live?.channel.kind ?? 'deleted', name: live?.name ?? 'deleted channel' };
    const schedule = scheduleOf(live);
    const unsent = (outcome: Outcome): Tried => ({ claimed, channel, startedAt, outcome, step: nextStep(outcome, claimed.attempts, schedule, startedAt, 0), pauseUntil: null });
    if (live === undefined || live.tenantId !== claimed.tenant_id) return unsent({ kind: 'reject', reason: 'target_deleted', detail: 'the channel was deleted' });
    if (!live.enabled) return unsent({ kind: 'reject', reason: 'config', detail: 'the channel is disabled' });
    if (claimed.attempts > schedule.delaysMs.length + 1) return unsent({ kind: 'reject', reason: 'worker_died', detail: 'the sender died during the last attempt' });
    const { outcome, exchange, remaining } = await this.send(claimed, live, startedAt);
    const now = new Date();
    const step: NextStep = nextStep(outcome, claimed.attempts, schedule, now, Math.random());
    return { claimed, channel, startedAt, outcome, step, pauseUntil: pauseFarSide(outcome, now), ...(exchange === undefined ? {} : { exchange }), ...(remaining === undefined ? {} : { remaining }) };
  }

  private async send(claimed: Claimed, live: LiveChannel, now: Date): Promise<Omit<Sent, 'exchange'> & { exchange?: Sent['exchange'] }> {
    const { notice } = claimed;
    const context: RenderContext = {
      now, attempt: claimed.attempts, traceparent: `00-${claimed.trace_id.replaceAll('-', '')}-${claimed.id.replaceAll('-', '').slice(-16)}-01`,
      ...(claimed.remaining === null ? {} : { recipients: claimed.remaining }),
    };
    let rendered;
    try {
      rendered = live.channel.render(notice, live.config as never, context);
    } catch (error) {
      return { outcome: { kind: 'reject', reason: 'template', detail: error instanceof Error ? error.message : String(error) } };
    }
    try {
      return await this.options.send(live, rendered, { timeoutMs: TRY_MS, ...(notice.ackUrl === undefined ? {} : { hide: [notice.ackUrl] }) });
    } catch (error) {
      this.options.log.error({ err: error, notificationId: claimed.id }, 'an adapter failed; the notification is tried again');
      return { outcome: { kind: 'retry', reason: 'bad_response', detail: 'the adapter failed' } };
    }
  }

  /** Outcomes that come together share a transaction; while Postgres is away they wait for it. */
  private store(tried: Tried): Promise<void> {
    return new Promise((resolve) => {
      this.settled.push({ tried, resolve });
      if (this.gathering) return;
      this.gathering = true;
      setTimeout(() => { this.settling = this.settling.then(() => this.flush()); }, GATHER_MS);
    });
  }

  private async flush(): Promise<void> {
    this.gathering = false;
    const batch = this.settled;
    this.settled = [];
    for (let wait = 100; batch.length > 0; wait = Math.min(wait * 2, 2_000)) {
      try {
        this.options.relay.offer(await settle(this.options.db, batch.map(({ tried }) => tried), new Date()));
        break;
      } catch (error) {
        this.options.log.error({ err: error }, 'what became of notifications cannot be stored yet');
        // The claims run out after a while and the notifications are tried again: better twice than never.
        if (!isDatabaseAway(error)) break;
        await new Promise((resolve) => { setTimeout(resolve, wait); });
      }
    }
    for (const { resolve } of batch) resolve();
  }
}

/** The channel's own schedule, or the usual one. */
export function scheduleOf(channel: LiveChannel | undefined): Schedule {
  const delays = channel?.retryDelaysSeconds;
  return delays === undefined || delays === null ? NOTIFICATION_SCHEDULE : { delaysMs: delays.map((seconds) => seconds * 1_000) };
}
