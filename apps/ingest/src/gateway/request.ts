import { newId, stableId, type ChangeEvent, type Event } from '@signalbox/contracts';
import type { IncomingMessage } from 'node:http';
import type { Headers, SourceEvent } from '../sources/contract.js';
import type { SourceChange } from '../sources/events/pagerduty.js';
import type { LiveIntegration } from '../store/integration-index.js';

/** A request to the gateway, its URL taken apart once. */
export interface GatewayRequest {
  readonly raw: IncomingMessage;
  readonly method: string;
  readonly path: string;
  /** Undefined when the URL has no query. */
  readonly query: URLSearchParams | undefined;
  readonly headers: Headers;
  readonly now: Date;
  /** Headers that tell how much of the integration's limit is left: set by the gate, on every answer that comes after it. */
  quota?: Readonly<Record<string, string>>;
  readonly seen: Seen;
}

/** What an endpoint found out on its way, whatever it answers: for the request log. */
export interface Seen {
  integration?: LiveIntegration;
  rawBody?: Buffer;
  /** A key that stood in the body. */
  key?: string;
}

export function gatewayRequest(raw: IncomingMessage): GatewayRequest {
  const url = raw.url ?? '/';
  const mark = url.indexOf('?');
  return {
    raw, method: raw.method ?? 'GET', path: mark < 0 ? url : url.slice(0, mark), query: mark < 0 ? undefined : new URLSearchParams(url.slice(mark + 1)),
    headers: raw.headers as Headers, now: new Date(), seen: {},
  };
}

/** Carries the id that GET /api/v1/trace/{id} takes. */
export const TRACE_HEADER = 'x-signalbox-trace';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The id of a request: the same for a repeat when its sender names it (the vendor's delivery id, or Idempotency-Key), else fresh.
 * Event ids, generated dedup keys and the trace id all come from it, so that a repeat gives the same answer and changes nothing.
 */
export function requestIdOf(scopeId: string, headers: Headers, deliveryId: string | undefined): string {
  const name = deliveryId ?? headers['idempotency-key'];
  return name !== undefined && KEY.test(name) ? stableId('request', scopeId, name) : newId();
}

export interface EventScope {
  readonly scopeId: string;
  readonly serviceId: string;
  readonly integrationId: string | null;
}

/**
 * What a source read, with everything that only the gateway knows. An event's id says which of the request's events it is by what it does to which
 * key, not by its place: a replay that understands more of a body than the gateway did gives those that were accepted the ids that they had.
 */
export function acceptedEvents(events: readonly SourceEvent[], scope: EventScope, requestId: string, now: Date): Event[] {
  const acceptedAt = now.toISOString();
  const before = new Map<string, number>();
  return events.map((event) => {
    const { action, dedupKey } = event;
    const same = `${action} ${dedupKey}`;
    const nth = before.get(same) ?? 0;
    before.set(same, nth + 1);
    return { ...event, ...scope, id: stableId('event', requestId, action, dedupKey, String(nth)), traceId: requestId, acceptedAt };
  });
}

/** What a sender said of a change, with everything that only the gateway knows. A repeated request is the same change event. */
export function acceptedChange(
  change: SourceChange,
  { id: integrationId, serviceId }: Pick<LiveIntegration, 'id' | 'serviceId'>,
  requestId: string,
  now: Date,
): ChangeEvent {
  return { ...change, id: stableId('change', requestId), traceId: requestId, serviceId, integrationId, acceptedAt: now.toISOString() };
}
