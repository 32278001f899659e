import type { IdentitySigner } from '@signalbox/access';
import { isDatabaseAway } from '@signalbox/database';
import { PROBLEM_TYPE, Problem, requestIds, unauthorized, unavailable, type TracedRequest } from '@signalbox/http-api';
import type { FrontHandler, Logger, Metrics } from '@signalbox/runtime';
import type { ServerResponse } from 'node:http';
import { bringsToken, ownerOf, type PassedTo } from '../domain/path-table.js';
import type { Doorkeeper } from './doorkeeper.js';
import { headersToService } from './headers.js';
import type { PassThrough } from './pass-through.js';

export interface FrontDoorParts {
  readonly doorkeeper: Doorkeeper;
  readonly signer: IdentitySigner;
  readonly passThrough: PassThrough;
  readonly urls: Readonly<Record<PassedTo, string>>;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** For the metric alone: the client was gone before there was an answer. */
const CLIENT_LEFT = 499;

/**
 * The front door: each path of another service goes there, with the signed identity of who asks
 * instead of their credential. Everything else is left to this service.
 */
export function frontDoor(parts: FrontDoorParts): FrontHandler {
  const answers = parts.metrics.counter('passed_requests_total', 'requests that were passed to a service, by status', ['service', 'status']);
  const seconds = parts.metrics.histogram(
    'passed_request_seconds',
    'time until the answer of a service began',
    ['service'],
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
  );
  return (request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const service = ownerOf(path);
    if (service === undefined) return false;
    const finished = seconds.startTimer({ service });
    const done = (status: number): void => {
      finished();
      answers.inc({ service, status });
    };
    // A client that leaves while its answer flows is no fault of anybody here.
    response.on('error', () => undefined);
    requestIds(request, response, () => {
      passOn(parts, service, request, response).then(done, (error: unknown) => done(refuse(response, problemOf(error, request, parts.log), path)));
    });
    return true;
  };
}

async function passOn(
  { doorkeeper, signer, passThrough, urls }: FrontDoorParts,
  service: PassedTo,
  request: TracedRequest,
  response: ServerResponse,
): Promise<number> {
  if (bringsToken(request.method, request.url ?? '')) {
    return passThrough.pass(request, response, { service, url: urls[service], headers: headersToService(request.headers, { requestId: request.id }) });
  }
  const identity = await doorkeeper.identify(request);
  if (identity === undefined) throw unauthorized('This operation needs a session or an API key (Authorization: Bearer sk_live_…).');
  const headers = headersToService(request.headers, { identityToken: await signer.sign(identity, service), requestId: request.id, address: identity.ip });
  return passThrough.pass(request, response, { service, url: urls[service], headers });
}

function problemOf(error: unknown, request: TracedRequest, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error)) return unavailable('A part that this needs is away; try again in a moment.');
  log.error({ err: error, requestId: request.id, method: request.method }, 'the front door failed in a way that the code does not know');
  return new Problem({ status: 500, slug: 'internal', detail: `Something went wrong on our side; it is logged with the request id ${request.id}.` });
}

function refuse(response: ServerResponse, problem: Problem, path: string): number {
  if (response.destroyed) return CLIENT_LEFT;
  if (response.headersSent) {
    response.destroy();
    return problem.status;
  }
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Bearer realm="signalbox"' } : {};
  response.writeHead(problem.status, {
    ...challenge, ...problem.headers, 'content-type': PROBLEM_TYPE,
    'cache-control': 'no-store', 'x-content-type-options': 'nosniff',
  })
    .end(JSON.stringify(problem.body(path)));
  return problem.status;
}
