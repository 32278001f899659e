import type { FrontHandler, Logger, Metrics } from '@signalbox/runtime';
import { TooLargeError } from '../intake/lane.js';
import { OwnerAwayError } from '@signalbox/messaging';
import { NowhereToStoreError } from '../intake/stream-spool.js';
import { Refusal, alertmanagerAnswer, pagerDutyAnswer, problemAnswer, write, type GatewayAnswer } from './answers.js';
import { ackLinkRefused, type AckLinkEndpoint } from './ack-link-endpoint.js';
import type { AlertmanagerEndpoint } from './alertmanager-endpoint.js';
import type { EventEndpoints } from './event-endpoints.js';
import type { IntegrationEndpoint } from './integration-endpoint.js';
import type { MessageEndpoint } from './message-endpoint.js';
import type { PagerDutyEndpoint } from './pagerduty-endpoint.js';
import { gatewayRequest, type GatewayRequest } from './request.js';
import type { RequestLog } from '../request-log/request-log.js';
import { HEARTBEATS_PATH, type HeartbeatEndpoint } from '../monitors/heartbeats/heartbeat-endpoint.js';
import { CannotLookUpError } from '../store/integration-index.js';
import { CannotFetchError } from './vendor-documents.js';

export interface Endpoints {
  readonly events: EventEndpoints;
  readonly pagerDuty: PagerDutyEndpoint;
  readonly alertmanager: AlertmanagerEndpoint;
  readonly integrations: IntegrationEndpoint;
  readonly messages: MessageEndpoint;
  readonly ackLinks: AckLinkEndpoint;
  readonly heartbeats: HeartbeatEndpoint;
}

interface Route {
  readonly label: string;
  readonly methods: readonly string[];
  serve(request: GatewayRequest): Promise<GatewayAnswer>;
  /** How a refusal is said to whoever calls this endpoint: as problem+json, where nothing else is expected. */
  readonly refused?: (refusal: Refusal, request: GatewayRequest) => GatewayAnswer;
}

/** The gateway, in front of the framework: its paths are hot, its answers partly those of others (PagerDuty, vendors). */
export function gatewayFront(endpoints: Endpoints, requests: Pick<RequestLog, 'note'>, metrics: Metrics, log: Logger): FrontHandler {
  const answers = metrics.counter('requests_total', 'requests to the gateway by endpoint and status', ['endpoint', 'status']);
  const seconds = metrics.histogram('request_seconds', 'time until the answer of the gateway', ['endpoint'], [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
  ]);
  return (raw, response) => {
    const request = gatewayRequest(raw);
    const route = routeOf(endpoints, request.path);
    if (route === undefined) return false;
    const started = performance.now();
    const done = (answer: GatewayAnswer): void => {
      write(response, answer, request.quota);
      answers.inc({ endpoint: route.label, status: answer.status });
      const durationMs = performance.now() - started;
      seconds.observe({ endpoint: route.label }, durationMs / 1_000);
      requests.note(request, answer, durationMs);
    };
    const requestId = request.headers['x-request-id'];
    if (requestId !== undefined && /^[\x21-\x7e]{1,128}$/.test(requestId)) response.setHeader('x-request-id', requestId);
    serve(route, request).then(done, (error: unknown) => {
      const refusal = refusalOf(error, log);
      done(route.refused?.(refusal, request) ?? problemAnswer(refusal, request.path));
    });
    return true;
  };
}

async function serve(route: Route, request: GatewayRequest): Promise<GatewayAnswer> {
  if (!route.methods.includes(request.method)) {
    throw new Refusal(405, `${request.path} takes ${route.methods.join(' or ')}.`, [], { allow: route.methods.join(', ') });
  }
  return route.serve(request);
}

/** Which endpoint serves a path; undefined leaves it to the framework. `openapi.ts` tells of each of them. */
export function routeOf({ events, pagerDuty, alertmanager, integrations, messages, ackLinks, heartbeats }: Endpoints, path: string): Route | undefined {
  switch (path) {
    case '/api/events': return { label: 'events', methods: ['POST'], serve: (request) => events.eventsApi(request) };
    case '/v2/enqueue': return { label: 'enqueue', methods: ['POST'], serve: (request) => pagerDuty.enqueue(request), refused: pagerDutyAnswer };
    case '/v2/change/enqueue': return { label: 'change-enqueue', methods: ['POST'], serve: (request) => pagerDuty.change(request), refused: pagerDutyAnswer };
    case '/api/v2/alerts': return { label: 'alerts', methods: ['POST'], serve: (request) => alertmanager.alerts(request), refused: alertmanagerAnswer };
    case '/api/v2/status': return { label: 'alertmanager-status', methods: ['GET'], serve: async () => alertmanager.status(), refused: alertmanagerAnswer };
    case '/-/healthy': return { label: 'alertmanager-status', methods: ['GET', 'HEAD'], serve: async () => alertmanager.healthy() };
    case '/-/ready': return { label: 'alertmanager-status', methods: ['GET', 'HEAD'], serve: async () => alertmanager.ready() };
    case '/api/v1/messages': return { label: 'messages', methods: ['POST'], serve: (request) => messages.accept(request) };
  }
  const [, integrationType] = /^\/api\/integrations\/([A-Za-z0-9_-]{1,64})\/?$/.exec(path) ?? [];
  if (integrationType !== undefined && integrationType !== 'health') {
    return {
      label: `integrations/${integrationType}`, methods: ['POST', 'PUT', 'GET'],
      serve: (request) => integrations.accept(request, integrationType.toLowerCase()),
    };
  }
  if (path.startsWith(HEARTBEATS_PATH)) return { label: 'heartbeats', methods: ['POST', 'GET', 'HEAD'], serve: (request) => heartbeats.serve(request) };
  if (path.startsWith('/a/')) return { label: 'ack-link', methods: ['GET', 'POST'], serve: (request) => ackLinks.serve(request), refused: ackLinkRefused };
  return undefined;
}

function refusalOf(error: unknown, log: Logger): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof TooLargeError) return new Refusal(413, `The event is too large once it is normalised: ${error.message}.`);
  if (error instanceof NowhereToStoreError) {
    log.error({ err: error.cause }, 'nothing can be stored: answering 503');
    return new Refusal(503, 'Nothing can be stored now: send it again.', [], { 'retry-after': '5' });
  }
  if (error instanceof CannotFetchError) {
    log.warn({ err: error }, 'a proof cannot be checked: answering 503');
    return new Refusal(503, 'The proof of who sends cannot be checked now: send it again.', [], { 'retry-after': '5' });
  }
  if (error instanceof CannotLookUpError || error instanceof OwnerAwayError) {
    log.warn({ err: error }, 'a credential cannot be checked: answering 503');
    return new Refusal(503, 'The credential cannot be checked now: send it again.', [], { 'retry-after': '5' });
  }
  log.error({ err: error }, 'a request failed for a reason of ours: the sender is asked to come again');
  return new Refusal(503, 'Nothing can be stored now: send it again.', [], { 'retry-after': '5' });
}
