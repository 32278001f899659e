import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.js';
import type { Metrics } from './metrics.js';

/** Serves a request in front of the framework; false leaves it to the framework. Only for hot paths. */
export type FrontHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Answers /livez, /readyz and /metrics. */
export function healthHandler(health: Health, metrics: Metrics, which: { private: boolean }): FrontHandler {
  return (request, response) => {
    if (request.method !== 'GET') return false;
    const path = request.url?.split('?', 1)[0];
    if (path === '/livez') return send(response, 200, { status: 'live' });
    if (!which.private) return false;
    if (path === '/readyz') {
      const waitingFor = health.waitingFor();
      return send(response, waitingFor.length === 0 ? 200 : 503, { status: waitingFor.length === 0 ? 'ready' : 'waiting', waitingFor });
    }
    if (path !== '/metrics') return false;
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
    return true;
  };
}

function send(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

/** A server whose front handlers come first, in order, and then the framework (503 until it is there). */
export function frontedServer(fronts: readonly FrontHandler[], framework: () => RequestListener | undefined): Server {
  const server = createServer((request, response) => {
    for (const front of fronts) if (front(request, response)) return;
    const listener = framework();
    if (listener !== undefined) return void listener(request, response);
    response.writeHead(503, { 'retry-after': '1', 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ type: 'urn:signalbox:problem:starting', title: 'Starting', status: 503, detail: 'The service is starting; try again in a second.' }));
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

/** Listens, or rejects with an error that says what to do about a port that is taken. */
export function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken by another program: stop it or set another port`) : error);
    });
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Stops accepting and waits for the requests in hand, at most so long. */
export function closeServer(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => { clearTimeout(timer); resolve(); });
    server.closeIdleConnections();
  });
}
