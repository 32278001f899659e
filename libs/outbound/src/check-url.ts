import { AddressGuard, type Lookup, type ResolvedAddress } from './address-guard.js';
import type { AddressPolicy } from './address-policy.js';
import { BlockedAddressError } from './blocked-address-error.js';

/**
 * Checks a URL that a user saves: http(s), without user name and password, and not at a blocked address or local name.
 * Returns it normalised. Needs no network: what its name resolves to is judged by `checkTarget` and at every connect.
 * Throws BlockedAddressError with a sentence for the user.
 */
export function checkUrl(text: string, policy: AddressPolicy, options: { httpsOnly?: boolean } = {}): URL {
  const url = parseUrl(text);
  if (options.httpsOnly === true && url.protocol !== 'https:') throw new BlockedAddressError('scheme', 'The URL must start with https://.');
  new AddressGuard(policy).check(url.hostname);
  return url;
}

/**
 * Checks a host and port that a user saves or tests: resolves the name and refuses when any of its addresses is blocked.
 * Returns the addresses. Throws BlockedAddressError, or the error of the lookup when the name does not resolve.
 */
export async function checkTarget(host: string, port: number, policy: AddressPolicy, lookup?: Lookup): Promise<readonly ResolvedAddress[]> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new BlockedAddressError('malformed', 'The port must be between 1 and 65535.');
  return new AddressGuard(policy, lookup).resolve(host);
}

/** An absolute http(s) URL without credentials in it. Throws BlockedAddressError, which never holds the text: it can be a secret. */
export function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new BlockedAddressError('malformed', 'This is no URL: enter it in full, such as https://example.com/hook.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new BlockedAddressError('scheme', 'The URL must start with https:// or http://.');
  if (url.username !== '' || url.password !== '') {
    throw new BlockedAddressError('userinfo', 'Take the user name and password out of the URL and enter them as credentials or as an Authorization header.');
  }
  return url;
}
