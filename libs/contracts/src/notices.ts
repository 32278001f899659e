import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Target } from './incidents.js';
import { Id, Instant, Json, Named, Severity, characters, nullable } from './schema.js';

/** Something to tell that is no incident (an expiring certificate, an obligation, a test). */
export const Notice = Type.Object({
  id: Id,
  tenantId: Id,
  traceId: Id,
  eventType: characters(120),
  occurredAt: Instant,
  title: characters(1024),
  body: Type.Optional(Type.String()),
  severity: Severity,
  /** Equal fingerprints tell the same thing: said again only when something changed. */
  fingerprint: characters(255),
  fields: Type.Optional(Type.Array(Type.Object({ label: Type.String(), value: Type.String() }))),
  sourceUrl: Type.Optional(Type.String()),
  serviceId: Type.Optional(Id),
  tags: Type.Optional(Type.Array(Type.String())),
  branch: Type.Optional(Type.String()),
  /** Whom it is for, beside rules that name its event type. Without, it is for whom all rules say. */
  targets: Type.Optional(Type.Array(Target)),
});

/** What became of a notification or delivery, for the incident's timeline. */
export const OutcomeReport = Type.Object({
  id: Id,
  tenantId: Id,
  traceId: Id,
  kind: Type.Union([Type.Literal('notification'), Type.Literal('delivery')]),
  incidentId: nullable(Id),
  subjectId: Id,
  channel: nullable(Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() })),
  route: Type.Optional(Named),
  status: Type.String(),
  attempt: Type.Integer({ minimum: 0 }),
  reason: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  /**
   * Set when a page reached nobody at all: of which step and round of a policy it was, with
   * which version of the incident. Its `subjectId` is the change's id.
   */
  unreached: Type.Optional(Type.Object({ step: Type.Integer({ minimum: 1 }), round: Type.Integer({ minimum: 1 }), version: Type.Integer({ minimum: 1 }) })),
  at: Instant,
});

/** A receipt or a button press of a far side, verified by the gateway. */
export const Callback = Type.Object({
  id: Id, tenantId: Id, traceId: Id, channelId: Id, kind: Type.String(), body: Json, receivedAt: Instant,
});

export type Notice = Static<typeof Notice>;
export type OutcomeReport = Static<typeof OutcomeReport>;
export type Callback = Static<typeof Callback>;

const tenantId = '018f6f5e-0000-7000-8000-00000000000a';
const traceId = '018f6f5e-0000-7000-8000-000000000031';

export const NOTICES = contract({
  type: 'notice', version: 1, stream: 'NOTICES', schema: Notice,
  example: {
    id: '018f6f5e-0000-7000-8000-000000000032', tenantId, traceId, eventType: 'ssl_expiry', occurredAt: '2026-11-21T09:30:00.000Z',
    title: 'The certificate of shop.example.com expires in 7 days', severity: 'error', fingerprint: 'ssl_expiry/shop.example.com',
  },
});

export const OUTCOMES = contract({
  type: 'outcome', version: 1, stream: 'OUTCOMES', schema: OutcomeReport,
  example: {
    id: '018f6f5e-0000-7000-8000-000000000033', tenantId, traceId, kind: 'notification', incidentId: '018f6f5e-0000-7000-8000-000000000021',
    subjectId: '018f6f5e-0000-7000-8000-000000000034', channel: { id: '018f6f5e-0000-7000-8000-000000000035', kind: 'slack', name: '#ops' },
    status: 'sent', attempt: 1, at: '2026-11-21T09:30:01.000Z',
  },
});

export const CALLBACKS = contract({
  type: 'callback', version: 1, stream: 'CALLBACKS', schema: Callback,
  example: {
    id: '018f6f5e-0000-7000-8000-000000000036', tenantId, traceId, channelId: '018f6f5e-0000-7000-8000-000000000035',
    kind: 'acknowledge', body: { notificationId: '018f6f5e-0000-7000-8000-000000000034' }, receivedAt: '2026-11-21T09:31:00.000Z',
  },
});
