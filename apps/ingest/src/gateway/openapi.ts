import type { OpenApiDocument } from '@signalbox/http-api';
import { gatewaySchemas } from './openapi-schemas.js';

type Operation = OpenApiDocument['paths'][string][string];

const PROBLEM = { $ref: '#/components/responses/Problem' };
const PAGE = { 'text/html': { schema: { type: 'string' } } };
const REFUSED_PAGE = {
  description: 'Refused: a page to those who accept one, else a problem.',
  content: { ...PAGE, 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const IDEMPOTENCY_KEY = { $ref: '#/components/parameters/IdempotencyKey' };
const TRACE_HEADER = { 'X-Signalbox-Trace': { description: 'what GET /api/v1/trace/{id} takes', schema: { type: 'string', format: 'uuid' } } };

const QUOTA_HEADERS = {
  'X-RateLimit-Limit': { description: 'requests that the integration may send in a minute', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'how many of them are left', schema: { type: 'integer' } },
  'X-RateLimit-Reset': { description: 'seconds until the next minute begins', schema: { type: 'integer' } },
};
const ACCEPTED_HEADERS = { ...TRACE_HEADER, ...QUOTA_HEADERS };

const ref = (name: keyof typeof gatewaySchemas) => ({ $ref: `#/components/schemas/${name}` });
const json = <S extends Record<string, unknown>>(schema: S) => ({ 'application/json': { schema } });

/** The paths that the gateway serves in front of the framework: written by hand, held to the code by `openapi.spec.ts`. */
export function gatewayDocument(): OpenApiDocument {
  return {
    openapi: '3.1.0', info: { title: 'gateway', version: '1' }, tags: [{ name: 'gateway' }], security: [],
    paths: {
      '/api/events': { post: eventsApi() },
      '/v2/enqueue': { post: enqueue() },
      '/v2/change/enqueue': { post: change() },
      '/api/v2/alerts': { post: alerts() },
      '/api/v2/status': {
        get: {
          operationId: 'alertmanagerStatus', summary: "Alertmanager's status", tags: ['gateway'], security: [],
          parameters: [],
          responses: { 200: { description: 'There is no cluster.', content: json(ref('AlertmanagerStatus')) } },
        },
      },
      '/-/healthy': { get: probe('alertmanagerHealthy', 'Answers while the process does') },
      '/-/ready': { get: probe('alertmanagerReady', 'Answers 200 once the gateway knows its integrations, 503 before') },
      '/api/integrations/{type}': { post: integration() },
      '/api/v1/messages': { post: messages() },
      '/api/heartbeats/{key}': { get: heartbeat('beatByGet'), post: heartbeat('beat') },
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
    responses: {
      202: { description: 'Stored.', headers: ACCEPTED_HEADERS, content: json(ref('EventAccepted')) },
      ...problems(400, 401, 403, 413, 415, 429, 503),
    },
  };
}

const ROUTING_KEY = { name: 'X-Routing-Key', in: 'header', required: false, schema: { type: 'string' } } as const;

function enqueue(): Operation {
  return {
    operationId: 'enqueue', summary: "PagerDuty's Events API v2", tags: ['gateway'], security: [], parameters: [ROUTING_KEY, IDEMPOTENCY_KEY],
    requestBody: { required: true, content: json(ref('PagerDutyEvent')) },
    responses: { 202: { description: 'Stored.', headers: ACCEPTED_HEADERS, content: json(ref('EventAccepted')) }, ...inPagerDutysWords(400, 413, 429, 503) },
  };
}

function change(): Operation {
  return {
    operationId: 'enqueueChange', summary: 'A change event: shown beside incidents, opens none',
    tags: ['gateway'], security: [], parameters: [ROUTING_KEY, IDEMPOTENCY_KEY],
    requestBody: { required: true, content: json(ref('PagerDutyChange')) },
    responses: { 202: { description: 'Stored.', headers: ACCEPTED_HEADERS, content: json(ref('ChangeAccepted')) }, ...inPagerDutysWords(400, 413, 429, 503) },
  };
}

function inPagerDutysWords(...statuses: readonly number[]): Operation['responses'] {
  return Object.fromEntries(statuses.map((status) => [status, { description: "In PagerDuty's words.", content: json(ref('PagerDutyRefusal')) }]));
}

function alerts(): Operation {
  const refused = { description: "In Alertmanager's words.", content: json(ref('AlertsRefusal')) };
  return {
    operationId: 'postAlerts', summary: "Alertmanager's API v2: alerts of a Prometheus server",
    tags: ['gateway'], security: [{ integrationKey: [] }], parameters: [IDEMPOTENCY_KEY],
    description: "The key is that of an integration of type `prometheus`, as bearer token or as basic auth's password.",
    requestBody: {
      required: true,
      content: json({
        type: 'array', items: ref('PostedAlert'),
        examples: [[{ labels: { alertname: 'HighCPU', severity: 'critical', instance: 'web-01:9100' } }]],
      }),
    },
    responses: {
      200: { description: 'Stored; no body.', headers: ACCEPTED_HEADERS },
      ...Object.fromEntries([400, 401, 403, 413, 415, 429, 503].map((status) => [status, refused])),
    },
  };
}

function probe(operationId: string, summary: string): Operation {
  const content = { 'text/plain': { schema: { type: 'string' } } };
  return {
    operationId, summary, tags: ['gateway'], security: [], parameters: [],
    responses: { 200: { description: 'OK', content }, 503: { description: 'Not yet.', content } },
  };
}

function integration(): Operation {
  const accepted = json(ref('SourceAccepted'));
  return {
    operationId: 'sendToIntegration', summary: "A vendor's own payload", tags: ['gateway'],
    description: [
      'A valid signature is enough when the integration has a signature secret, and then required.',
      'PUT, and GET with the fields in the query, are taken from tools that can be set to them: see `methods` of GET /api/v1/integration-types.',
      'JSON is read whatever its Content-Type; a form or a text where `contentTypes` names it.',
      '415 is a Content-Encoding that is not taken, or a type that is neither taken nor JSON; of a known sender that is kept as a dead letter.',
    ].join(' '),
    security: [{ integrationKey: [] }, { integrationKeyHeader: [] }, { integrationKeyQuery: [] }, {}],
    parameters: [
      { name: 'type', in: 'path', required: true, description: 'a type of GET /api/v1/integration-types', schema: { type: 'string' } },
      { name: 'integrationId', in: 'query', required: false, schema: { type: 'string', format: 'uuid' } },
      IDEMPOTENCY_KEY,
    ],
    requestBody: { required: true, content: { '*/*': { schema: {} } } },
    responses: {
      200: { description: 'As 202, for tools that ask for 200.', headers: ACCEPTED_HEADERS, content: accepted },
      202: { description: 'Stored, or understood to be no alert.', headers: ACCEPTED_HEADERS, content: accepted },
      ...problems(400, 401, 403, 404, 405, 413, 415, 429, 503),
    },
  };
}

function messages(): Operation {
  const cloudEvents = { schema: { type: 'object', description: 'CloudEvents 1.0' } };
  return {
    operationId: 'sendMessages', summary: 'Messages: one, an array, NDJSON or CloudEvents',
    tags: ['gateway'], security: [{ apiKey: [] }], parameters: [IDEMPOTENCY_KEY],
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

function heartbeat(operationId: string): Operation {
  return {
    operationId, summary: 'A beat of a heartbeat: it is alive (HEAD does it too)', tags: ['gateway'], security: [],
    parameters: [{
      name: 'key', in: 'path', required: true,
      description: "the heartbeat's key, as GET /api/v1/monitors/heartbeats shows it",
      schema: { type: 'string' },
    }],
    responses: { 202: { description: 'Stored.', content: json(ref('HeartbeatAccepted')) }, ...problems(401, 403, 503) },
  };
}

function ackLink(operationId: string, summary: string): Operation {
  return {
    operationId, summary, tags: ['gateway'], security: [],
    parameters: [{ name: 'token', in: 'path', required: true, description: 'signed; from a notification', schema: { type: 'string' } }],
    responses: { 200: { description: 'Done.', content: PAGE }, 404: REFUSED_PAGE, 503: REFUSED_PAGE },
  };
}

function problems(...statuses: readonly number[]): Operation['responses'] {
  return Object.fromEntries(statuses.map((status) => [status, PROBLEM]));
}
