import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Actor, Id, Image, Instant, JsonObject, Link, Severity, nullable } from './schema.js';

export const EventAction = Type.Union([Type.Literal('trigger'), Type.Literal('acknowledge'), Type.Literal('resolve')]);

/** One normalised alert, as ingest understood it. */
export const Event = Type.Object({
  id: Id,
  traceId: Id,
  /** What the dedup key is unique within: the integration, or for API keys the service, or the monitor itself. */
  scopeId: Id,
  serviceId: Id,
  integrationId: nullable(Id),
  action: EventAction,
  dedupKey: Type.String({ minLength: 1, maxLength: 255 }),
  summary: Type.String({ minLength: 1, maxLength: 1024 }),
  source: Type.String({ maxLength: 1024 }),
  severity: Severity,
  /** The vendor's time, when it gave one. */
  occurredAt: Type.Optional(Instant),
  /** The gateway's time: it orders. */
  acceptedAt: Instant,
  component: Type.Optional(Type.String()),
  group: Type.Optional(Type.String()),
  class: Type.Optional(Type.String()),
  details: JsonObject,
  links: Type.Array(Link),
  images: Type.Optional(Type.Array(Image)),
  client: Type.Optional(Type.String()),
  clientUrl: Type.Optional(Type.String()),
  /** Set when a person did it (an acknowledgement by link or button). */
  actor: Type.Optional(Actor),
});

/** Events of one tenant and one partition that were accepted together, in order. */
export const EventEnvelope = Type.Object({ tenantId: Id, events: Type.Array(Event, { minItems: 1 }) });

export type Event = Static<typeof Event>;
export type EventAction = Static<typeof EventAction>;
export type EventEnvelope = Static<typeof EventEnvelope>;

export const exampleEvent: Event = {
  id: '018f6f5e-0000-7000-8000-000000000001', traceId: '018f6f5e-0000-7000-8000-000000000002',
  scopeId: '018f6f5e-0000-7000-8000-000000000003', serviceId: '018f6f5e-0000-7000-8000-000000000004',
  integrationId: '018f6f5e-0000-7000-8000-000000000003', action: 'trigger', dedupKey: 'srv-web-01/high-cpu',
  summary: 'High CPU usage on web-01 (95%)', source: 'monitoring-system', severity: 'critical',
  acceptedAt: '2026-11-21T09:30:00.000Z', details: { cpu_percent: 95 }, links: [],
};

export const EVENTS = contract({
  type: 'events', version: 1, stream: 'EVENTS', schema: EventEnvelope,
  example: { tenantId: '018f6f5e-0000-7000-8000-00000000000a', events: [exampleEvent] },
});
