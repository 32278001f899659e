import { ROUTES, stableId, subjects, type Message, type RouteJob } from '@signalbox/contracts';
import { book, enqueue, insertRows, isDatabaseAway, type Database, type LedgerEntry, type Transaction } from '@signalbox/database';
import { hintWork, isBusAway, type Batch, type Bus, type LogHandler, type OutboxRelay, type PoisonedEntry } from '@signalbox/messaging';
import { DELIVERY_COLUMNS, deliveryRow } from '../store/delivery-rows.js';
import type { LiveRoutes } from '../store/live-routes.js';
import { unreadableLetter } from '../worker/letters.js';

/** One message of a tenant, wherever it came from. `incidentId`: the incident whose timeline should show the delivery. */
export interface TenantMessage { readonly tenantId: string; readonly message: Message; readonly incidentId?: string }

/** A job as this service puts it on the queue: it also knows the incident that it tells of. */
export type Job = RouteJob & { readonly incidentId?: string };

export interface MatcherOptions<E> {
  readonly db: Database;
  readonly bus: Bus;
  readonly relay: OutboxRelay;
  readonly routes: LiveRoutes;
  readonly messagesOf: (envelope: E, tenantId: string) => readonly TenantMessage[];
  /** Whether the messages of this stream are counted in the ledger of messages (incident changes are counted by who made them). */
  readonly inLedger: boolean;
}

/** At most so many publishes are waited for at a time. */
const PUBLISHED_AT_ONCE = 1_000;

/**
 * MESSAGES (and INCIDENTS) → one delivery for each route that takes a message. Rows, jobs on ROUTES and the cursor belong together: jobs are
 * published before the commit, so a crash in between publishes them again under the same ids, which the bus and `deliveries` recognise.
 */
export class Matcher<E> implements LogHandler<E, Transaction> {
  constructor(private readonly options: MatcherOptions<E>) {}

  async handle(batch: Batch<E, Transaction>): Promise<void> {
    const messages = batch.entries.flatMap((entry) => this.options.messagesOf(entry.value, entry.tenantId));
    const { jobs, fates } = this.match(messages);
    const fresh = await this.options.db.transaction(async (tx) => {
      const isNew = await this.store(tx, jobs);
      const added = jobs.filter((job) => isNew.has(job.deliveryId));
      await book(tx, ledgerOf(fates, added, isNew, this.options.inLedger), new Date(), batch.partition);
      await batch.advance(tx);
      await this.publish(added);
      return added;
    });
    for (const tenantId of new Set(fresh.map((job) => job.tenantId))) hintWork(this.options.bus, 'ROUTES', tenantId);
  }

  async bury(entry: PoisonedEntry<E>, batch: Batch<E, Transaction>): Promise<void> {
    const rows = await this.options.db.transaction(async (tx) => {
      const letter = await enqueue(tx, [unreadableLetter(entry, new Date())]);
      await batch.advance(tx);
      return letter;
    });
    this.options.relay.offer(rows);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || isBusAway(error);
  }

  private match(messages: readonly TenantMessage[]): { jobs: Job[]; fates: Fate[] } {
    const matchedAt = new Date().toISOString();
    const jobs = new Map<string, Job>();
    const fates = messages.map(({ tenantId, message, incidentId }): Fate => {
      const ids = this.options.routes.match(tenantId, message).map((route) => {
        const deliveryId = stableId(incidentId === undefined ? 'delivery' : 'incident-delivery', tenantId, message.id, route.id);
        // Twice in one batch: one delivery, counted as new for the first message only.
        const isRepeat = jobs.has(deliveryId);
        if (!isRepeat) {
          const job: RouteJob = { deliveryId, tenantId, routeId: route.id, message, attemptsBefore: 0, matchedAt };
          jobs.set(deliveryId, incidentId === undefined ? job : { ...job, incidentId });
        }
        return { deliveryId, isRepeat };
      });
      return { tenantId, ids };
    });
    return { jobs: [...jobs.values()], fates };
  }

  private async store(tx: Transaction, jobs: readonly Job[]): Promise<Set<string>> {
    const rows = await insertRows<{ id: string }>(tx, 'deliveries', DELIVERY_COLUMNS,
      jobs.map((job) => deliveryRow(job, 'queued', null)).sort((a, b) => (a.id < b.id ? -1 : 1)), { conflict: 'on conflict (id) do nothing', returning: 'id' });
    return new Set(rows.map((row) => row.id));
  }

  private async publish(jobs: readonly Job[]): Promise<void> {
    for (let from = 0; from < jobs.length; from += PUBLISHED_AT_ONCE) {
      await Promise.all(jobs.slice(from, from + PUBLISHED_AT_ONCE).map((job) =>
        this.options.bus.publish(subjects.routes(job.tenantId), ROUTES.encode(job), { messageId: job.deliveryId })));
    }
  }
}

interface Fate { readonly tenantId: string; readonly ids: readonly { readonly deliveryId: string; readonly isRepeat: boolean }[] }

function ledgerOf(fates: readonly Fate[], added: readonly Job[], isNew: ReadonlySet<string>, inLedger: boolean): LedgerEntry[] {
  const messages = !inLedger ? [] : fates.flatMap(({ tenantId, ids }): LedgerEntry[] => {
    const fate = ids.length === 0 ? 'no_route' : ids.some(({ deliveryId, isRepeat }) => !isRepeat && isNew.has(deliveryId)) ? 'matched' : 'duplicate';
    return [{ ledger: 'messages', tenantId, entry: 'in', count: 1 }, { ledger: 'messages', tenantId, entry: fate, count: 1 }];
  });
  return [...messages, ...added.map(({ tenantId }): LedgerEntry => ({ ledger: 'deliveries', tenantId, entry: 'in', count: 1 }))];
}
