import { stableId, type DeadLetter, type ReplayRequest } from '@signalbox/contracts';
import { createHash } from 'node:crypto';
import { sentence } from '../gateway/answers.js';
import { bodyOf } from '../gateway/body.js';
import { shownKey } from '../gateway/credentials.js';
import { isTooDeep } from '../gateway/message-reading.js';
import type { GatewayRequest } from '../gateway/request.js';
import type { FieldError, Headers } from '../sources/contract.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { headersWithoutSecrets, queryWithoutSecrets, withoutSecrets } from './secrets.js';

/** A request whose credential was good, with its whole body. */
export interface Refusable {
  readonly request: GatewayRequest;
  readonly integration: LiveIntegration;
  readonly raw: Buffer;
}

/** `malformed_body`: no JSON at all. `partly_not_understood`: some of its alerts; the others were accepted. */
export type RefusalReason = 'malformed_body' | 'not_understood' | 'partly_not_understood';

export interface Why {
  readonly reason: RefusalReason;
  /** Said when there are no errors that say more. */
  readonly detail: string;
  readonly errors: readonly FieldError[];
  /** What the sender was answered. */
  readonly status: number;
  readonly traceId: string;
}

/** When the gateway got the request: kept among the letter's headers, which come back with a replay. */
const RECEIVED_AT = 'x-signalbox-received-at';
const DETAIL_LENGTH = 1_000;
/** Of an exchange, as much as a letter may hold. */
const ERRORS_LENGTH = 4_000;
/** A body whose JSON is longer is in `raw` alone: both together must fit into one message. */
const SHOWN_BYTES = 65_536;

/**
 * The id of what was refused: the same for the same bytes, refused for the same reason by the same state of the integration on the same day (UTC).
 * A change of the integration, or another day, makes another letter: what was refused after a replay is not what that replay delivered.
 */
export function letterIdOf({ request, integration, raw }: Refusable, { reason, errors }: Pick<Why, 'reason' | 'errors'>): string {
  const { method, path, query } = request;
  return stableId(
    'refused-event', integration.id, String(integration.version), request.now.toISOString().slice(0, 10),
    `${method} ${path}?${queryWithoutSecrets(query, []).toString()}`,
    createHash('sha256').update(raw).digest('hex'), reason, JSON.stringify(errors),
  );
}

/** The dead letter of what was refused: everything that is needed to read it again, and no secret. Under 900 KB as a message, whatever the request holds. */
export function refusedLetter(of: Refusable, why: Why): DeadLetter {
  const { request, integration } = of;
  const { reason, errors, traceId, status } = why;
  const known = [shownKey(request.headers, request.query) ?? '', ...integration.secrets];
  const raw = withoutSecrets(of.raw, known);
  const query = queryWithoutSecrets(request.query, known);
  const receivedAt = request.now.toISOString();
  const detail = errors.length === 0 ? why.detail : detailOf(errors);
  return {
    id: letterIdOf(of, why), tenantId: integration.tenantId, kind: 'event', owner: 'ingest', reason, detail,
    subject: `${request.method} ${request.path}${query.size === 0 ? '' : `?${query.toString()}`}`,
    payload: shownBody({ ...request, query }, raw), raw: raw.toString('base64'),
    headers: { ...headersWithoutSecrets(request.headers, known), [RECEIVED_AT]: receivedAt },
    attempts: [{ number: 1, startedAt: receivedAt, durationMs: 0, outcome: 'reject', reason, response: { status, errors: fitting(errors) } }],
    traceId, integrationId: integration.id, diedAt: receivedAt,
  };
}

/** Errors in one line for people. */
export function detailOf(errors: readonly FieldError[]): string {
  return sentence(errors).slice(0, DETAIL_LENGTH);
}

/** A refused request as its letter kept it. */
export interface KeptRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly receivedAt: Date;
}

/** The request of a letter that is replayed. Throws TypeError when the letter is none of `refusedLetter`. */
export function keptRequest({ subject, headers }: Pick<ReplayRequest, 'subject' | 'headers'>): KeptRequest {
  const [, method, path, query = ''] = /^([A-Z]+) (\/[^?]*)(?:\?(.*))?$/s.exec(subject) ?? [];
  const receivedAt = new Date(headers[RECEIVED_AT] ?? '');
  if (method === undefined || path === undefined || Number.isNaN(receivedAt.getTime())) {
    throw new TypeError(`a letter of ${subject} is not of a request to the gateway`);
  }
  return { method, path, query: new URLSearchParams(query), headers, receivedAt };
}

/** The body for people, who may send it edited: as JSON, or as text when it is none. Null when it is too large or deep, or no text: `raw` has it. */
function shownBody(request: Pick<GatewayRequest, 'method' | 'query' | 'headers'>, raw: Buffer): unknown {
  if (raw.length > SHOWN_BYTES) return null;
  const shown = parsedOrText(request, raw);
  return isTooDeep(shown) || Buffer.byteLength(JSON.stringify(shown)) > SHOWN_BYTES ? null : shown;
}

function parsedOrText(request: Pick<GatewayRequest, 'method' | 'query' | 'headers'>, raw: Buffer): unknown {
  try {
    return bodyOf(request, raw);
  } catch {
    const text = raw.toString('utf8');
    return Buffer.from(text).equals(raw) ? text : null;
  }
}

/** The first of the errors, as many as may be kept. */
function fitting(errors: readonly FieldError[]): FieldError[] {
  let length = 0;
  const end = errors.findIndex((error) => (length += JSON.stringify(error).length) > ERRORS_LENGTH);
  return errors.slice(0, end === -1 ? errors.length : end);
}
