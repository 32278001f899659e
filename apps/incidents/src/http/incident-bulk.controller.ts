import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CurrentIdentity, Requires, type Identity } from '@signalbox/access';
import { Answers, badRequest, page, type InputFault } from '@signalbox/http-api';
import type { Action } from '../domain/actions.js';
import { IncidentStore, type Acted, type Beside } from '../store/incident-store.js';
import type { ShownIncident } from '../store/shown-incident.js';
import { BULK_ACTIONS, BulkAnswer, BulkBody, type BulkAction, type BulkOutcome } from './bulk.dto.js';
import { actorOf, audited } from './by-people.js';
import { placeOf } from './incidents.controller.js';
import { refusalOf } from './refusals.js';
import { WantedActions, requireRoom } from './wanted-actions.js';

/** Incidents of one transaction: their keys are locked for as long as it takes. */
const SLICE = 50;
const ARGUMENTS = new Set<string>(Object.values(BULK_ACTIONS).flat());

@Controller('api/v1/incidents')
export class IncidentBulkController {
  constructor(private readonly incidents: IncidentStore, private readonly wanted: WantedActions) {}

  /**
   * One action for many incidents, by ids or by a page of a filtered list. What one of them does not allow changes nothing for the others. Carried out
   * 50 at a time: should it break off, what was done stays done, and the same request again finds those unchanged.
   */
  @Post('bulk')
  @HttpCode(200)
  @Answers(BulkAnswer)
  @Requires({ resource: 'incidents', action: 'write', role: 'editor' })
  async bulk(@CurrentIdentity() identity: Identity, @Body() body: BulkBody): Promise<BulkAnswer> {
    requireFitting(body);
    const { ids, known, nextCursor } = await this.meant(identity.tenantId, body);
    const act = await this.actOf(identity, body);
    if (body.dryRun === true) return { count: known.length, results: [], nextCursor };
    const acted = new Map<string, Acted>();
    for (let from = 0; from < known.length; from += SLICE) for (const one of await act(known.slice(from, from + SLICE))) acted.set(one.id, one);
    const now = new Map((await this.incidents.findAll(identity.tenantId, known)).map((incident) => [incident.id, incident]));
    return { count: known.length, nextCursor, results: ids.map((id) => outcomeOf(id, body.action, acted.get(id), now.get(id))) };
  }

  /** The incidents that are asked for, and those of them that the tenant has. */
  private async meant(tenantId: string, { ids, filter }: BulkBody): Promise<{ ids: string[]; known: string[]; nextCursor: string | null }> {
    if (filter !== undefined) {
      const { limit, cursor, ...rest } = filter;
      const rows = await this.incidents.list(tenantId, rest, limit, placeOf(cursor));
      const { data, nextCursor } = page(rows, limit, (row) => ({ at: new Date(row.openedAt), id: row.id }));
      return { ids: data.map(({ id }) => id), known: data.map(({ id }) => id), nextCursor };
    }
    const wanted = [...new Set(ids!.map((id) => id.toLowerCase()))];
    const there = new Set((await this.incidents.findAll(tenantId, wanted)).map(({ id }) => id));
    return { ids: wanted, known: wanted.filter((id) => there.has(id)), nextCursor: null };
  }

  private async actOf(identity: Identity, body: BulkBody): Promise<(ids: readonly string[]) => Promise<Acted[]>> {
    const actor = actorOf(identity);
    const { action: name, note } = body;
    if (name === 'acknowledge' || name === 'resolve') return (ids) => this.incidents.answer(identity.tenantId, ids, name, actor, note, audited(identity, name));
    const action = await this.actionOf(identity, name, body);
    const guard: Beside['guard'] = (row) => requireRoom(row, action);
    const said = name === 'note' ? { note: body.text } : {};
    return (ids) => this.incidents.act(identity.tenantId, ids, action, actor, { guard, ...audited(identity, name, said) });
  }

  private async actionOf(identity: Identity, name: Exclude<BulkAction, 'acknowledge' | 'resolve'>, body: BulkBody): Promise<Action> {
    const { wanted } = this;
    switch (name) {
      case 'snooze': return wanted.snooze(body);
      case 'suppress': return wanted.suppress({ ...body, reason: body.reason! });
      case 'reassign': return wanted.reassign(identity, { assignee: body.assignee ?? null });
      case 'escalate': return wanted.escalate(identity, body);
      case 'note': return { kind: 'note', text: body.text! };
      case 'merge': return wanted.merge(identity, { intoId: body.intoId! });
      case 'edit': return wanted.edit(body);
      default: return { kind: name };
    }
  }
}

const NEEDED: Readonly<Partial<Record<BulkAction, 'reason' | 'assignee' | 'text' | 'intoId'>>> = {
  suppress: 'reason', reassign: 'assignee', note: 'text', merge: 'intoId',
};

/** Refuses (400) what says neither or both of whom it is for, and fields that the action does not take or misses. */
function requireFitting(body: BulkBody): void {
  const takes: readonly string[] = BULK_ACTIONS[body.action];
  const needed = NEEDED[body.action];
  const faults: InputFault[] = Object.entries(body).filter(([name, value]) => value !== undefined && ARGUMENTS.has(name) && !takes.includes(name))
    .map(([path]) => ({ path, message: `is nothing that ${body.action} takes` }));
  if ((body.ids === undefined) === (body.filter === undefined)) faults.push({ path: 'ids', message: 'give either ids or filter' });
  if (needed !== undefined && body[needed] === undefined) faults.push({ path: needed, message: `must be given to ${body.action}` });
  if (faults.length > 0) throw badRequest(faults);
}

function outcomeOf(id: string, action: BulkAction, acted: Acted | undefined, incident: ShownIncident | undefined): BulkOutcome {
  if (acted === undefined || incident === undefined) return { id, outcome: 'not_found', detail: null, status: null, version: null };
  const { status, version } = incident;
  if (action === 'acknowledge' || action === 'resolve') {
    const unchanged = acted.decision === null || acted.decision.effect === 'ignored';
    return { id, status, version, detail: null, outcome: unchanged ? 'unchanged' : 'done' };
  }
  const detail = refusalOf(action, acted, incident) ?? null;
  return { id, status, version, detail, outcome: detail === null ? 'done' : 'refused' };
}
