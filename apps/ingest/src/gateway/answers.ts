import { PROBLEM_TYPE } from '@signalbox/http-api';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { FieldError } from '../sources/contract.js';

/** What an endpoint of the gateway answers. */
export interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly noted?: Noted;
}

/** What the request log says of an answer. */
export interface Noted {
  /** How many events came of the request. */
  readonly events?: number;
  /** Why nothing came of it, or not all that might have. */
  readonly reason?: string;
  readonly errors?: readonly FieldError[];
}

/** Thrown by an endpoint: the sender's fault, or (503) nobody's. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

export function refuse(status: number, detail: string, errors: readonly FieldError[] = [], headers: Readonly<Record<string, string>> = {}): never {
  throw new Refusal(status, detail, errors, headers);
}

/** A refusal as problem+json. */
export function problemAnswer(refusal: Refusal, path: string): GatewayAnswer {
  const { status, detail, errors, headers } = refusal;
  return {
    status, headers, contentType: PROBLEM_TYPE, noted: { reason: detail, errors },
    body: {
      type: `urn:signalbox:problem:${status === 400 ? 'invalid-input' : slugs[status] ?? 'refused'}`,
      title: STATUS_CODES[status] ?? 'Refused', status, detail, instance: path,
      ...(errors.length > 0 ? { errors } : {}),
    },
  };
}

const slugs: Readonly<Record<number, string>> = {
  401: 'unauthorized', 403: 'disabled', 404: 'not-found', 405: 'method-not-allowed', 408: 'too-slow', 413: 'too-large', 415: 'unsupported-media-type',
  429: 'rate-limited', 503: 'cannot-store',
};

/** A refusal in PagerDuty's form (Events API v2), which knows no 401, 403 and 404. */
export function pagerDutyAnswer(refusal: Refusal): GatewayAnswer {
  const { status, detail, errors, headers } = refusal;
  const noted = { reason: detail, errors };
  if (status === 429 || status === 503 || status === 413 || status === 408) {
    return { status, headers, noted, body: { status: status === 429 ? 'throttle exceeded' : 'error', message: detail, errors: [detail] } };
  }
  if (errors[0]?.path === 'body') {
    return { status: 400, noted, body: { status: 'Unrecognized object', message: 'Event object format is unrecognized', errors: ['JSON parse error'] } };
  }
  return {
    status: 400, noted,
    body: { status: 'invalid event', message: 'Event object is invalid', errors: errors.length > 0 ? errors.map((e) => e.message) : [detail] },
  };
}

/** A refusal as Alertmanager's API v2 answers: alerts that it does not take as a JSON text, everything else as its OpenAPI runtime does. */
export function alertmanagerAnswer({ status, detail, errors, headers }: Refusal): GatewayAnswer {
  if (status === 400 && errors.length > 0 && errors[0]!.path !== 'body') return { status, headers, body: JSON.stringify(sentence(errors)) };
  return { status, headers, body: { code: status, message: errors.length > 0 ? sentence(errors) : detail } };
}

/** Errors in one line. */
export function sentence(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
}

/** `more`: headers that do not come from the endpoint. */
export function write(response: ServerResponse, answer: GatewayAnswer, more?: Readonly<Record<string, string>>): void {
  if (response.headersSent || response.destroyed) return;
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? 'application/json', 'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff', ...more, ...answer.headers,
  }).end(text);
}
