import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { type Observable, tap } from 'rxjs';
import { preconditionFailed } from './problem.js';

/** The ETag of a resource's state: of its version, or of the millisecond of its last change. */
export function etagOf(state: Date | string | number): string {
  return `"${typeof state === 'number' ? state : new Date(state).getTime().toString(36)}"`;
}

/**
 * Refuses (412) a change whose `If-Match` names another state than `current`; without the header, everything goes.
 * A proxy that compresses marks our tags weak (`W/`); they name a row's state and not its bytes, so that mark is ignored.
 */
export function requireMatch(request: { readonly headers: IncomingHttpHeaders }, current: string): void {
  const wanted = request.headers['if-match'];
  if (wanted === undefined || wanted.trim() === '*') return;
  const tags = wanted.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!tags.includes(current)) throw preconditionFailed();
}

/** The same, as a check of the row under lock. */
export function unchangedSince(request: { readonly headers: IncomingHttpHeaders }): (row: { readonly version: number }) => void {
  return (row) => requireMatch(request, etagOf(row.version));
}

/** Sets `ETag` on answers that are one resource (`version` or `updatedAt`); Express then answers `If-None-Match` with 304 by itself. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const response = context.switchToHttp().getResponse<ServerResponse>();
    return next.handle().pipe(tap((body: unknown) => setEtag(response, body)));
  }
}

/** Sets the ETag of an answer that is one resource, unless the handler set one. */
export function setEtag(response: ServerResponse, body: unknown): void {
  const state = stateOf(body);
  if (state !== undefined && !response.headersSent && !response.hasHeader('ETag')) response.setHeader('ETag', etagOf(state));
}

function stateOf(body: unknown): Date | string | number | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { version, updatedAt } = body as { version?: unknown; updatedAt?: unknown };
  if (typeof version === 'number') return version;
  if (updatedAt instanceof Date) return updatedAt;
  return typeof updatedAt === 'string' && !Number.isNaN(Date.parse(updatedAt)) ? updatedAt : undefined;
}
