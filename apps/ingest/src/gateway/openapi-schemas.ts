import { Type, type TSchema } from '@sinclair/typebox';

/** What the schemas of the gateway's own paths are called in the document. */
export const gatewaySchemas = {
  EventsApiEvent: Type.Object({
    event_action: Type.String({ description: 'trigger, acknowledge or resolve' }),
    dedup_key: Type.Optional(Type.String({ description: 'which incident is meant: required to acknowledge or resolve; a trigger without one gets one' })),
    service_id: Type.Optional(Type.String({ format: 'uuid', description: 'required with an API key' })),
    payload: Type.Optional(Type.Object({
      summary: Type.String({ minLength: 1 }),
      source: Type.String({ minLength: 1 }),
      severity: Type.Optional(Type.String({ description: 'critical, error (high), warning (medium) or info (low); error when missing' })),
      timestamp: Type.Optional(Type.String({ format: 'date-time' })),
      component: Type.Optional(Type.String()),
      group: Type.Optional(Type.String()),
      class: Type.Optional(Type.String()),
      custom_details: Type.Optional(Type.Unknown()),
    }, { description: 'required to trigger' })),
    links: Type.Optional(Type.Array(Type.Object({ href: Type.String(), text: Type.Optional(Type.String()) }))),
    images: Type.Optional(Type.Array(Type.Object({ src: Type.String(), href: Type.Optional(Type.String()), alt: Type.Optional(Type.String()) }))),
    client: Type.Optional(Type.String()),
    client_url: Type.Optional(Type.String()),
  }, {
    examples: [{ event_action: 'trigger', dedup_key: 'web-01/cpu', payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' } }],
  }),

  EventAccepted: Type.Object({ status: Type.Literal('success'), message: Type.String(), dedup_key: Type.String() }),

  PagerDutyEvent: Type.Object({
    routing_key: Type.Optional(Type.String({ minLength: 32, maxLength: 32, description: "the integration's key; X-Routing-Key may hold it instead" })),
    event_action: Type.Union(['trigger', 'acknowledge', 'resolve'].map((action) => Type.Literal(action))),
    dedup_key: Type.Optional(Type.String({ maxLength: 255 })),
    payload: Type.Optional(Type.Object({
      summary: Type.String({ minLength: 1, maxLength: 1024 }),
      source: Type.String({ minLength: 1 }),
      severity: Type.Union(['critical', 'warning', 'error', 'info'].map((severity) => Type.Literal(severity))),
      custom_details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    })),
  }, {
    description: "PagerDuty's Events API v2",
    examples: [{
      routing_key: '0123456789abcdef0123456789abcdef',
      event_action: 'trigger',
      payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' },
    }],
  }),

  PagerDutyChange: Type.Object({
    routing_key: Type.Optional(Type.String({ minLength: 32, maxLength: 32, description: "the integration's key; X-Routing-Key may hold it instead" })),
    payload: Type.Object({
      summary: Type.String({ minLength: 1, maxLength: 1024 }),
      source: Type.Optional(Type.String()),
      timestamp: Type.Optional(Type.String({ format: 'date-time' })),
      custom_details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
    links: Type.Optional(Type.Array(Type.Object({ href: Type.String(), text: Type.Optional(Type.String()) }))),
  }, {
    description: "a change event of PagerDuty's Events API v2",
    examples: [{
      routing_key: '0123456789abcdef0123456789abcdef',
      payload: { summary: 'Deployed shop 2.4', source: 'ci' },
      links: [{ href: 'https://ci.example.com/812', text: 'Build' }],
    }],
  }),

  ChangeAccepted: Type.Object({ status: Type.Literal('success'), message: Type.String() }),

  PagerDutyRefusal: Type.Object({ status: Type.String(), message: Type.String(), errors: Type.Array(Type.String()) }),

  PostedAlert: Type.Object({
    labels: Type.Record(Type.String(), Type.String(), { minProperties: 1 }),
    // What of these cannot be read is left out, and refuses no alert.
    annotations: Type.Optional(Type.Unknown({ description: 'texts by name' })),
    startsAt: Type.Optional(Type.Unknown({ description: 'a time in RFC 3339' })),
    endsAt: Type.Optional(Type.Unknown({ description: 'a time in RFC 3339; in the past: the alert is over' })),
    generatorURL: Type.Optional(Type.Unknown({ description: 'the expression in Prometheus' })),
  }, {
    description: "an alert as a Prometheus server posts it to Alertmanager's API v2",
    examples: [{
      labels: { alertname: 'HighCPU', severity: 'critical', instance: 'web-01:9100' },
      annotations: { summary: 'CPU over 90 %' }, startsAt: '2026-11-21T09:30:00.000Z',
    }],
  }),
  AlertsRefusal: Type.Union([Type.String({ description: 'what is wrong with the alerts' }), Type.Object({ code: Type.Integer(), message: Type.String() })]),
  AlertmanagerStatus: Type.Object({
    cluster: Type.Object({ status: Type.Literal('disabled'), peers: Type.Array(Type.Unknown()) }), versionInfo: Type.Record(Type.String(), Type.String()),
    config: Type.Object({ original: Type.String() }), uptime: Type.String({ format: 'date-time' }),
  }),

  SourceAccepted: Type.Object({
    status: Type.Union([Type.Literal('success'), Type.Literal('ignored')]),
    accepted: Type.Integer({ minimum: 0 }),
    events: Type.Array(Type.Object({ action: Type.String(), dedup_key: Type.String() })),
    reason: Type.Optional(Type.String({ description: 'why nothing came of it' })),
    rejected: Type.Optional(Type.Array(Type.Object({
      index: Type.Integer(),
      errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })),
    }))),
  }),

  NewMessage: Type.Object({
    topic: Type.String({ minLength: 1, maxLength: 1024, description: 'without the wildcards + and #' }),
    payload: Type.Unknown({ description: 'any JSON' }),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'the same id is the same message' })),
    timestamp: Type.Optional(Type.String({ format: 'date-time' })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 1024 }))),
  }, { additionalProperties: false, examples: [{ topic: 'devices/7/temperature', payload: { value: 91 } }] }),

  HeartbeatAccepted: Type.Object({ status: Type.Literal('success'), message: Type.String() }),

  MessageAccepted: Type.Object({ status: Type.Literal('success'), id: Type.String() }),
  MessagesAccepted: Type.Object({
    status: Type.Literal('success'), accepted: Type.Integer(), ids: Type.Array(Type.String()),
    rejected: Type.Optional(Type.Array(Type.Object({
      index: Type.Integer(),
      errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })),
    }))),
  }),
} satisfies Record<string, TSchema>;
