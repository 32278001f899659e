import type { Headers, Source, SourceResult } from '../sources/contract.js';
import type { LiveIntegration } from '../store/integration-index.js';
import { bodyOf } from './body.js';
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
 * Parses a request's body (JSON, a form, or the query of a GET) and asks the source what it means: the same for a live request and for one that
 * is only tried. Throws MalformedBody. Checks no credential and no Content-Type.
 */
export function readRequest(source: Source, integration: ReadingRules, request: ReceivedRequest): { readonly requestId: string; readonly body: unknown; readonly result: SourceResult } {
  const { headers, query, rawBody } = request;
  const body = bodyOf(request, rawBody);
  const requestId = requestIdOf(integration.id, headers, source.deliveryId?.(headers, body));
  const result = source.parse({
    body, rawBody, headers, query: Object.fromEntries(query ?? []), config: integration.config, requestId,
    ...(integration.severities === null ? {} : { severities: integration.severities }),
  });
  return { requestId, body, result };
}

/** What a `problem` is answered with. */
export function notUnderstoodBy(source: Source): string {
  return `${source.displayName} does not send this; see errors.`;
}

/** What a Content-Type is answered with that the source does not take. */
export function notTakenBy(source: Source, contentType: string | undefined): string {
  return `${source.displayName} sends ${source.contentTypes.join(' or ')}, not ${contentType ?? 'nothing'}.`;
}
