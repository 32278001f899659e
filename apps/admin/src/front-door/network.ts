import ipaddr from 'ipaddr.js';

/** What attempts of an address are counted by: a whole /64 of IPv6, as one customer has all of it. */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  return parsed instanceof ipaddr.IPv6 ? `${parsed.parts.slice(0, 4).map((part) => part.toString(16)).join(':')}::/64` : address;
}
