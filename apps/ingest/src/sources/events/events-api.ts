import type { FieldError, SourceEvent } from '../contract.js';
import { isFields, text } from '../reading.js';
import { readEvent, type EventRules, type Fault } from './fields.js';

export type EventsApiResult =
  | { readonly ok: true; readonly routingKey?: string; readonly event: SourceEvent }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/**
 * `POST /api/events`: the gentler sibling of PagerDuty's form. The severity may be missing (`error`) or an alias, words may be
 * in any case, a long summary or dedup key is cut. `options.keyIfMissing` becomes the dedup key of a trigger without one.
 */
export function parseEventsApi(body: unknown, options: Omit<EventRules, 'strict'>): EventsApiResult {
  if (!isFields(body)) return { ok: false, errors: [{ path: 'body', message: 'must be a JSON object with event_action, dedup_key and payload' }] };
  const read = readEvent(body, { ...options, strict: false });
  if (Array.isArray(read)) return { ok: false, errors: read.map(fieldError) };
  const routingKey = text(body.routing_key);
  return routingKey === undefined ? { ok: true, event: read } : { ok: true, routingKey, event: read };
}

function fieldError(fault: Fault): FieldError {
  return { path: fault.path, message: message(fault) };
}

function message(fault: Fault): string {
  switch (fault.kind) {
    case 'missing': return fault.path === 'dedup_key' ? 'is required to acknowledge or resolve: it says which incident is meant' : 'is required';
    case 'choice': return `must be one of: ${fault.of.join(', ')}`;
    case 'type': return `must be ${fault.wanted}`;
    case 'length': return `must be at most ${fault.most} characters long`;
  }
}
