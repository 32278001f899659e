import { Type, type Static } from '@sinclair/typebox';
import { contract } from './contract.js';
import { Actor, Id, Instant, JsonObject, Link, Named, Severity, Urgency, nullable } from './schema.js';

export const IncidentStatus = Type.Union([
  Type.Literal('OPEN'), Type.Literal('ACKNOWLEDGED'), Type.Literal('SNOOZED'), Type.Literal('SUPPRESSED'), Type.Literal('RESOLVED'),
]);

/** Whom something concerns or is told: people directly, the members of a team, or a channel. */
export const Target = Type.Object({ type: Type.Union([Type.Literal('user'), Type.Literal('team'), Type.Literal('channel')]), id: Id });

/** Why nobody is told of an incident for now. */
export const Quiet = Type.Object({
  kind: Type.Union([
    Type.Literal('silence'), Type.Literal('maintenance'), Type.Literal('inhibited'), Type.Literal('grouped'), Type.Literal('storm'),
    Type.Literal('flapping'), Type.Literal('merged'), Type.Literal('manual'),
  ]),
  /** The rule (a silence, a window …) that says so; null where a person or a service's setting does. */
  ruleId: nullable(Id),
  /** In words. */
  name: Type.String(),
  /** When it ends by itself; null when it does not. */
  until: nullable(Instant),
  /** The incident that stands for this one: the head of its group, what inhibits it, what it was merged into. */
  byIncidentId: nullable(Id),
});

/** An incident as others see it: the shape of the REST answer too. */
export const Incident = Type.Object({
  id: Id,
  number: Type.Integer({ minimum: 1 }),
  title: Type.String(),
  status: IncidentStatus,
  urgency: Urgency,
  severity: Severity,
  priority: nullable(Type.String()),
  tags: Type.Optional(Type.Array(Type.String())),
  /** Fields of people's own. */
  fields: Type.Optional(JsonObject),
  snoozedUntil: Type.Optional(nullable(Instant)),
  quiet: Type.Optional(nullable(Quiet)),
  dedupKey: Type.String(),
  source: Type.String(),
  /** What kind of trouble its newest event was of, where it says so (`ssl_expiry`): routing rules can ask for it beside the event type. */
  class: Type.Optional(Type.String()),
  service: Named,
  assignee: nullable(Type.Object({ id: Type.String(), name: Type.String(), type: Type.Optional(Type.String()) })),
  /** Whom people asked in, and who came by themselves. */
  responders: Type.Optional(Type.Array(Type.Object({ type: Type.String(), id: Type.String(), state: Type.String(), at: Instant }))),
  eventCount: Type.Integer({ minimum: 0 }),
  openedAt: Instant,
  acknowledgedAt: nullable(Instant),
  resolvedAt: nullable(Instant),
  details: JsonObject,
  links: Type.Array(Link),
});

/**
 * What happened to it. `updated` is a repeated trigger that changed something worth saying (a higher severity, a new summary); `escalated` is a page
 * that goes to its targets; `edited` is what people wrote on it (priority, tags, notes).
 */
export const ChangeKind = Type.Union([
  Type.Literal('triggered'), Type.Literal('updated'), Type.Literal('acknowledged'), Type.Literal('resolved'), Type.Literal('reopened'),
  Type.Literal('escalated'), Type.Literal('escalation_exhausted'),
  Type.Literal('acknowledgement_timed_out'), Type.Literal('snoozed'), Type.Literal('unsnoozed'),
  Type.Literal('suppressed'), Type.Literal('unsuppressed'), Type.Literal('sla_warning'),
  Type.Literal('sla_breached'), Type.Literal('reassigned'), Type.Literal('edited'),
]);

/** Whom a page is for, and the on-call schedule that led to them; without one they are named themselves. */
export const PageTarget = Type.Object({ ...Target.properties, schedule: Type.Optional(Named) });

/** A page: whom an incident is to reach now, beside what routing rules say. */
export const Page = Type.Object({
  targets: Type.Array(PageTarget),
  /** Which step of the policy it was (from 1), and in which round; null when a person asked for it. */
  step: nullable(Type.Integer({ minimum: 1 })),
  round: nullable(Type.Integer({ minimum: 1 })),
});

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
  /** Set while nobody is to be told of it, and why. */
  quiet: Type.Optional(Quiet),
  page: Type.Optional(Page),
  /** What else there is to know (which SLA target, which step). */
  data: Type.Optional(JsonObject),
});

export const IncidentChangeEnvelope = Type.Object({ tenantId: Id, changes: Type.Array(IncidentChange, { minItems: 1 }) });

export type Incident = Static<typeof Incident>;
export type IncidentStatus = Static<typeof IncidentStatus>;
export type Target = Static<typeof Target>;
export type Quiet = Static<typeof Quiet>;
export type PageTarget = Static<typeof PageTarget>;
export type Page = Static<typeof Page>;
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
