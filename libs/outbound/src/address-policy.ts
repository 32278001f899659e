import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which addresses beyond the public internet users may send to. */
export interface AddressPolicy {
  /** Opens RFC 1918, unique-local and loopback addresses, all of them. */
  readonly allowPrivate: boolean;
  /** Opens exactly these networks, whatever they are (cloud metadata services excepted). */
  readonly allowCidrs: readonly string[];
}

export const PUBLIC_ONLY: AddressPolicy = { allowPrivate: false, allowCidrs: [] };

/** Whether we may connect to an address; if not, what it is and which setting would open it. */
export type AddressVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly range: string; readonly opener: 'private_or_cidr' | 'cidr' | 'none' };

type Ip = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Ip, number];

const PRIVATE_RANGES = new Set(['private', 'uniqueLocal', 'loopback']);

/**
 * Addresses at which clouds hand out credentials to whoever asks: AWS (also ECS and EKS), GCP, Azure and most others;
 * Alibaba; Oracle; Azure's wire server; AWS and GCP over IPv6. No setting opens them.
 */
const METADATA = [
  '169.254.169.0/24', '169.254.170.0/24', '100.100.100.200/32', '192.0.0.192/32', '168.63.129.16/32', 'fd00:ec2::/32', 'fd20:ce::254/128',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** The only part of IPv6 that is routed on the internet (RFC 4291 2.4); what lies outside of it is special, now or later. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * The policy of the settings OUTBOUND_ALLOW_PRIVATE (`true` or `false`) and OUTBOUND_ALLOW_CIDRS (comma-separated networks).
 * Throws a RangeError that names the setting and the faulty part: a typing error must not open or close anything by chance.
 */
export function addressPolicy(settings: { allowPrivate?: string | undefined; allowCidrs?: string | undefined }): AddressPolicy {
  const allowPrivate = settings.allowPrivate?.trim() || 'false';
  if (allowPrivate !== 'true' && allowPrivate !== 'false') {
    throw new RangeError(`OUTBOUND_ALLOW_PRIVATE is ${JSON.stringify(allowPrivate)}: write true or false`);
  }
  const allowCidrs = (settings.allowCidrs ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  allowCidrs.forEach(network);
  return { allowPrivate: allowPrivate === 'true', allowCidrs };
}

/** Judges one address in its usual textual form. What is no address is not allowed. */
export function addressVerdict(ip: string, policy: AddressPolicy): AddressVerdict {
  if (isIP(ip) === 0 || !ipaddr.isValid(ip)) return { allowed: false, range: 'malformed', opener: 'none' };
  const written = ipaddr.parse(ip.replace(/^::(?=\d+\.)/, '0::')); // ipaddr.js takes ::1.2.3.4 for ::ffff:1.2.3.4
  const meant = embeddedIPv4(written) ?? written;
  if (METADATA.some((cidr) => contains(cidr, meant))) return { allowed: false, range: 'cloud metadata', opener: 'none' };
  if (policy.allowCidrs.map(network).some((cidr) => contains(cidr, meant) || contains(cidr, written))) return { allowed: true };
  const range = rangeOf(meant);
  if (range === 'unicast') return { allowed: true };
  const isPrivate = PRIVATE_RANGES.has(range);
  if (isPrivate && policy.allowPrivate) return { allowed: true };
  return { allowed: false, range: words(range), opener: isPrivate ? 'private_or_cidr' : 'cidr' };
}

/**
 * The IPv4 address that packets to an IPv6 address end up at: v4-mapped (RFC 4291 2.5.5.2) and NAT64 with the well-known
 * prefix (RFC 6052) or the first /96 of the local one (RFC 8215). Elsewhere in 64:ff9b:1::/48 the position is the network's own
 * business, so it cannot be judged and stays a special range.
 */
function embeddedIPv4(ip: Ip): ipaddr.IPv4 | undefined {
  if (!(ip instanceof ipaddr.IPv6)) return undefined;
  const range = ip.range();
  if (range === 'ipv4Mapped') return ip.toIPv4Address();
  if (range !== 'rfc6052' || ip.parts.slice(3, 6).some((part) => part !== 0)) return undefined;
  return new ipaddr.IPv4(ip.toByteArray().slice(12));
}

function rangeOf(ip: Ip): string {
  const range = ip.range();
  return range === 'unicast' && ip instanceof ipaddr.IPv6 && !ip.match(GLOBAL_UNICAST) ? 'reserved' : range;
}

function contains([base, bits]: Network, ip: Ip): boolean {
  return base.kind() === ip.kind() && ip.match(base, bits);
}

/** Strict, since ipaddr.js also takes `10/8` (which is 0.0.0.10/8) and octal. */
function network(cidr: string): Network {
  const base = cidr.slice(0, cidr.indexOf('/'));
  if (isIP(base) === 0 || !ipaddr.isValidCIDR(cidr)) {
    throw new RangeError(`OUTBOUND_ALLOW_CIDRS holds ${JSON.stringify(cidr)}: write networks such as 10.1.2.0/24 or 10.1.2.3/32, separated by commas`);
  }
  return ipaddr.parseCIDR(cidr);
}

/** `carrierGradeNat` → `carrier grade nat`; RFC numbers stay readable. */
function words(range: string): string {
  return range.startsWith('rfc') ? 'translated' : range.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
