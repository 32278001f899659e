import type { Contract } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import { isBusAway, type Batch, type LogHandler, type PoisonedEntry } from '@signalbox/messaging';
import type { Sweeper } from '../worker/sweeper.js';

/** What the server says when it gives a message up (MAX_DELIVERIES; the fields that we use). */
export interface Advisory { readonly stream: string; readonly consumer: string }

/** Advisories are the server's own words: they have no frame of ours. */
export const ADVISORIES: Contract<Advisory> = {
  type: 'max-deliveries', version: 1, stream: 'ADVISORIES', example: { stream: 'ROUTES', consumer: 'delivery-018f6f5e-0000-7000-8000-00000000000a' },
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Advisory,
};

const DURABLE = 'delivery-';

/** ADVISORIES → the sweep of that tenant, now. Advisories can be lost; the regular sweep finds what they would have told. */
export class AdvisoryConsumer implements LogHandler<Advisory, Transaction> {
  constructor(private readonly db: Database, private readonly sweeper: Sweeper) {}

  async handle(batch: Batch<Advisory, Transaction>): Promise<void> {
    const durables = batch.entries.filter(({ value }) => value.stream === 'ROUTES' && value.consumer.startsWith(DURABLE));
    const tenants = new Set(durables.map(({ value }) => value.consumer.slice(DURABLE.length)));
    for (const tenantId of tenants) await this.sweeper.sweep(tenantId);
    await this.db.transaction((tx) => batch.advance(tx));
  }

  async bury(_entry: PoisonedEntry<Advisory>, batch: Batch<Advisory, Transaction>): Promise<void> {
    await this.db.transaction((tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || isBusAway(error);
  }
}
