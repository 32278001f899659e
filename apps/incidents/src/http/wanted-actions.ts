import type { Identity } from '@signalbox/access';
import { badRequest } from '@signalbox/http-api';
import type { Action } from '../domain/actions.js';
import { withFields } from '../domain/actions.js';
import type { IncidentRow } from '../store/incident-row.js';
import { References } from '../rules/http/references.js';
import { IncidentStore } from '../store/incident-store.js';
import type { EscalateBody, IncidentEdit, MergeBody, ReassignBody, RespondBody, SnoozeBody, SuppressBody } from './incidents.dto.js';
import { OwnPeople } from './own-people.js';

const A_YEAR_MS = 366 * 86_400_000;
const MOST_FIELDS = 50;

/** What the bodies of actions ask for, checked against what the tenant has. Whatever is wrong is a 400 that names the field. */
export class WantedActions {
  constructor(
    private readonly incidents: IncidentStore,
    private readonly people: OwnPeople,
    private readonly references: References,
    private readonly now: () => Date = () => new Date(),
  ) {}

  snooze({ until, minutes }: SnoozeBody): Action {
    if ((until === undefined) === (minutes === undefined)) throw badRequest([{ path: 'until', message: 'give either until (a time) or minutes' }]);
    return { kind: 'snooze', until: until === undefined ? new Date(this.now().getTime() + minutes! * 60_000).toISOString() : this.ahead(until) };
  }

  suppress({ until, reason }: SuppressBody): Action {
    return { kind: 'suppress', until: until === undefined ? null : this.ahead(until), reason };
  }

  async reassign({ tenantId, subject }: Identity, { assignee: wanted }: ReassignBody): Promise<Action> {
    const assignee = wanted === null ? null : await this.people.assignee(tenantId, wanted);
    return { kind: 'reassign', assignee, page: assignee !== null && assignee.id !== subject.id };
  }

  async escalate({ tenantId }: Identity, { targets }: EscalateBody): Promise<Action> {
    if (targets === undefined) return { kind: 'escalate', targets: null };
    await this.references.requireTargets(tenantId, new Map(targets.map((target, index) => [`targets[${index}]`, target])));
    return { kind: 'escalate', targets: targets.map(({ type, id }) => ({ type, id: id.toLowerCase() })) };
  }

  async respond({ tenantId, subject }: Identity, { answer, userId }: RespondBody): Promise<Action> {
    if (userId === undefined && subject.type !== 'user') throw badRequest([{ path: 'userId', message: 'must say who answers, as no person is signed in' }]);
    return { kind: 'respond', userId: userId === undefined ? subject.id : await this.people.user(tenantId, userId), answer };
  }

  async merge({ tenantId }: Identity, { intoId }: MergeBody): Promise<Action> {
    const into = await this.incidents.find(tenantId, intoId);
    if (into === null) throw badRequest([{ path: 'intoId', message: 'is not the id of an incident of yours' }]);
    return { kind: 'merge', into: { id: into.id, number: into.number } };
  }

  edit({ title, priority, tags, fields }: IncidentEdit): Action {
    if ([title, priority, tags, fields].every((one) => one === undefined)) {
      throw badRequest([{ path: '', message: 'give what is to change: title, priority, tags or fields' }]);
    }
    if (fields !== undefined) requireFields(fields);
    return {
      kind: 'edit', ...(title === undefined ? {} : { title }), ...(priority === undefined ? {} : { priority }), ...(tags === undefined ? {} : { tags }),
      ...(fields === undefined ? {} : { fields }),
    };
  }

  private ahead(text: string): string {
    const at = new Date(text);
    const inMs = at.getTime() - this.now().getTime();
    if (inMs <= 0) throw badRequest([{ path: 'until', message: 'has passed already' }]);
    if (inMs > A_YEAR_MS) throw badRequest([{ path: 'until', message: 'must be within a year' }]);
    return at.toISOString();
  }
}

/** Names of 1 to 64 characters; values are texts of up to 1,024, numbers, truth values, or null. */
function requireFields(fields: Readonly<Record<string, unknown>>): void {
  const faults = Object.entries(fields).flatMap(([name, value]) => {
    if (name.length === 0 || name.length > 64) return [{ path: `fields.${name.slice(0, 64)}`, message: 'must have a name of 1 to 64 characters' }];
    const fits = value === null || typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 1024);
    return fits ? [] : [{ path: `fields.${name}`, message: 'must be a text of up to 1024 characters, a number, true, false or null' }];
  });
  if (faults.length > 0) throw badRequest(faults);
}

/** Refuses (400) an edit that would leave an incident with more fields than it may have. */
export function requireRoom(row: IncidentRow, action: Action): void {
  if (action.kind !== 'edit' || action.fields === undefined) return;
  if (Object.keys(withFields(row.fields, action.fields)).length > MOST_FIELDS) {
    throw badRequest([{ path: 'fields', message: `an incident has at most ${MOST_FIELDS} fields` }]);
  }
}
