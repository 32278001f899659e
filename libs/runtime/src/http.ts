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

/**
 * A server whose front handlers come first, in order, and then the framework (503 until it is
 * there). What one of them throws ends its request, not the process.
 */
export function frontedServer(fronts: readonly FrontHandler[], framework: () => RequestListener | undefined, unforeseen: (error: unknown) => void): Server {
  // Node looks for slow requests every 30 s by default: one that never ends would be kept for up to a minute.
  const server = createServer({ connectionsCheckingInterval: 5_000 }, (request, response) => {
    // While the server closes, a connection is not kept for another request.
    if (!server.listening) response.shouldKeepAlive = false;
    try {
      for (const front of fronts) if (front(request, response)) return;
      const listener = framework();
      if (listener !== undefined) return void listener(request, response);
      problem(response, 503, 'starting', 'Starting', 'The service is starting; try again in a second.');
    } catch (error) {
      unforeseen(error);
      if (response.headersSent) return void response.destroy();
      problem(response, 500, 'internal', 'Internal error', 'Something unforeseen happened; it has been written to the log.');
    }
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 15_000;
  server.keepAliveTimeout = 65_000;
  return server;
}

function problem(response: ServerResponse, status: number, slug: string, title: string, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', ...(status === 503 ? { 'retry-after': '1' } : {}) })
    .end(JSON.stringify({ type: `urn:signalbox:problem:${slug}`, title, status, detail }));
}

/** Listens, or rejects with an error that says what to do about a port that is taken. */
export function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken by another program: stop it or set another port`) : error);
    server.once('error', refused);
    server.listen(port, address, () => {
      server.off('error', refused);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const CLOSE_IDLE_EVERY_MS = 100;

/** Stops accepting and waits for the requests in hand, at most so long. Connections that are kept for further requests do not hold it up. */
export function closeServer(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), withinMs);
    const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
    // Also called back when it does not listen.
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(idle);
      resolve();
    });
  });
}
