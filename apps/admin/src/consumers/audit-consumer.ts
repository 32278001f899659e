import { isId, newId, stableId, type AuditEntry } from '@signalbox/contracts';
import { isDatabaseAway, type Database, type Transaction } from '@signalbox/database';
import type { Batch, LogHandler, PoisonedEntry } from '@signalbox/messaging';
import type { AuditStore } from '../store/audit-store.js';

/** AUDIT → the audit log: what every service, this one included, tells of its changes. */
export class AuditConsumer implements LogHandler<AuditEntry, Transaction> {
  constructor(private readonly db: Database, private readonly log: AuditStore, private readonly warn: (message: string, error: unknown) => void) {}

  async handle(batch: Batch<AuditEntry, Transaction>): Promise<void> {
    await this.db.transaction(async (tx) => {
      await this.log.add(tx, batch.entries.map(({ value }) => value));
      await batch.advance(tx);
    });
  }

  /** An entry that cannot be read is still a trace of a change: it is kept in the log as the bytes that came. */
  async bury(entry: PoisonedEntry<AuditEntry>, batch: Batch<AuditEntry, Transaction>): Promise<void> {
    this.warn(`the audit entry ${entry.sequence} of ${entry.subject} cannot be read; it is kept as it came`, entry.error);
    await this.db.transaction(async (tx) => {
      if (isId(entry.tenantId)) await this.log.add(tx, [unreadable(entry)]);
      await batch.advance(tx);
    });
  }

  isTransient(error: unknown): boolean {
    return isDatabaseAway(error);
  }
}

function unreadable({ tenantId, bytes, sequence, error }: PoisonedEntry<AuditEntry>): AuditEntry {
  return {
    id: newId(), tenantId, at: new Date().toISOString(), actor: { type: 'system', id: 'admin', name: 'Audit log' }, action: 'unreadable', resource: 'audit-log',
    resourceId: stableId('audit', tenantId, String(sequence)), before: null,
    after: { error: error instanceof Error ? error.message : String(error), base64: Buffer.from(bytes).toString('base64') },
  };
}
