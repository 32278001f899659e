import { newId } from '@signalbox/contracts';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The caller's place in a W3C trace. */
export interface Traceparent {
  readonly traceId: string;
  readonly parentId: string;
  readonly sampled: boolean;
}

/** A request after `requestIds`. */
export type TracedRequest = IncomingMessage & { id?: string; trace?: Traceparent };

const REQUEST_ID = /^[A-Za-z0-9._:/=+-]{1,128}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Middleware: takes over a decent `X-Request-Id` (else makes one), sends it back, and reads `traceparent`. */
export function requestIds(request: TracedRequest, response: ServerResponse, next: () => void): void {
  const given = request.headers['x-request-id'];
  request.id = typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
  const trace = parseTraceparent(request.headers['traceparent']);
  if (trace !== undefined) request.trace = trace;
  response.setHeader('X-Request-Id', request.id);
  next();
}

/** Reads a `traceparent` header (W3C Trace Context, level 1; later versions by the same first four fields). */
export function parseTraceparent(header: string | string[] | undefined): Traceparent | undefined {
  const [, traceId, parentId, flags] = (typeof header === 'string' ? TRACEPARENT.exec(header) : null) ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
