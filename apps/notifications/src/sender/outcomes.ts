import { isDatabaseAway, type Database } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { LiveConfig } from '../store/live-config.js';
import { CLAIM_MS, renewClaims } from './claims.js';
import { settle, type Tried } from './settle.js';

export interface OutcomesOptions {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly live: LiveConfig;
  readonly log: Logger;
}

/** Outcomes that come within this time share a transaction. */
const GATHER_MS = 4;
/** A slow Postgres may take several of these: no claim may run out whose outcome is known. */
const RENEW_EVERY_MS = CLAIM_MS / 15;
/** Keeps the ledger rows of replicas apart from each other, and from those of the readers' partitions. */
const SHARD = 1_000 + Math.floor(Math.random() * 1_000);

/** Stores what became of tries: those that come together share a transaction, and while Postgres is away they wait for it. */
export class Outcomes {
  private gathered: { tried: Tried; resolve(): void }[] = [];
  private settling: Promise<void> = Promise.resolve();
  private gathering = false;
  /** By notification, the claims whose outcome is known and not stored yet. */
  private readonly claims = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> = Promise.resolve();

  constructor(private readonly options: OutcomesOptions) {}

  start(): void {
    this.timer = setInterval(() => { this.renewing = this.renewing.then(() => this.renew()); }, RENEW_EVERY_MS);
    this.timer.unref();
  }

  /** Resolves when everything has been stored. */
  async stop(): Promise<void> {
    await this.settling;
    clearInterval(this.timer);
    await this.renewing;
  }

  /** The notifications whose outcome is known here and not stored yet: whoever claims one would send it again. */
  get waiting(): readonly string[] {
    return [...this.claims.keys()];
  }

  /** Resolves when it is stored, or cannot be: then the claim runs out, and the try is made again. */
  store(tried: Tried): Promise<void> {
    this.claims.set(tried.claimed.id, tried.claimed.claim);
    return new Promise((resolve) => {
      this.gathered.push({ tried, resolve });
      if (this.gathering) return;
      this.gathering = true;
      setTimeout(() => { this.settling = this.settling.then(() => this.flush()); }, GATHER_MS);
    });
  }

  private async flush(): Promise<void> {
    this.gathering = false;
    const batch = this.gathered;
    this.gathered = [];
    await this.settleAll(batch.map(({ tried }) => tried));
    for (const { tried, resolve } of batch) {
      this.claims.delete(tried.claimed.id);
      resolve();
    }
  }

  /** Waits out a database that is away. What it will not take is found alone, and stored without its exchange: one odd answer harms no other notification. */
  private async settleAll(batch: readonly Tried[]): Promise<void> {
    for (let wait = 100; ; wait = Math.min(wait * 2, 2_000)) {
      try {
        const { outbox, closed } = await settle(this.options.db, batch, new Date(), SHARD);
        this.options.relay.offer(outbox);
        for (const { tenantId, channelId } of closed) await this.options.live.refresh(tenantId, channelId).catch(() => undefined);
        return;
      } catch (error) {
        const [only] = batch;
        const notificationId = batch.length === 1 ? only!.claimed.id : undefined;
        this.options.log.error({ err: error, notificationId }, 'what became of notifications cannot be stored yet');
        if (!isDatabaseAway(error)) {
          if (batch.length > 1) for (const one of batch) await this.settleAll([one]);
          else if (only?.exchange !== undefined) await this.settleAll([withoutExchange(only)]);
          return;
        }
        await new Promise((resolve) => { setTimeout(resolve, wait); });
      }
    }
  }

  private async renew(): Promise<void> {
    if (this.claims.size === 0) return;
    const held = [...this.claims].map(([id, claim]) => ({ id, claim }));
    await renewClaims(this.options.db, held).catch((error: unknown) => {
      if (!isDatabaseAway(error)) this.options.log.error({ err: error }, 'claims of notifications that have been sent cannot be renewed');
    });
  }
}

function withoutExchange({ exchange: _exchange, ...rest }: Tried): Tried {
  return rest;
}
