import { OUTCOMES, stableId, subjects } from '@signalbox/contracts';
import { encodeRows, recordset, type OutboxMessage, type Transaction } from '@signalbox/database';
import type { PageOf } from '../domain/page.js';
import type { IncidentLink } from '../domain/subject.js';

/** A page of a policy, by its incident as it was then. */
export interface PolicyPage {
  readonly tenantId: string;
  readonly traceId: string;
  readonly incident: Pick<IncidentLink, 'id' | 'version'>;
  readonly step: number;
  readonly round: number;
}

interface MaybePage {
  readonly tenantId: string;
  readonly traceId: string;
  readonly incident: IncidentLink | null;
  readonly page: PageOf | null;
}

/** What a notification is a page of; undefined when it is none, or one that a person asked for. */
export function policyPageOf({ tenantId, traceId, incident, page }: MaybePage): PolicyPage | undefined {
  if (incident === null || page === null || page.step === null || page.round === null) return undefined;
  return { tenantId, traceId, incident, step: page.step, round: page.round };
}

/** Tells incidents that a page reached nobody: its policy need not wait for an answer. The same page gives the same report, whoever finds it. */
export function unreachedReport({ tenantId, traceId, incident, step, round }: PolicyPage, subjectId: string, now: Date): OutboxMessage {
  const id = stableId('unreached', incident.id, String(incident.version));
  return {
    subject: subjects.outcomes(tenantId), messageId: id,
    body: OUTCOMES.encode({
      id, tenantId, traceId, kind: 'notification', incidentId: incident.id, subjectId, status: 'suppressed', attempt: 0, channel: null, at: now.toISOString(),
      reason: 'nobody_reached', detail: `the page of step ${step}, round ${round}, reached nobody`, unreached: { step, round, version: incident.version },
    }),
  };
}

/**
 * One at a time for those of whose pages something has died: of two senders that settle the last two notifications of a page, the second sees what the
 * first has stored. Ask for it first in the transaction.
 */
export async function lockPages(tx: Transaction, pages: readonly PolicyPage[]): Promise<void> {
  if (pages.length === 0) return;
  await tx.query(
    'select pg_advisory_xact_lock(key) from (select distinct hashtextextended(id, 0) as key from unnest($1::text[]) as id order by key) k',
    [pages.map(({ incident }) => incident.id)]);
}

/** Those of them of which nothing has reached anybody, or ever will. A letter that some of its addresses took has. */
export async function unreached<P extends PolicyPage>(tx: Transaction, pages: readonly P[]): Promise<P[]> {
  if (pages.length === 0) return [];
  const rows = await tx.query<{ incident_id: string; version: number }>(
    `select p.incident_id, p.version from (${recordset({ incident_id: 'uuid', version: 'int' })}) p where not exists (
       select from notifications n where n.incident_id = p.incident_id and n.page is not null and (n.incident->>'version')::int = p.version and not (${LOST}))`,
    [encodeRows(pages.map(({ incident }) => ({ incident_id: incident.id, version: incident.version })))]);
  const lost = new Set(rows.map((row) => `${row.incident_id} ${row.version}`));
  const byPage = new Map(pages.map((page) => [`${page.incident.id} ${page.incident.version}`, page]));
  return [...byPage].flatMap(([key, page]) => (lost.has(key) ? [page] : []));
}

// How many addresses a channel has of its own is not known here: of what some of them may have taken, that counts as somebody.
const LOST = `n.status = 'dead_letter' and (n.remaining is null or coalesce(cardinality(n.remaining) = jsonb_array_length(n.recipient->'addresses'), false))
  or n.status = 'suppressed' and n.reason in ('no_contact_method', 'channel_disabled')`;
