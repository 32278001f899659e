import type { Incident } from '@signalbox/contracts';
import type { Assignee, Escalation, Sla, SlaTarget } from '../domain/incident-state.js';
import type { Responder } from '../domain/responders.js';
import { incidentOf, type IncidentRow, type ToldIncident } from './incident-row.js';

/** Where an incident stands in its policy. */
export interface ShownEscalation {
  readonly policy: { readonly id: string; readonly name: string };
  /** The step that comes next, and its round, both from 1; a round above the policy's: reminders. */
  readonly step: number;
  readonly round: number;
  /** When it comes; null while nothing is due (acknowledged, snoozed, suppressed, resolved). */
  readonly nextAt: string | null;
  /** When the acknowledgement ends by itself; null: never, or nobody has acknowledged. */
  readonly acknowledgementEndsAt: string | null;
}

export interface ShownTarget { readonly by: string; readonly state: SlaTarget['state'] }
export interface ShownSla { readonly acknowledge: ShownTarget | null; readonly resolve: ShownTarget | null; readonly heldSince: string | null }

/** An incident as the API answers it: what the bus may leave out is always there. */
export interface ShownIncident extends Omit<ToldIncident, 'assignee' | 'responders'> {
  readonly assignee: Assignee | null;
  readonly responders: Responder[];
  readonly version: number;
  readonly updatedAt: string;
  readonly runbookUrl: string | null;
  readonly groupedCount: number;
  readonly escalation: ShownEscalation | null;
  readonly sla: ShownSla | null;
}

export type ShownRow = IncidentRow & { runbook_url: string | null; grouped_count: number };

/** Incidents (`i`) with what is shown beside them. Who is resolved is quiet for nobody any more. */
export const SHOWN = `select i.*, s.runbook_url, (select count(*)::int from incidents m where m.muted_by = i.id) as grouped_count
  from incidents i left join services s on s.id = i.service_id`;

export function shown(row: ShownRow): ShownIncident {
  return {
    ...incidentOf(row), assignee: row.assignee, responders: [...row.responders], version: row.version,
    updatedAt: row.updated_at.toISOString(), runbookUrl: row.runbook_url, groupedCount: row.grouped_count,
    escalation: row.plan === null ? null : shownEscalation(row.plan.escalation, row.status), sla: row.plan === null ? null : shownSla(row.plan.sla),
  };
}

/** What is not due in this status is not shown as if it were. */
function shownEscalation(escalation: Escalation | null, status: Incident['status']): ShownEscalation | null {
  if (escalation === null) return null;
  const { policy, step, round, nextAt, acknowledgementEndsAt } = escalation;
  return {
    policy: { id: policy.id, name: policy.name }, step: step + 1, round, nextAt: status === 'OPEN' ? nextAt : null,
    acknowledgementEndsAt: status === 'ACKNOWLEDGED' ? acknowledgementEndsAt : null,
  };
}

function shownSla(sla: Sla | null): ShownSla | null {
  const target = (one: SlaTarget | null): ShownTarget | null => (one === null ? null : { by: one.by, state: one.state });
  return sla === null ? null : { acknowledge: target(sla.acknowledge), resolve: target(sla.resolve), heldSince: sla.heldSince };
}
