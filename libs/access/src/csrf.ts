import { type CanActivate, type ExecutionContext, ForbiddenException, Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * The rule for browser sessions: a change needs `X-Requested-With: XMLHttpRequest`, which no form or link of another
 * site can send. Asks only about the header; whether the request is authenticated by a cookie is the caller's knowledge.
 */
export function passesCsrfRule(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return SAFE_METHODS.has(method ?? '') || String(headers['x-requested-with'] ?? '').toLowerCase() === 'xmlhttprequest';
}

/** Refuses (403) a change that comes with the session cookie and without the header. An `Authorization` header wins over cookies. */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(private readonly sessionCookie: string) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<IncomingMessage>();
    if (headers.authorization !== undefined || !hasCookie(headers.cookie, this.sessionCookie) || passesCsrfRule(method, headers)) return true;
    throw new ForbiddenException({
      slug: 'csrf', detail: 'A change in a browser session needs the header X-Requested-With: XMLHttpRequest.',
    });
  }
}

function hasCookie(header: string | undefined, name: string): boolean {
  return (header ?? '').split(';').some((pair) => pair.trimStart().startsWith(`${name}=`));
}
