import type { Headers, Source, SourceResult } from '../sources/contract.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { bodyOf, saidIn } from './body.js';
import { requestIdOf } from './request.js';

/** A request to an integration, its body inflated. */
export interface ReceivedRequest {
  readonly method: string;
  readonly query: URLSearchParams | undefined;
  readonly headers: Headers;
  readonly rawBody: Buffer;
}

/** What of an integration decides how its requests are read. */
export type ReadingRules = Pick<LiveIntegration, 'id' | 'config' | 'severities'>;

/**
 * Parses a request's body (JSON whatever its Content-Type, a form where the source takes one, or the query of a GET) and asks the source what it
 * means: the same for a live request and for one that is only tried. Throws MalformedBody. Checks no credential.
 */
export function readRequest(
  source: Source,
  integration: ReadingRules,
  request: ReceivedRequest,
): { readonly requestId: string; readonly body: unknown; readonly result: SourceResult } {
  const body = bodyOf(request, request.rawBody, source.contentTypes);
  const requestId = requestIdOf(integration.id, request.headers, source.deliveryId?.(request.headers, body));
  return { requestId, body, result: readParsed(source, integration, request, body, requestId) };
}

/** The same of a body that is parsed already, under an id that is known: what a replay reads. */
export function readParsed(
  source: Source,
  { config, severities }: ReadingRules,
  { query, headers, rawBody }: Omit<ReceivedRequest, 'method'>,
  body: unknown,
  requestId: string,
): SourceResult {
  return source.parse({ body, rawBody, headers, query: saidIn(query), config, requestId, ...(severities === null ? {} : { severities }) });
}

/** What a `problem` is answered with. */
export function notUnderstoodBy(source: Source): string {
  return `${source.displayName} does not send this; see errors.`;
}
