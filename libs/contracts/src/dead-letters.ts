import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Id, Instant, Json } from './schema.js';

export const ServiceName = Type.Union([
  Type.Literal('ingest'), Type.Literal('incidents'), Type.Literal('notifications'), Type.Literal('delivery'), Type.Literal('ops'), Type.Literal('admin'),
]);
export type ServiceName = Static<typeof ServiceName>;

/** One try, as kept: at most 4 KB of each exchange, secrets already taken out. */
export const AttemptRecord = Type.Object({
  number: Type.Integer({ minimum: 1 }),
  startedAt: Instant,
  durationMs: Type.Number({ minimum: 0 }),
  outcome: Type.String(),
  reason: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  request: Type.Optional(Json),
  response: Type.Optional(Json),
});
export type AttemptRecord = Static<typeof AttemptRecord>;

/** What could not be delivered or processed, whole. */
export const DeadLetter = Type.Object({
  id: Id,
  tenantId: Id,
  kind: Type.Union([Type.Literal('route'), Type.Literal('notification'), Type.Literal('event')]),
  /** The service that made it, and to which a replay goes. */
  owner: ServiceName,
  reason: Type.String({ minLength: 1 }),
  detail: Type.String(),
  /** The subject it died on, or the path it came by. */
  subject: Type.String(),
  /** What is needed to do it again (a RouteJob, a notification, an event), as JSON. */
  payload: Json,
  /** The original bytes in base64, when JSON cannot hold them or they must come back to the letter. */
  raw: Type.Optional(Type.String()),
  headers: Type.Record(Type.String(), Type.String()),
  attempts: Type.Array(AttemptRecord),
  traceId: Id,
  routeId: Type.Optional(Id),
  channelId: Type.Optional(Id),
  integrationId: Type.Optional(Id),
  deliveryId: Type.Optional(Id),
  notificationId: Type.Optional(Id),
  destinationHost: Type.Optional(Type.String()),
  diedAt: Instant,
});
export type DeadLetter = Static<typeof DeadLetter>;

/** Do this again: to the service that owns the letter. */
export const ReplayRequest = Type.Object({
  jobId: Id,
  letterId: Id,
  tenantId: Id,
  kind: DeadLetter.properties.kind,
  payload: Json,
  raw: Type.Optional(Type.String()),
  headers: Type.Record(Type.String(), Type.String()),
  subject: Type.String(),
  routeId: Type.Optional(Id),
  channelId: Type.Optional(Id),
  integrationId: Type.Optional(Id),
  deliveryId: Type.Optional(Id),
  notificationId: Type.Optional(Id),
  traceId: Id,
});
export type ReplayRequest = Static<typeof ReplayRequest>;

/** What came of it: back to ops (`replays.ops.<tenant>`). `failed` also brings a fresh dead letter of the same id. */
export const ReplayResult = Type.Object({
  jobId: Id,
  letterId: Id,
  tenantId: Id,
  outcome: Type.Union([Type.Literal('delivered'), Type.Literal('failed'), Type.Literal('skipped')]),
  reason: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  attempts: Type.Array(AttemptRecord),
  at: Instant,
});
export type ReplayResult = Static<typeof ReplayResult>;

const tenantId = '018f6f5e-0000-7000-8000-00000000000a';
const letterId = '018f6f5e-0000-7000-8000-000000000041';
const traceId = '018f6f5e-0000-7000-8000-000000000042';
const attempt: AttemptRecord = {
  number: 3, startedAt: '2026-11-21T09:30:06.000Z', durationMs: 12, outcome: 'retry', reason: 'far_side_error',
  response: { status: 500, body: 'oops' },
};

export const DEAD_LETTERS = contract({
  type: 'dead-letter', version: 1, stream: 'DEAD_LETTERS', schema: DeadLetter,
  example: {
    id: letterId, tenantId, kind: 'route', owner: 'delivery', reason: 'far_side_error',
    detail: 'HTTP 500', subject: 'routes.018f6f5e-0000-7000-8000-00000000000a',
    payload: { topic: 'devices/7/temperature' }, headers: {}, attempts: [attempt], traceId, diedAt: '2026-11-21T09:30:06.100Z',
  },
});

export const REPLAY_REQUESTS = contract({
  type: 'replay-request', version: 1, stream: 'REPLAYS', schema: ReplayRequest,
  example: {
    jobId: '018f6f5e-0000-7000-8000-000000000043', letterId, tenantId, kind: 'route', payload: {}, headers: {},
    subject: 'routes.018f6f5e-0000-7000-8000-00000000000a', traceId,
  },
});

export const REPLAY_RESULTS = contract({
  type: 'replay-result', version: 1, stream: 'REPLAYS', schema: ReplayResult,
  example: {
    jobId: '018f6f5e-0000-7000-8000-000000000043', letterId, tenantId, outcome: 'delivered', attempts: [attempt], at: '2026-11-21T09:31:00.000Z',
  },
});
