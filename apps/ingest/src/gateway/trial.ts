import type { FieldError, Headers, Source, SourceResult } from '../sources/contract.js';
import { eventsApiForm, type EventsApiForm } from '../sources/events/events-api-form.js';
import { MalformedBody } from './body.js';
import { notUnderstoodBy, readRequest, type ReadingRules } from './reading-request.js';

/** A request as an operator writes it down: an object is JSON, a text is the body as it is. */
export interface SampleRequest {
  readonly headers: Headers;
  readonly body: unknown;
}

export interface TrialResult {
  readonly outcome: 'events' | 'ignored' | 'rejected';
  readonly reason?: string;
  readonly errors?: readonly FieldError[];
  readonly events: readonly EventsApiForm[];
}

/** What a request would become at the gateway. Nothing is stored; the key, the signature and the rate are not asked for. */
export function tried(source: Source, rules: ReadingRules, { headers, body }: SampleRequest): TrialResult {
  const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  try {
    return told(source, readRequest(source, rules, { method: 'POST', query: undefined, headers, rawBody }).result);
  } catch (error) {
    if (error instanceof MalformedBody) return rejected(error.detail, error.errors);
    throw error;
  }
}

function told(source: Source, result: SourceResult): TrialResult {
  switch (result.kind) {
    case 'ignored': return { outcome: 'ignored', reason: result.reason, events: [] };
    case 'problem': return rejected(notUnderstoodBy(source), result.errors);
    case 'events': {
      const errors = (result.rejected ?? []).flatMap((one) => one.errors);
      return { outcome: 'events', ...(errors.length > 0 && { errors }), events: result.events.map(eventsApiForm) };
    }
  }
}

function rejected(reason: string, errors: readonly FieldError[]): TrialResult {
  return { outcome: 'rejected', reason, errors, events: [] };
}
