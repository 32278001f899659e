import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Actor, Id, Instant, Json } from './schema.js';

/** One change by someone: who, what, before and after, from where. Secrets are masked before they get here. */
export const AuditEntry = Type.Object({
  id: Id,
  tenantId: Id,
  at: Instant,
  actor: Actor,
  action: Type.String({ description: 'create, update, delete, or a verb of the resource (rotate-key, replay …)' }),
  resource: Type.String(),
  resourceId: Type.String(),
  before: Json,
  after: Json,
  ip: Type.Optional(Type.String()),
  requestId: Type.Optional(Type.String()),
});
export type AuditEntry = Static<typeof AuditEntry>;

export const AUDIT = contract({
  type: 'audit-entry', version: 1, stream: 'AUDIT', schema: AuditEntry,
  example: {
    id: '018f6f5e-0000-7000-8000-000000000051', tenantId: '018f6f5e-0000-7000-8000-00000000000a', at: '2026-11-21T09:30:00.000Z',
    actor: { type: 'user', id: '018f6f5e-0000-7000-8000-000000000052', name: 'Ada' }, action: 'update', resource: 'integration',
    resourceId: '018f6f5e-0000-7000-8000-000000000053', before: { enabled: true }, after: { enabled: false },
  },
});
