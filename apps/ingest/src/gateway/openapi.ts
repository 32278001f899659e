import type { OpenApiDocument } from '@signalbox/http-api';
import { Type, type TSchema } from '@sinclair/typebox';

type Operation = OpenApiDocument['paths'][string][string];

const PROBLEM = { $ref: '#/components/responses/Problem' };
const IDEMPOTENCY_KEY = { $ref: '#/components/parameters/IdempotencyKey' };
const TRACE_HEADER = { 'X-Signalbox-Trace': { description: 'what GET /api/v1/trace/{id} takes', schema: { type: 'string', format: 'uuid' } } };

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
  }, { examples: [{ event_action: 'trigger', dedup_key: 'web-01/cpu', payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' } }] }),

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
    examples: [{ routing_key: '0123456789abcdef0123456789abcdef', event_action: 'trigger', payload: { summary: 'High CPU on web-01', source: 'monitoring', severity: 'critical' } }],
  }),

  PagerDutyRefusal: Type.Object({ status: Type.String(), message: Type.String(), errors: Type.Array(Type.String()) }),

  SourceAccepted: Type.Object({
    status: Type.Union([Type.Literal('success'), Type.Literal('ignored')]),
    accepted: Type.Integer({ minimum: 0 }),
    events: Type.Array(Type.Object({ action: Type.String(), dedup_key: Type.String() })),
    reason: Type.Optional(Type.String({ description: 'why nothing came of it' })),
    rejected: Type.Optional(Type.Array(Type.Object({ index: Type.Integer(), errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })) }))),
  }),

  NewMessage: Type.Object({
    topic: Type.String({ minLength: 1, maxLength: 1024, description: 'without the wildcards + and #' }),
    payload: Type.Unknown({ description: 'any JSON' }),
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'the same id is the same message' })),
    timestamp: Type.Optional(Type.String({ format: 'date-time' })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 1024 }))),
  }, { additionalProperties: false, examples: [{ topic: 'devices/7/temperature', payload: { value: 91 } }] }),

  MessageAccepted: Type.Object({ status: Type.Literal('success'), id: Type.String() }),
  MessagesAccepted: Type.Object({
    status: Type.Literal('success'), accepted: Type.Integer(), ids: Type.Array(Type.String()),
    rejected: Type.Optional(Type.Array(Type.Object({ index: Type.Integer(), errors: Type.Array(Type.Object({ path: Type.String(), message: Type.String() })) }))),
  }),
} satisfies Record<string, TSchema>;

const ref = (name: keyof typeof gatewaySchemas) => ({ $ref: `#/components/schemas/${name}` });
const json = <S extends Record<string, unknown>>(schema: S) => ({ 'application/json': { schema } });

/** The paths that the gateway serves in front of the framework: written by hand, held to the code by `openapi.spec.ts`. */
export function gatewayDocument(): OpenApiDocument {
  return {
    openapi: '3.1.0', info: { title: 'gateway', version: '1' }, tags: [{ name: 'gateway' }], security: [],
    paths: {
      '/api/events': { post: eventsApi() },
      '/v2/enqueue': { post: enqueue() },
      '/api/integrations/{type}': { post: integration() },
      '/api/v1/messages': { post: messages() },
      '/a/{token}': { get: ackLink('showAckLink', 'A page that asks for the click'), post: ackLink('followAckLink', 'Acknowledges: repeats stop') },
    },
    components: {
      schemas: gatewaySchemas, parameters: {}, responses: {},
      securitySchemes: {
        integrationKey: { type: 'http', scheme: 'bearer', description: "An integration's key; also as `Token token=<key>` or basic auth's password." },
        integrationKeyHeader: { type: 'apiKey', in: 'header', name: 'X-Integration-Key' },
        integrationKeyQuery: { type: 'apiKey', in: 'query', name: 'key' },
      },
    },
  };
}

function eventsApi(): Operation {
  return {
    operationId: 'sendEvent', summary: 'An event: trigger, acknowledge or resolve', tags: ['gateway'], security: [{ integrationKey: [] }, { apiKey: [] }],
    parameters: [IDEMPOTENCY_KEY], requestBody: { required: true, content: json(ref('EventsApiEvent')) },
    responses: { 202: { description: 'Stored.', headers: TRACE_HEADER, content: json(ref('EventAccepted')) }, ...problems(400, 401, 403, 413, 415, 429, 503) },
  };
}

function enqueue(): Operation {
  const refused = { description: "In PagerDuty's words.", content: json(ref('PagerDutyRefusal')) };
  return {
    operationId: 'enqueue', summary: "PagerDuty's Events API v2", tags: ['gateway'], security: [],
    parameters: [{ name: 'X-Routing-Key', in: 'header', required: false, schema: { type: 'string' } }, IDEMPOTENCY_KEY],
    requestBody: { required: true, content: json(ref('PagerDutyEvent')) },
    responses: { 202: { description: 'Stored.', headers: TRACE_HEADER, content: json(ref('EventAccepted')) }, 400: refused, 413: refused, 429: refused, 503: refused },
  };
}

function integration(): Operation {
  return {
    operationId: 'sendToIntegration', summary: "A vendor's own payload", tags: ['gateway'],
    description: 'A valid signature is enough when the integration has a signature secret, and then required.',
    security: [{ integrationKey: [] }, { integrationKeyHeader: [] }, { integrationKeyQuery: [] }, {}],
    parameters: [
      { name: 'type', in: 'path', required: true, description: 'a type of GET /api/v1/integration-types', schema: { type: 'string' } },
      { name: 'integrationId', in: 'query', required: false, schema: { type: 'string', format: 'uuid' } },
      IDEMPOTENCY_KEY,
    ],
    requestBody: { required: true, content: { '*/*': { schema: {} } } },
    responses: { 202: { description: 'Stored, or understood to be no alert.', headers: TRACE_HEADER, content: json(ref('SourceAccepted')) }, ...problems(400, 401, 403, 404, 405, 413, 415, 429, 503) },
  };
}

function messages(): Operation {
  const cloudEvents = { schema: { type: 'object', description: 'CloudEvents 1.0' } };
  return {
    operationId: 'sendMessages', summary: 'Messages: one, an array, NDJSON or CloudEvents', tags: ['gateway'], security: [{ apiKey: [] }], parameters: [IDEMPOTENCY_KEY],
    requestBody: {
      required: true,
      content: {
        ...json({ anyOf: [ref('NewMessage'), { type: 'array', items: ref('NewMessage'), minItems: 1, maxItems: 5_000 }] }),
        'application/x-ndjson': { schema: { type: 'string', description: 'one message a line' } },
        'application/cloudevents+json': cloudEvents,
        'application/cloudevents-batch+json': { schema: { type: 'array', items: cloudEvents.schema } },
      },
    },
    responses: {
      202: { description: 'Stored.', headers: TRACE_HEADER, content: json({ anyOf: [ref('MessageAccepted'), ref('MessagesAccepted')] }) },
      ...problems(400, 401, 403, 413, 415, 503),
    },
  };
}

function ackLink(operationId: string, summary: string): Operation {
  return {
    operationId, summary, tags: ['gateway'], security: [],
    parameters: [{ name: 'token', in: 'path', required: true, description: 'signed; from a notification', schema: { type: 'string' } }],
    responses: { 200: { description: 'Done.', content: { 'text/html': { schema: { type: 'string' } } } }, ...problems(404, 503) },
  };
}

function problems(...statuses: readonly number[]): Operation['responses'] {
  return Object.fromEntries(statuses.map((status) => [status, PROBLEM]));
}
