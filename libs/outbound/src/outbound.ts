import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { Agent } from 'undici';
import { AddressGuard, type Lookup } from './address-guard.js';
import type { AddressPolicy } from './address-policy.js';
import { parseUrl } from './check-url.js';
import { connectGuarded, GuardedSocket, httpConnector, type ConnectOptions } from './guarded-socket.js';
import { HttpExchange, type OutboundRequest, type OutboundResponse } from './http-exchange.js';
import { OutboundError, outboundError } from './outbound-error.js';

export interface OutboundOptions {
  readonly policy: AddressPolicy;
  /** For name resolution, TCP and TLS of one connection; default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Of a request that names none; default 15 s. */
  readonly timeoutMs?: number;
  /** Of a request that names none; default 64 KiB. */
  readonly maxResponseBytes?: number;
  /** Open connections to one scheme, host and port; further requests wait within their timeout. Default 32. */
  readonly connectionsPerOrigin?: number;
  /** Certificates to trust beyond the usual, and the like. */
  readonly tls?: ConnectionOptions;
  readonly lookup?: Lookup;
}

/** The only way out to an address that a user has entered. */
export interface Outbound {
  /** Sends one HTTP request; any status is an answer, redirects included. Throws OutboundError. */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /** A connected TCP or TLS socket for another protocol. Throws OutboundError. The caller ends it. */
  connectGuarded(host: string, port: number, options: ConnectOptions): Promise<Socket | TLSSocket>;
  /** An unconnected socket that refuses blocked addresses when its `connect` is called. */
  socket(): Socket;
  /** Takes no further request, waits for those under way, and closes the connections. Sockets of other protocols stay their owners'. */
  close(): Promise<void>;
}

/** Opens the way out under one policy. One per process is enough: connections are kept alive and shared. */
export function createOutbound(options: OutboundOptions): Outbound {
  const guard = new AddressGuard(options.policy, options.lookup);
  const agent = new Agent({
    connect: httpConnector(guard, options.connectTimeoutMs ?? 5_000, options.tls ?? {}),
    connections: options.connectionsPerOrigin ?? 32,
    pipelining: 1,
    headersTimeout: 0, // HttpExchange times the whole exchange
    bodyTimeout: 0,
  });
  let closing: Promise<void> | undefined;
  const timeoutMs = options.timeoutMs ?? 15_000;
  const maxResponseBytes = options.maxResponseBytes ?? 65_536;

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        const url = requestUrl(request);
        const exchange = new HttpExchange(url.host, request.timeoutMs ?? timeoutMs, request.maxResponseBytes ?? maxResponseBytes, resolve, reject);
        agent.dispatch(
          {
            origin: url.origin,
            path: url.pathname + url.search,
            method: request.method as 'POST',
            headers: request.headers as Record<string, string> | undefined,
            body: request.body,
          },
          exchange,
        );
      }),
    connectGuarded: (host, port, connectOptions) => connectGuarded(guard, host, port, connectOptions),
    socket: () => new GuardedSocket(guard),
    close: () => (closing ??= agent.close()),
  };
}

/** CONNECT and upgrades are not for users: they would hand out a raw connection. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function requestUrl({ method, url }: OutboundRequest): URL {
  if (!METHODS.has(method)) throw new OutboundError('invalid_request', false, `the method must be one of ${[...METHODS].join(', ')}`);
  try {
    return parseUrl(url);
  } catch (error) {
    throw outboundError(error, '', false);
  }
}
