import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { createHash } from 'node:crypto';
import { catchError, mergeMap, type Observable, of } from 'rxjs';
import { setEtag } from './etag.js';
import { badRequest, conflict, Problem } from './problem.js';
import type { HttpLogger } from './problem-filter.js';

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The right of one try of a request to its key. */
export interface Claim { readonly tenantId: string; readonly key: string; readonly id: string }

/** What is known of a key when a request comes in with it. */
export type Begun = { readonly claim: Claim } | 'conflict' | 'in_progress' | { readonly replay: StoredAnswer };

/** Remembers, per tenant, which keys were used for which request, and what was answered. */
export interface IdempotencyStore {
  /** Claims a key for a request, until `finish` or `abandon`; all but a claim means that somebody else has it. */
  begin(tenantId: string, key: string, fingerprint: string): Promise<Begun>;
  /** Keeps the answer of a request that was done. */
  finish(claim: Claim, answer: StoredAnswer): Promise<void>;
  /** Frees the key of a request that failed and changed nothing. */
  abandon(claim: Claim): Promise<void>;
}

type MaybeIdentified = Request & { readonly identity?: { readonly tenantId: string; readonly subject: { readonly type: string; readonly id: string } } };

export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  readonly logger: HttpLogger;
  /** The tenant (a UUID) of a request; by default of `request.identity`. Without a tenant the header has no effect. */
  readonly tenantOf?: (request: MaybeIdentified) => string | undefined;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Honours `Idempotency-Key` on every POST: the first answer is repeated for 24 hours. What fails (4xx, 5xx) is not kept, so
 * that it can be mended and sent again under the same key. For handlers that return their answer (no `@Res()`).
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly options: IdempotencyOptions) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<MaybeIdentified>();
    const key = request.headers['idempotency-key'];
    if (context.getType() !== 'http' || request.method !== 'POST' || key === undefined) return next.handle();
    if (typeof key !== 'string' || !KEY.test(key)) {
      throw badRequest([{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters (a UUID is best)' }]);
    }
    const tenantId = (this.options.tenantOf ?? (({ identity }) => identity?.tenantId))(request);
    return tenantId === undefined ? next.handle() : this.once(tenantId, key, fingerprintOf(request), context, next);
  }

  private async once(tenantId: string, key: string, fingerprint: string, context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { store } = this.options;
    const response = context.switchToHttp().getResponse<Response>();
    const begun = await store.begin(tenantId, key, fingerprint);
    if (begun === 'conflict') throw conflict('This Idempotency-Key was used for another request: use a fresh key for each.', 'idempotency-key-reused');
    if (begun === 'in_progress') throw inProgress();
    if ('replay' in begun) {
      response.status(begun.replay.status).setHeader('Idempotent-Replayed', 'true');
      // Interceptors of a module stand outside those of the app, so nobody else sees this body.
      setEtag(response, begun.replay.body);
      return of(begun.replay.body);
    }
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        await this.tell('abandon', store.abandon(begun.claim));
        throw error;
      }),
      mergeMap(async (body: unknown) => {
        await this.tell('finish', store.finish(begun.claim, { status: response.statusCode, body }));
        return body;
      }),
    );
  }

  /** What was done is done: that its answer could not be kept must not turn it into a failure. */
  private tell(what: string, told: Promise<void>): Promise<void> {
    return told.catch((error: unknown) => this.options.logger.error({ err: error }, `idempotency: could not ${what}`));
  }
}

/** What makes two requests the same: caller (an answer may hold what only its first reader may see), method, path with query, body. */
function fingerprintOf({ identity, method, originalUrl, body }: MaybeIdentified): string {
  const parts = [identity?.subject.type, identity?.subject.id, method, originalUrl, body as unknown];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function inProgress(): Problem {
  return new Problem({
    status: 409, slug: 'idempotency-key-in-progress', headers: { 'Retry-After': '2' },
    detail: 'The first request with this Idempotency-Key is still being worked on: ask again in a moment for its answer.',
  });
}
