import type { AddressVerdict } from './address-policy.js';

/** Why a URL or host is refused before anything is sent. */
export type BlockedReason = 'malformed' | 'scheme' | 'userinfo' | 'local_name' | 'address';

/** A user's URL or host that we do not connect to. The message tells the user what to do; it never repeats the URL. */
export class BlockedAddressError extends Error {
  override readonly name = 'BlockedAddressError';

  constructor(
    readonly reason: BlockedReason,
    message: string,
  ) {
    super(message);
  }

  /**
   * For a host that is, or resolves to, an address that the policy does not allow. What a name resolves to is not told: whoever may enter a URL
   * would learn the addresses of our network from it.
   */
  static of(host: string, address: string, verdict: Extract<AddressVerdict, { allowed: false }>): BlockedAddressError {
    const what = host === address ? `${address} is not a public address` : `${host} does not resolve to a public address`;
    return new BlockedAddressError('address', `${what} (${verdict.range}). ${remedy(host === address ? address : undefined, verdict.opener)}`);
  }
}

function remedy(address: string | undefined, opener: 'private_or_cidr' | 'cidr' | 'none'): string {
  if (opener === 'none') return 'Signalbox never connects to it.';
  const plain = address?.replace(/%.*$/, '');
  const cidr = `add ${plain === undefined ? 'its network' : `${plain}/${plain.includes(':') ? 128 : 32}`} to OUTBOUND_ALLOW_CIDRS`;
  const all = opener === 'private_or_cidr' ? ', or set OUTBOUND_ALLOW_PRIVATE=true to allow every private and loopback address' : '';
  return `If it should be reachable, ask the operator to ${cidr}${all}.`;
}
