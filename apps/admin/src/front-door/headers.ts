import { IDENTITY_HEADER } from '@signalbox/access';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Of one connection, not of the message (RFC 9110, 7.6.1); `expect` is answered by our own server. */
const HOP_BY_HOP = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization',
  'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect',
]);
/** Credentials stay at the door, and nobody but us tells a service who asks. */
const OURS = new Set(['host', 'cookie', 'authorization', 'x-tenant-id', 'x-forwarded-for', IDENTITY_HEADER]);

/** The headers that go on to a service, with who asks (of whom a token speaks that the service judges, nothing). */
export function headersToService(
  headers: IncomingHttpHeaders,
  added: { identityToken?: string; requestId: string | undefined; address?: string | undefined },
): OutgoingHttpHeaders {
  return {
    ...without(headers, OURS),
    // A body of unknown length stays one.
    ...(headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    ...(added.identityToken === undefined ? {} : { [IDENTITY_HEADER]: added.identityToken }),
    'x-forwarded-for': added.address ?? '',
    ...(added.requestId === undefined ? {} : { 'x-request-id': added.requestId }),
  };
}

/** The headers of a service's answer that go on to the client. A service has no cookies to set here. */
export function headersToClient(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return without(headers, new Set(['set-cookie']));
}

function without(headers: IncomingHttpHeaders, names: ReadonlySet<string>): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !names.has(name) && !named.has(name)));
}
