import type { Target } from './contract.js';

/** The address that a URL makes us connect to. */
export function webTarget(address: string): Target {
  const url = new URL(address);
  const scheme = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? { http: 80, https: 443 }[scheme] : Number(url.port), scheme };
}
