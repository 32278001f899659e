import { auditMessage, type Identity } from '@signalbox/access';
import type { OutboxMessage, ResourceEntity } from '@signalbox/database';
import { etagOf, requireMatch } from '@signalbox/http-api';
import type { IncomingMessage } from 'node:http';

/** Tells the audit log of a change of a resource as it is shown. */
export function audited<E extends ResourceEntity>(identity: Identity, resource: string, shown: (row: E) => object) {
  return (before: E | undefined, after: E | undefined): OutboxMessage[] => [auditMessage(identity, {
    action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource, resourceId: (after ?? before)!.id,
    before: before === undefined ? null : shown(before), after: after === undefined ? null : shown(after),
  })];
}

/** The same for a deletion, which is refused (412) when the row is not in the state that `If-Match` names. */
export function auditedUnchanged<E extends ResourceEntity>(identity: Identity, resource: string, shown: (row: E) => object, request: IncomingMessage) {
  return (before: E | undefined, after: E | undefined): OutboxMessage[] => {
    requireMatch(request, etagOf(before!.version));
    return audited(identity, resource, shown)(before, after);
  };
}
