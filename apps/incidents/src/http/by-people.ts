import { auditMessage, type Identity } from '@signalbox/access';
import type { Actor } from '@signalbox/contracts';
import { etagOf, notFound, requireMatch } from '@signalbox/http-api';
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncidentState } from '../domain/incident-state.js';
import { stateOf } from '../store/incident-row.js';
import type { Beside } from '../store/incident-store.js';
import type { ShownIncident } from '../store/shown-incident.js';

export function actorOf({ subject }: Identity): Actor {
  return { type: subject.type === 'service' ? 'system' : subject.type, id: subject.id, name: subject.name, via: 'api' };
}

/** The audit entry of what somebody does to an incident: what people decide about, without the details that tools sent. */
export function audited(identity: Identity, action: string, more: object = {}): Required<Pick<Beside, 'audit'>> {
  return {
    audit: (before, { incident }) => auditMessage(identity, {
      action, resource: 'incidents', resourceId: before.id,
      before: { number: before.number, ...audit(stateOf(before)) },
      after: { number: before.number, ...audit(incident!), ...more },
    }),
  };
}

function audit({ title, status, priority, assignee, responders, tags, fields, version, plan }: IncidentState): object {
  return {
    title, status, priority, assignee, responders, tags, fields, version,
    snoozedUntil: status === 'SNOOZED' ? plan.snoozedUntil : null,
    quiet: status === 'SUPPRESSED' ? plan.quiet : null,
  };
}

export function found<T>(incident: T | null | undefined, id: string): T {
  if (incident === null || incident === undefined) throw notFound('incident', id);
  return incident;
}

/** The answer of one incident. Its ETag begins with the version, which If-Match compares; repeats and grouped incidents change the rest of it. */
export function tagged(response: ServerResponse, incident: ShownIncident): ShownIncident {
  const rest = createHash('sha256').update(JSON.stringify(incident)).digest('base64url').slice(0, 8);
  response.setHeader('ETag', `"${incident.version}.${rest}"`);
  return incident;
}

/** 412 when `If-Match` names another version. A bare version is taken as well. */
export function requireVersion({ headers }: Pick<IncomingMessage, 'headers'>, version: number): void {
  const wanted = headers['if-match'];
  requireMatch({ headers: wanted === undefined ? {} : { 'if-match': wanted.replaceAll(/\.[\w-]*"/g, '"') } }, etagOf(version));
}
