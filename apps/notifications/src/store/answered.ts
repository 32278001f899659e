import { encodeRows, recordset, type LedgerEntry, type Transaction } from '@signalbox/database';
import { endsPages } from '../domain/page.js';
import type { Subject } from '../domain/subject.js';

/** By incident: the newest version with which it was answered (acknowledged, resolved, put off). */
export type Answers = ReadonlyMap<string, number>;

/** In SQL, of a row of notifications: whether it is a page that nobody needs any more. What a person replays is asked for. */
export function answered(row: string): string {
  return `(${row}.page is not null and ${row}.replay_job_id is null and exists (
    select 1 from incident_versions v where v.incident_id = ${row}.incident_id and v.answered_version > (${row}.incident->>'version')::int))`;
}

export function answersIn(subjects: readonly Subject[]): Answers {
  const answers = new Map<string, number>();
  for (const { incident, statusChange } of subjects) {
    if (incident !== null && endsPages(statusChange)) answers.set(incident.id, Math.max(incident.version, answers.get(incident.id) ?? 0));
  }
  return answers;
}

export function isAnswered({ incident }: Subject, answers: Answers): boolean {
  return incident !== null && (answers.get(incident.id) ?? 0) > incident.version;
}

/**
 * Takes pages back that wait for their turn or for a retry, of versions before the answer. One that is in the air, or in another's hands, is held against
 * the answered version when it is claimed again. What a person replays goes out all the same. Gives what is to be booked.
 */
export async function stopPages(tx: Transaction, answers: Answers): Promise<LedgerEntry[]> {
  if (answers.size === 0) return [];
  const stopped = await tx.query<{ tenant_id: string }>(
    `update notifications n set status = 'suppressed', reason = 'acknowledged_since', due_at = null, updated_at = now() from (
       select p.id from (${recordset({ incident_id: 'uuid', version: 'int' })}) a
       join notifications p on p.incident_id = a.incident_id and p.page is not null
         and p.due_at is not null and p.status in ('queued', 'failed') and p.replay_job_id is null
         and (p.incident->>'version')::int < a.version for update of p skip locked) s
     where n.id = s.id returning n.tenant_id`, [encodeRows([...answers].map(([id, version]) => ({ incident_id: id, version })))]);
  return stopped.map(({ tenant_id: tenantId }) => ({ ledger: 'notifications', tenantId, entry: 'suppressed', count: 1 }));
}
