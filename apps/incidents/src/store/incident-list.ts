import type { Queryable } from '@signalbox/database';
import { SHOWN, shown, type ShownIncident, type ShownRow } from './shown-incident.js';

export interface IncidentFilter {
  readonly status?: readonly string[];
  readonly urgency?: readonly string[];
  readonly service?: string;
  /** The id of a team: of the services that it answers for. */
  readonly team?: string;
  /** The id of a user or a team. */
  readonly assignee?: string;
  readonly priority?: readonly string[];
  readonly tag?: string;
  readonly quiet?: readonly string[];
  readonly dedupKey?: string;
  readonly number?: number;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface Place { readonly at: string; readonly id: string }

/** The condition of a filter and its values. Each part has an index that serves it in the order of the list (docs of the migration). */
export function conditionOf(tenantId: string, filter: IncidentFilter, after?: Place): { where: string; values: unknown[] } {
  const values: unknown[] = [tenantId];
  const where = ['i.tenant_id = $1'];
  const add = (sql: (parameter: string) => string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(sql(`$${values.length}`));
  };
  add((p) => `i.status = any(${p}::text[])`, filter.status);
  // Said in so many words: indexes of a part of the table are used only where the text shows that they hold it all.
  if (filter.status !== undefined && !filter.status.includes('RESOLVED')) where.push(`i.status <> 'RESOLVED'`);
  add((p) => `i.urgency = any(${p}::text[])`, filter.urgency);
  add((p) => `i.service_id = ${p}::uuid`, filter.service);
  add((p) => `i.service_id = any(array(select id from services where tenant_id = $1 and team_id = ${p}::uuid))`, filter.team);
  add((p) => `i.assignee is not null and i.assignee->>'id' = ${p}`, filter.assignee);
  add((p) => `i.priority is not null and i.priority = any(${p}::text[])`, filter.priority);
  add((p) => `i.tags <> '[]' and i.tags @> ${p}::jsonb`, filter.tag === undefined ? undefined : JSON.stringify([filter.tag]));
  add((p) => `i.status = 'SUPPRESSED' and i.plan->'quiet'->>'kind' = any(${p}::text[])`, filter.quiet);
  add((p) => `i.dedup_key = ${p}`, filter.dedupKey);
  add((p) => `i.number = ${p}::int`, filter.number);
  const containing = filter.text === undefined ? undefined : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
  add((p) => `(i.title ilike ${p} or i.dedup_key ilike ${p} or i.source ilike ${p})`, containing);
  add((p) => `i.opened_at >= ${p}::timestamptz`, filter.since);
  add((p) => `i.opened_at < ${p}::timestamptz`, filter.until);
  if (after !== undefined) {
    values.push(after.at, after.id);
    where.push(`(i.opened_at, i.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  return { where: where.join(' and '), values };
}

/** Up to `limit + 1` incidents, newest first. */
export async function listIncidents(db: Queryable, tenantId: string, filter: IncidentFilter, limit: number, after?: Place): Promise<ShownIncident[]> {
  const { where, values } = conditionOf(tenantId, filter, after);
  const rows = await db.query<ShownRow>(`${SHOWN} where ${where} order by i.opened_at desc, i.id desc limit ${limit + 1}`, values);
  return rows.map(shown);
}
