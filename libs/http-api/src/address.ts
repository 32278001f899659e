import ipaddr from 'ipaddr.js';
import type { IncomingMessage } from 'node:http';

/** The address that a request came from: the socket's, or behind `trustedProxies` proxies of ours the one that the outermost of them saw. */
export function addressOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>, trustedProxies: number): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',').map((one) => one.trim()).filter((one) => ipaddr.isValid(one));
  const path = [...forwarded, socket.remoteAddress ?? '0.0.0.0'];
  return ipaddr.process(path[Math.max(0, path.length - 1 - trustedProxies)]!).toString();
}
