import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Id, Instant, Json, nullable } from './schema.js';

/** A piece of telemetry or an event with a topic and a payload. */
export const Message = Type.Object({
  /** The sender's own id when it gave one (a repeat is then recognised), else a UUIDv7. */
  id: Type.String({ minLength: 1, maxLength: 255 }),
  traceId: Id,
  topic: Type.String({ minLength: 1, maxLength: 1024 }),
  payload: Json,
  headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  timestamp: Instant,
  acceptedAt: Instant,
});

export const MessageEnvelope = Type.Object({ tenantId: Id, messages: Type.Array(Message, { minItems: 1 }) });

/** One message for one route: the work of the delivery worker. */
export const RouteJob = Type.Object({
  deliveryId: Id,
  tenantId: Id,
  routeId: Id,
  message: Message,
  /** Attempts spent before this copy was put on the queue (a message that waited in HELD after a Retry-After). */
  attemptsBefore: Type.Integer({ minimum: 0 }),
  /** When it was first held; after 24 hours it is a dead letter. */
  heldSince: Type.Optional(Instant),
  /** Set when a replay job sends it again. */
  replay: Type.Optional(Type.Object({ jobId: Id, letterId: Id })),
  matchedAt: Instant,
});

export type Message = Static<typeof Message>;
export type MessageEnvelope = Static<typeof MessageEnvelope>;
export type RouteJob = Static<typeof RouteJob>;

export const exampleMessage: Message = {
  id: '018f6f5e-0000-7000-8000-000000000011', traceId: '018f6f5e-0000-7000-8000-000000000012',
  topic: 'devices/7/temperature', payload: { value: 91 },
  timestamp: '2026-11-21T09:30:00.000Z', acceptedAt: '2026-11-21T09:30:00.010Z',
};

export const MESSAGES = contract({
  type: 'messages', version: 1, stream: 'MESSAGES', schema: MessageEnvelope,
  example: { tenantId: '018f6f5e-0000-7000-8000-00000000000a', messages: [exampleMessage] },
});

const exampleJob: RouteJob = {
  deliveryId: '018f6f5e-0000-7000-8000-000000000013', tenantId: '018f6f5e-0000-7000-8000-00000000000a',
  routeId: '018f6f5e-0000-7000-8000-000000000014', message: exampleMessage, attemptsBefore: 0, matchedAt: '2026-11-21T09:30:00.020Z',
};

export const ROUTES = contract({ type: 'route-job', version: 1, stream: 'ROUTES', schema: RouteJob, example: exampleJob });

/** Why a job waits, kept beside it while it is held. */
export const HeldJob = Type.Object({ job: RouteJob, reason: Type.String(), heldAt: Instant, notBefore: nullable(Instant) });
export type HeldJob = Static<typeof HeldJob>;

export const HELD = contract({
  type: 'held-job', version: 1, stream: 'HELD', schema: HeldJob,
  example: { job: exampleJob, reason: 'destination_closed', heldAt: '2026-11-21T09:30:01.000Z', notBefore: null },
});
