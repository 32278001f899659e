import type { Outcome, Reason } from './outcome.js';
import { retryAfterMs } from './retry-after.js';

/** What an HTTP far side answered, as far as the default mapping looks. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a far side means by a status where it differs from the default. A retry without `afterMs` gets the answer's Retry-After. */
export type HttpOverrides = Readonly<Record<number, Outcome>>;

const RETRY: Readonly<Record<number, Reason>> = { 408: 'timeout', 425: 'far_side_error', 429: 'rate_limited' };

const REJECT: Readonly<Record<number, Reason>> = {
  400: 'payload_refused',
  401: 'authentication',
  403: 'authentication',
  404: 'not_found',
  407: 'authentication',
  413: 'too_large',
  414: 'too_large',
  415: 'payload_refused',
  422: 'payload_refused',
  431: 'too_large',
};

/**
 * The outcome that an HTTP status stands for unless the far side documents otherwise: 2xx delivered; 3xx refused, since a
 * redirect is never followed; 408, 425, 429 and 5xx worth another try; 410 closes the destination; other 4xx refused.
 * A status outside 200-599 is no final answer of HTTP and worth another try.
 */
export function httpOutcome(answer: HttpAnswer, now: Date, overrides: HttpOverrides = {}): Outcome {
  const outcome = overrides[answer.status] ?? defaultOutcome(answer.status);
  if (outcome.kind !== 'retry' || outcome.afterMs !== undefined) return outcome;
  const afterMs = retryAfterMs(header(answer.headers, 'retry-after'), now);
  return afterMs === undefined ? outcome : { ...outcome, afterMs };
}

function defaultOutcome(status: number): Outcome {
  const detail = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status >= 300 && status < 400) {
    return { kind: 'reject', reason: 'far_side_refused', detail: `${detail}: redirects are not followed; enter the final address` };
  }
  if (status === 410) return { kind: 'disable', reason: 'gone', detail };
  const retry = RETRY[status];
  if (retry !== undefined) return { kind: 'retry', reason: retry, detail };
  if (status >= 400 && status < 500) return { kind: 'reject', reason: REJECT[status] ?? 'far_side_refused', detail };
  if (status >= 500 && status < 600) return { kind: 'retry', reason: 'far_side_error', detail };
  return { kind: 'retry', reason: 'bad_response', detail };
}

/** Header names are compared without case (RFC 9110 5.1). */
function header(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  return headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
