import { AUDIT, newId, subjects } from '@signalbox/contracts';
import type { Identity } from './authorisation.js';

export interface AuditedChange {
  /** create, update, delete, or a verb of the resource (rotate-key, replay, pause …). */
  readonly action: string;
  readonly resource: string;
  readonly resourceId: string;
  /** The resource as it is shown, secrets masked; missing on a creation. */
  readonly before?: unknown;
  /** Missing on a deletion. */
  readonly after?: unknown;
}

/** The outbox message that tells the audit log who changed what: write it in the transaction of the change. */
export function auditMessage(identity: Identity, change: AuditedChange, now: Date = new Date()): { subject: string; messageId: string; body: Uint8Array } {
  const id = newId();
  const { type, id: actorId, name } = identity.subject;
  return {
    subject: subjects.audit(identity.tenantId), messageId: id,
    body: AUDIT.encode({
      id, tenantId: identity.tenantId, at: now.toISOString(), actor: { type: type === 'service' ? 'system' : type, id: actorId, name },
      action: change.action, resource: change.resource, resourceId: change.resourceId, before: change.before ?? null, after: change.after ?? null,
      ...(identity.ip === undefined ? {} : { ip: identity.ip }), ...(identity.requestId === undefined ? {} : { requestId: identity.requestId }),
    }),
  };
}
