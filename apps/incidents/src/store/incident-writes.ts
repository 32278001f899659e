import { encodeRows, recordset, type Transaction } from '@signalbox/database';
import { CHANGING, INCIDENT_COLUMNS, type IncidentRow } from './incident-row.js';

const SET = Object.keys(CHANGING).filter((name) => name !== 'id' && name !== 'due_at').map((name) => `${name} = n.${name}`).join(', ');

/** Whoever poked it since it was read knew something that this change did not: it is looked at again. */
const DUE = `case when n.status = 'RESOLVED' then null
  when i.due_at is null or date_trunc('milliseconds', i.due_at) is not distinct from n.due_before then n.due_at
  else least(i.due_at, n.due_at) end`;

/** Stores what incidents became. `due_before` is their `due_at` as it was read. */
export async function updateIncidents(tx: Transaction, rows: readonly { readonly id: string; readonly due_before: Date | null }[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update incidents i set ${SET}, due_at = ${DUE}, updated_at = now()
     from (${recordset({ ...CHANGING, due_before: 'timestamptz' })}) n where i.id = n.id and i.id = any($2::uuid[])`,
    [encodeRows(rows), rows.map(({ id }) => id)]);
}

const NEW_INCIDENT = { ...INCIDENT_COLUMNS, behind: 'int', guessed_number: 'int', guessed_name: 'text' };
const SERVICE_NAME = `coalesce(s.name, 'deleted service')`;
const INSERTED = Object.keys(INCIDENT_COLUMNS);

export type Stored = Pick<IncidentRow, 'number' | 'service_name'>;
type NewRow = Omit<IncidentRow, 'number' | 'service_name' | 'updated_at'> & { readonly guessed: Stored | null };

/**
 * Stores new incidents, in order, with the next numbers of their tenants, which count up without gaps; returns by id what only Postgres knew. What was
 * `guessed` of that, and is something else, is refused.
 */
export async function insertIncidents(tx: Transaction, rows: readonly NewRow[]): Promise<Map<string, Stored>> {
  if (rows.length === 0) return new Map();
  const following = new Map<string, number>();
  const counted = rows.toReversed().map(({ guessed, ...row }) => {
    const behind = following.get(row.tenant_id) ?? 0;
    following.set(row.tenant_id, behind + 1);
    return { ...row, behind, guessed_number: guessed?.number ?? null, guessed_name: guessed?.service_name ?? null };
  });
  const stored = await tx.query<Stored & { id: string }>(
    `with fresh as materialized (${recordset(NEW_INCIDENT)}),
          counted as (
            insert into incident_numbers (tenant_id, last) select tenant_id, count(*) from fresh group by tenant_id order by tenant_id
            on conflict (tenant_id) do update set last = incident_numbers.last + excluded.last returning tenant_id, last)
     insert into incidents (${INSERTED.join(', ')}, number, service_name)
     select ${INSERTED.map((name) => `f.${name}`).join(', ')}, c.last - f.behind, ${SERVICE_NAME}
     from fresh f join counted c using (tenant_id) left join services s on s.id = f.service_id
     where case when f.guessed_number is null or (f.guessed_number, f.guessed_name) = (c.last - f.behind, ${SERVICE_NAME})
       then true else refuse('a wrong guess') end
     returning id, number, service_name`, [encodeRows(counted)]);
  return new Map(stored.map(({ id, ...rest }) => [id, rest]));
}
