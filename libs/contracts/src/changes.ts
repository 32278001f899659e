import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Id, Image, Instant, JsonObject, Link } from './schema.js';

/** Something that was changed on purpose (a deployment, a setting): shown beside incidents. It opens none and tells nobody. */
export const ChangeEvent = Type.Object({
  id: Id,
  traceId: Id,
  serviceId: Id,
  integrationId: Id,
  summary: Type.String({ minLength: 1, maxLength: 1024 }),
  source: Type.Optional(Type.String({ maxLength: 1024 })),
  /** The sender's time, when it gave one. */
  occurredAt: Type.Optional(Instant),
  /** The gateway's time. */
  acceptedAt: Instant,
  details: JsonObject,
  links: Type.Array(Link),
  images: Type.Optional(Type.Array(Image)),
});

/** Change events of one tenant that were accepted together. */
export const ChangeEnvelope = Type.Object({ tenantId: Id, changes: Type.Array(ChangeEvent, { minItems: 1 }) });

export type ChangeEvent = Static<typeof ChangeEvent>;
export type ChangeEnvelope = Static<typeof ChangeEnvelope>;

/** A stream of its own: what reads EVENTS can make no incident of a change, and a change waits for no partition. */
export const CHANGES = contract({
  type: 'changes', version: 1, stream: 'CHANGES', schema: ChangeEnvelope,
  example: {
    tenantId: '018f6f5e-0000-7000-8000-00000000000a',
    changes: [{
      id: '018f6f5e-0000-7000-8000-000000000051', traceId: '018f6f5e-0000-7000-8000-000000000052', serviceId: '018f6f5e-0000-7000-8000-000000000004',
      integrationId: '018f6f5e-0000-7000-8000-000000000003', summary: 'Deployed shop 2.4', source: 'ci', acceptedAt: '2026-11-21T09:25:00.000Z',
      details: { build: 812 }, links: [{ href: 'https://ci.example.com/812', text: 'Build' }],
    }],
  },
});
