import { auditMessage, type Identity } from '@signalbox/access';
import type { OutboxMessage, ResourceEntity } from '@signalbox/database';

/** Tells the audit log of a change of a resource as it is shown. */
export function audited<E extends ResourceEntity>(identity: Identity, resource: string, shown: (row: E) => object) {
  return (before: E | undefined, after: E | undefined): OutboxMessage[] => [auditMessage(identity, {
    action: before === undefined ? 'create' : after === undefined ? 'delete' : 'update', resource, resourceId: (after ?? before)!.id,
    before: before === undefined ? null : shown(before), after: after === undefined ? null : shown(after),
  })];
}
