import type { Transaction } from '@signalbox/database';
import type { OutboxRelay } from '@signalbox/messaging';
import { apply, type AppliedBatch } from './event-store.js';
import type { Happening } from './happening.js';
import type { Rulebook } from './rulebook.js';

export interface ApplierOptions {
  readonly rules: Pick<Rulebook, 'of'>;
  readonly relay: Pick<OutboxRelay, 'offer'>;
  readonly now: () => Date;
  /** Something is due at this time: the clockwork is to be awake then. */
  readonly due: (at: Date) => void;
}

/** Everything that happens to incidents goes through here: by tenant's rules, and with what is to follow the commit. */
export class Applier {
  constructor(private readonly options: ApplierOptions) {}

  /** Takes happenings in, in the caller's transaction; with `last` (a reader's cursor) the commit travels along. */
  apply(tx: Transaction, happenings: readonly Happening[], shard: number, last?: () => Promise<void>): Promise<AppliedBatch> {
    const { rules, now } = this.options;
    return apply(tx, happenings, { now: now(), shard, rulesOf: (tenantId) => rules.of(tenantId), ...(last === undefined ? {} : { last }) });
  }

  /** To be called once it is committed. */
  committed({ outbox, dueAt }: AppliedBatch): void {
    this.options.relay.offer(outbox);
    if (dueAt !== null) this.options.due(dueAt);
  }
}
