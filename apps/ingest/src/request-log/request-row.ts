import { newId } from '@signalbox/contracts';
import { addressOf } from '@signalbox/http-api';
import type { GatewayAnswer } from '../gateway/answers.js';
import { shownKey } from '../gateway/credentials.js';
import { TRACE_HEADER, type GatewayRequest } from '../gateway/request.js';
import type { FieldError } from '../sources/contract.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { bodyBeginning, shownErrors, shownHeaders, shownPath } from './shown.js';

/** What came of a request: the same words as those of a request that is only tried. */
export const OUTCOMES = ['events', 'ignored', 'rejected'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One request of the log. */
export interface RequestRow {
  readonly id: string;
  readonly tenantId: string;
  readonly integrationId: string;
  readonly receivedAt: Date;
  readonly method: string;
  /** With its query, without the key. */
  readonly path: string;
  readonly remoteAddress: string;
  readonly contentType: string | null;
  readonly status: number;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly errors: readonly FieldError[];
  readonly events: number;
  readonly durationMs: number;
  readonly traceId: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Its beginning. */
  readonly body: Buffer | null;
  /** How long it was, inflated; null when it was not read. */
  readonly bodyBytes: number | null;
}

const BODY_KEPT_BYTES = 16_384;
const TEXT_KEPT = 1_024;
const ERRORS_KEPT = 20;

/** A request as the log keeps it, secrets masked. `withBody`: whether there is room for its body. */
export function requestRow(
  integration: LiveIntegration,
  request: GatewayRequest,
  answer: GatewayAnswer,
  durationMs: number,
  options: { readonly withBody: boolean; readonly trustedProxies: number },
): RequestRow {
  const { rawBody } = request.seen;
  const { events = 0, reason, errors = [] } = answer.noted ?? {};
  const secrets = [
    shownKey(request.headers, request.query), request.seen.key, ...integration.secrets,
  ].filter((secret): secret is string => secret !== undefined && secret.length >= 8);
  return {
    id: newId(), tenantId: integration.tenantId, integrationId: integration.id, receivedAt: request.now,
    method: request.method, path: shownPath(request.path, request.query, secrets).slice(0, TEXT_KEPT),
    remoteAddress: addressOf(request.raw, options.trustedProxies), contentType: request.headers['content-type']?.slice(0, TEXT_KEPT) ?? null,
    status: answer.status, outcome: outcomeOf(answer), reason: reason?.slice(0, TEXT_KEPT) ?? null,
    errors: shownErrors(errors.slice(0, ERRORS_KEPT), secrets), events, durationMs,
    traceId: answer.headers?.[TRACE_HEADER] ?? null,
    headers: shownHeaders(request.headers, secrets),
    body: rawBody === undefined || !options.withBody ? null : bodyBeginning(rawBody, secrets, BODY_KEPT_BYTES),
    bodyBytes: rawBody?.length ?? null,
  };
}

function outcomeOf({ status, noted }: GatewayAnswer): Outcome {
  if (status >= 400) return 'rejected';
  return (noted?.events ?? 0) > 0 ? 'events' : 'ignored';
}
