import type { OutcomeReport } from '@signalbox/contracts';
import { insertRows, isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';

const COLUMNS = { id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', at: 'timestamptz', kind: 'text', data: 'jsonb' };

/** OUTCOMES → the timeline: what became of each notification and delivery that an incident caused. */
export class OutcomeConsumer implements LogHandler<OutcomeReport, Transaction> {
  constructor(private readonly db: Database, private readonly log: (message: string, error: unknown) => void) {}

  async handle(batch: Batch<OutcomeReport, Transaction>): Promise<void> {
    const rows = batch.entries.flatMap(({ value: report }) => (report.incidentId === null ? [] : [{
      id: report.id, tenant_id: report.tenantId, incident_id: report.incidentId, at: report.at, kind: report.kind,
      data: { status: report.status, attempt: report.attempt, subjectId: report.subjectId, channel: report.channel, route: report.route, reason: report.reason, detail: report.detail },
    }]));
    await this.db.transaction((tx) => tx.commit(() => Promise.all([
      insertRows(tx, 'timeline', COLUMNS, rows, { conflict: 'on conflict (id) do nothing' }), batch.advance(tx),
    ])), { repeatable: true });
  }

  /** A report is a copy of what its sender keeps: one that cannot be read is told of and passed over. */
  async bury(entry: PoisonedEntry<OutcomeReport>, batch: Batch<OutcomeReport, Transaction>): Promise<void> {
    this.log(`an outcome report at ${entry.subject}/${entry.sequence} cannot be shown on a timeline`, entry.error);
    await this.db.transaction((tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}
