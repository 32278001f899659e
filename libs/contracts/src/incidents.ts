import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Actor, Id, Instant, JsonObject, Link, Named, Severity, Urgency, nullable } from './schema.js';

export const IncidentStatus = Type.Union([Type.Literal('OPEN'), Type.Literal('ACKNOWLEDGED'), Type.Literal('RESOLVED')]);

/** An incident as others see it: the shape of the REST answer too. */
export const Incident = Type.Object({
  id: Id,
  number: Type.Integer({ minimum: 1 }),
  title: Type.String(),
  status: IncidentStatus,
  urgency: Urgency,
  severity: Severity,
  priority: nullable(Type.String()),
  dedupKey: Type.String(),
  source: Type.String(),
  service: Named,
  assignee: nullable(Named),
  eventCount: Type.Integer({ minimum: 0 }),
  openedAt: Instant,
  acknowledgedAt: nullable(Instant),
  resolvedAt: nullable(Instant),
  details: JsonObject,
  links: Type.Array(Link),
});

/** What happened to it. `updated` is a repeated trigger that changed something worth saying (a higher severity, a new summary). */
export const ChangeKind = Type.Union([
  Type.Literal('triggered'), Type.Literal('updated'), Type.Literal('acknowledged'), Type.Literal('resolved'),
]);

export const IncidentChange = Type.Object({
  id: Id,
  change: ChangeKind,
  /** Counts up per incident; a reader ignores a change that is not newer than the one it knows. */
  version: Type.Integer({ minimum: 1 }),
  at: Instant,
  traceId: Id,
  /** The scope of the dedup key: with it an acknowledge event finds its partition. */
  scopeId: Id,
  integrationId: nullable(Id),
  actor: nullable(Actor),
  incident: Incident,
});

export const IncidentChangeEnvelope = Type.Object({ tenantId: Id, changes: Type.Array(IncidentChange, { minItems: 1 }) });

export type Incident = Static<typeof Incident>;
export type IncidentStatus = Static<typeof IncidentStatus>;
export type ChangeKind = Static<typeof ChangeKind>;
export type IncidentChange = Static<typeof IncidentChange>;
export type IncidentChangeEnvelope = Static<typeof IncidentChangeEnvelope>;

export const exampleIncident: Incident = {
  id: '018f6f5e-0000-7000-8000-000000000021', number: 42, title: 'High CPU usage on web-01 (95%)', status: 'OPEN', urgency: 'HIGH',
  severity: 'critical', priority: null, dedupKey: 'srv-web-01/high-cpu', source: 'monitoring-system',
  service: { id: '018f6f5e-0000-7000-8000-000000000004', name: 'Web shop' }, assignee: null, eventCount: 1,
  openedAt: '2026-11-21T09:30:00.000Z', acknowledgedAt: null, resolvedAt: null, details: { cpu_percent: 95 }, links: [],
};

export const INCIDENTS = contract({
  type: 'incident-changes', version: 1, stream: 'INCIDENTS', schema: IncidentChangeEnvelope,
  example: {
    tenantId: '018f6f5e-0000-7000-8000-00000000000a',
    changes: [{
      id: '018f6f5e-0000-7000-8000-000000000022', change: 'triggered', version: 1, at: '2026-11-21T09:30:00.100Z',
      traceId: '018f6f5e-0000-7000-8000-000000000002', scopeId: '018f6f5e-0000-7000-8000-000000000003',
      integrationId: '018f6f5e-0000-7000-8000-000000000003', actor: null, incident: exampleIncident,
    }],
  },
});
