import type { OutcomeReport } from '@signalbox/contracts';
import { insertRows, isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import { NO_PARTITION, type Applier } from '../store/applier.js';
import { unreachedHappening, type Happening, type OfIncident } from '../store/happening.js';

const COLUMNS = { id: 'uuid', tenant_id: 'uuid', incident_id: 'uuid', at: 'timestamptz', kind: 'text', data: 'jsonb' };

/**
 * OUTCOMES → the timeline: what became of each notification and delivery that an
 * incident caused. A page that reached nobody is not waited for: its policy goes on.
 */
export class OutcomeConsumer implements LogHandler<OutcomeReport, Transaction> {
  constructor(
    private readonly db: Database, private readonly applier: Applier,
    private readonly log: (message: string, error: unknown) => void,
    private readonly now: () => Date = () => new Date(),
  ) {}

  async handle(batch: Batch<OutcomeReport, Transaction>): Promise<void> {
    const reports = batch.entries.map(({ value }) => value);
    const write = (tx: Transaction) => Promise.all([
      insertRows(tx, 'timeline', COLUMNS, reports.flatMap(timelineRow), { conflict: 'on conflict (id) do nothing' }),
      batch.advance(tx),
    ]);
    if (reports.every(({ unreached }) => unreached === undefined)) {
      return void (await this.db.transaction((tx) => tx.commit(() => write(tx)), { repeatable: true }));
    }
    // On disk before anybody hears of it, as what the clock does is: done again at another time it could be something else.
    this.applier.committed(await this.db.transaction(async (tx) => {
      const happenings = await this.unreached(tx, reports);
      return this.applier.apply(tx, happenings, NO_PARTITION, async () => void (await write(tx)));
    }));
  }

  /** A report is a copy of what its sender keeps: one that cannot be read is told of and passed over; a policy goes on in time without it. */
  async bury(entry: PoisonedEntry<OutcomeReport>, batch: Batch<OutcomeReport, Transaction>): Promise<void> {
    this.log(`an outcome report at ${entry.subject}/${entry.sequence} cannot be shown on a timeline`, entry.error);
    await this.db.transaction((tx) => batch.advance(tx));
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }

  /** The incidents whose pages reached nobody, read without a lock: what they are found by never changes. */
  private async unreached(tx: Transaction, reports: readonly OutcomeReport[]): Promise<Happening[]> {
    const wanted = reports.filter(({ unreached }) => unreached !== undefined);
    const rows = await tx.query<OfIncident & Record<string, unknown>>(
      'select id as incident_id, tenant_id, scope_id, dedup_key, service_id, integration_id from incidents where id = any($1::uuid[])',
      [wanted.map(({ incidentId }) => incidentId)]);
    return wanted.flatMap(({ id, traceId, tenantId, incidentId, unreached }) => rows
      .filter((row) => row.incident_id === incidentId && row.tenant_id === tenantId)
      .map((row) => unreachedHappening(row, { id, traceId, version: unreached!.version }, this.now())));
  }
}

function timelineRow(report: OutcomeReport): object[] {
  const { id, tenantId, incidentId, at, kind, status, attempt, subjectId, channel, route, reason, detail, unreached } = report;
  if (incidentId === null) return [];
  const data = { status, attempt, subjectId, channel, route, reason, detail, step: unreached?.step, round: unreached?.round };
  return [{ id, tenant_id: tenantId, incident_id: incidentId, at, kind, data }];
}
