import type { IncomingHttpHeaders } from 'node:http';
import { SESSION_SECONDS } from '../store/session-store.js';

export const SESSION_COOKIE = 'signalbox_session';

/** The session's token in a request's cookies. */
export function sessionToken(headers: IncomingHttpHeaders): string | undefined {
  const pair = headers.cookie?.split(';').map((one) => one.trim()).find((one) => one.startsWith(`${SESSION_COOKIE}=`));
  const token = pair?.slice(SESSION_COOKIE.length + 1);
  return token === undefined || !/^[A-Za-z0-9_-]{43}$/.test(token) ? undefined : token;
}

/** The `Set-Cookie` that keeps a token in the browser (no token: that forgets it). No script can read it, no other site's form sends it. */
export function sessionCookie(token: string | undefined, secure: boolean): string {
  const age = token === undefined ? 0 : SESSION_SECONDS;
  return `${SESSION_COOKIE}=${token ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
