import { json, text, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { isUtf8 } from 'node:buffer';
import { badRequest, Problem, unsupportedMediaType } from './problem.js';
import { storageFaults } from './stored-text.js';

/** 512 KB, after inflating. */
export const BODY_LIMIT_BYTES = 524_288;

const JSON_TYPES = ['json', '+json'];
const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml'];

/**
 * Reads the bodies of the operators' API: JSON into values, YAML (the configuration) as text. Everything else is a 415,
 * too much a 413, and what cannot be parsed or kept a 400 that says so.
 */
export function readBody(): RequestHandler[] {
  return [
    (request, _response, next) => next(hasBody(request) && request.is([...JSON_TYPES, ...YAML_TYPES]) === false
      ? unsupportedMediaType(request.headers['content-type'], 'application/json') : undefined),
    asProblem(json({ limit: BODY_LIMIT_BYTES, type: JSON_TYPES, verify: requireUtf8 })),
    asProblem(text({ limit: BODY_LIMIT_BYTES, type: YAML_TYPES, verify: requireUtf8 })),
    (request: Request, _response, next) => {
      const faults = storageFaults(request.body);
      next(faults.length === 0 ? undefined : badRequest(faults));
    },
  ];
}

/** Bytes that are no text would be read as U+FFFD, and kept as what nobody sent. */
function requireUtf8(_request: unknown, _response: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new Error('it is not UTF-8');
}

/** A client that sends nothing may still say so (`Content-Length: 0`). */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function asProblem(parser: RequestHandler): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) =>
    void parser(request, response, (error?: unknown) => next(error === undefined || error === null ? undefined : problemOf(error)));
}

/** The errors of body-parser, by their `type` (its README lists them). */
function problemOf(error: unknown): unknown {
  const { type, message, status } = error as { type?: string; message?: string; status?: number };
  switch (type) {
    case 'entity.too.large':
      return new Problem({ status: 413, detail: `The body is larger than ${BODY_LIMIT_BYTES} bytes (after inflating).`, headers: { Connection: 'close' } });
    case 'entity.parse.failed':
      return badRequest([{ path: '', message: `the body must be a JSON object or array: ${message ?? 'it cannot be parsed'}` }]);
    case 'encoding.unsupported':
      return new Problem({ status: 415, detail: 'The Content-Encoding must be identity, gzip, deflate or br.' });
    case 'charset.unsupported':
      return new Problem({ status: 415, detail: 'The charset of the body must be UTF-8.' });
    default:
      return status !== undefined && status < 500 ? badRequest([{ path: '', message: `the body cannot be read: ${message ?? 'unknown reason'}` }]) : error;
  }
}
