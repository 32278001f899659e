import { PARTITIONS } from '@signalbox/contracts';
import type { Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { apply, type AppliedBatch } from './event-store.js';
import { FirstSight } from './first-sight.js';
import type { Happening } from './happening.js';
import { Newcomers } from './newcomers.js';
import type { Rulebook } from './rulebook.js';

/** The ledger's shard of what people, the clock and replays do: with a partition's they would wait for its batches, and it for them. */
export const NO_PARTITION = PARTITIONS;

export interface ApplierOptions {
  readonly rules: Pick<Rulebook, 'of'>;
  /** Reads the rules of tenants again, as Postgres has them now. */
  readonly readRules: (tenantIds: readonly string[]) => Promise<unknown>;
  readonly relay: Pick<OutboxRelay, 'offer'>;
  readonly now: () => Date;
  /** Something is due at this time: the clockwork is to be awake then. */
  readonly due: (at: Date) => void;
}

/** Everything that happens to incidents goes through here: by tenant's rules, and with what is to follow the commit. */
export class Applier {
  private readonly firstSight = new FirstSight();
  private readonly newcomers: Newcomers;

  constructor(private readonly options: ApplierOptions) {
    this.newcomers = new Newcomers(options.rules, options.readRules);
  }

  /**
   * Takes happenings in, in the caller's transaction; with `last` (a reader's cursor) the commit travels along. `blind`: as what is likely to be new, without a
   * look; Postgres refuses what is not (`blindFirst`).
   */
  async apply(tx: Transaction, happenings: readonly Happening[], shard: number, last?: () => Promise<void>, blind = false): Promise<AppliedBatch> {
    const { rules, now } = this.options;
    const options = { now: now(), shard, rulesOf: (tenantId: string) => rules.of(tenantId), ...(last === undefined ? {} : { last }) };
    // Asked again: the rules may have changed while a connection was waited for.
    if (!blind || !this.isLikelyNew(happenings)) return apply(tx, happenings, options);
    let right = false;
    try {
      const batch = await apply(tx, happenings, { ...options, guess: (tenantId, serviceId) => this.firstSight.guess(tenantId, serviceId, rules.of(tenantId)) });
      right = true;
      return batch;
    } finally {
      this.firstSight.guessed(happenings, right);
    }
  }

  /** To be called before events from outside are applied, and outside of a transaction: their services may be newer than what is known here. */
  meet(happenings: readonly Happening[]): Promise<void> {
    return this.newcomers.meet(happenings);
  }

  isLikelyNew(happenings: readonly Happening[]): boolean {
    return this.firstSight.isLikely(happenings, (tenantId) => this.options.rules.of(tenantId));
  }

  /** To be called once it is committed. */
  committed({ applied, outbox, dueAt, numbers }: AppliedBatch): void {
    this.options.relay.offer(outbox);
    this.firstSight.learn(applied.map(({ happening }) => happening), numbers);
    if (dueAt !== null) this.options.due(dueAt);
  }
}
