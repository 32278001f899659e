import { REPLAY_RESULTS, newId, subjects, type ReplayRequest, type ReplayResult } from '@signalbox/contracts';
import { enqueue, isDatabaseAway, type Database, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, OutboxRelay, PoisonedEntry } from '@signalbox/messaging';
import { isOfInlet, messageAgain } from '../inlets/letter.js';
import type { Intake } from '../intake/intake.js';
import { TooLargeError } from '../intake/lane.js';
import { NowhereToStoreError } from '../intake/stream-spool.js';
import { readAgain, type ReadAgain } from '../refused/read-again.js';
import type { IntegrationIndex, LiveIntegration } from '../store/integration-index.js';

export interface ReplayConsumerOptions {
  readonly db: Database;
  readonly relay: OutboxRelay;
  readonly integrations: IntegrationIndex;
  readonly intake: Intake;
  readonly log: (message: string, error: unknown) => void;
}

/**
 * REPLAYS for ingest: what was refused is read again, and its events go the way of all events. They are stored before the result and the cursor
 * commit: killed in between, the next reader does it again, and the same event ids change nothing.
 */
export class ReplayConsumer implements LogHandler<ReplayRequest, Transaction> {
  constructor(private readonly options: ReplayConsumerOptions) {}

  async handle(batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    const requests = batch.entries.map(({ value, tenantId }) => ({ ...value, tenantId }));
    const integrations = await this.options.integrations.current([...new Set(requests.flatMap(({ integrationId }) => integrationId ?? []))]);
    const results: OutboxMessage[] = [];
    // One after the other: events of one key go out in the order in which their letters died.
    for (const request of requests) results.push(await this.replay(request, integrations.get(request.integrationId ?? '')));
    await this.commit(batch, results);
  }

  async bury(entry: PoisonedEntry<ReplayRequest>, batch: Batch<ReplayRequest, Transaction>): Promise<void> {
    this.options.log('a replay request could not be carried out', entry.error);
    const detail = entry.error instanceof Error ? entry.error.message : String(entry.error);
    if (entry.value === undefined) return this.commit(batch, []);
    const request = { ...entry.value, tenantId: entry.tenantId };
    await this.commit(batch, [resultMessage(request, { outcome: 'failed', reason: 'unprocessable', detail })]);
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error) || error instanceof NowhereToStoreError;
  }

  private async replay(request: ReplayRequest, integration: LiveIntegration | undefined): Promise<OutboxMessage> {
    if (isOfInlet(request)) return this.replayMessage(request);
    const { events, change, ...became } = readAgain(request, integration);
    try {
      if (events.length > 0) await this.options.intake.events(request.tenantId, events, Buffer.byteLength(JSON.stringify(events)));
      if (change !== undefined) await this.options.intake.change(request.tenantId, change, Buffer.byteLength(JSON.stringify(change)));
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      return resultMessage(request, { outcome: 'failed', reason: 'too_large', detail: `The event is too large once it is normalised: ${error.message}.` });
    }
    return resultMessage(request, became);
  }

  private async replayMessage(request: ReplayRequest): Promise<OutboxMessage> {
    const message = messageAgain(request, new Date());
    if ('why' in message) return resultMessage(request, { outcome: 'failed', reason: 'no_message', detail: message.why });
    try {
      await this.options.intake.messages(request.tenantId, [message], Buffer.byteLength(JSON.stringify(message)));
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      return resultMessage(request, { outcome: 'failed', reason: 'too_large', detail: `The message is too large: ${error.message}.` });
    }
    return resultMessage(request, { outcome: 'delivered' });
  }

  private async commit(batch: Batch<ReplayRequest, Transaction>, results: readonly OutboxMessage[]): Promise<void> {
    const rows = await this.options.db.transaction(async (tx) => {
      const outbox = await enqueue(tx, results);
      await batch.advance(tx);
      return outbox;
    });
    this.options.relay.offer(rows);
  }
}

/** Tells ops what became of a letter. */
function resultMessage({ jobId, letterId, tenantId }: ReplayRequest, became: Omit<ReadAgain, 'events' | 'change'>): OutboxMessage {
  const result: ReplayResult = { jobId, letterId, tenantId, attempts: [], at: new Date().toISOString(), ...became };
  return { subject: subjects.replays('ops', tenantId), messageId: newId(), body: REPLAY_RESULTS.encode(result) };
}
