import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { domainToASCII } from 'node:url';
import { addressVerdict, type AddressPolicy } from './address-policy.js';
import { BlockedAddressError } from './blocked-address-error.js';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name, in the order in which to try them. Rejects as `dns.lookup` does. */
export type Lookup = (host: string) => Promise<readonly ResolvedAddress[]>;

const LOCAL_NAME = /(^|\.)localhost$|^localhost\.localdomain$|^ip6-(localhost|loopback)$/;
/** Names that clouds resolve to their metadata service. */
const METADATA_NAME = /^(metadata(\.google\.internal|\.goog)?|instance-data(\..*)?)$/;

/** Decides for one policy which hosts may be connected to. Every connection of this library asks it, at every connect. */
export class AddressGuard {
  private readonly lookups = new Map<string, Promise<readonly ResolvedAddress[]>>();

  constructor(
    private readonly policy: AddressPolicy,
    private readonly lookup: Lookup = (host) => systemLookup(host, { all: true, verbatim: true }),
  ) {}

  /**
   * The host in its canonical form (`0x7f.1` is 127.0.0.1, full-width letters are ASCII), if it may be connected to as far as
   * that shows without DNS. Node never calls `lookup` for a literal, so literals must be judged here. Throws BlockedAddressError.
   */
  check(host: string): string {
    const name = canonical(host);
    if (isIP(name) !== 0) {
      this.judge(name, name);
      return name;
    }
    const bare = name.replace(/\.$/, '');
    if (METADATA_NAME.test(bare)) throw new BlockedAddressError('local_name', `${bare} is a cloud metadata service. Signalbox never connects to it.`);
    if (LOCAL_NAME.test(bare)) {
      const loopback = ['127.0.0.1', '::1'].filter((ip) => addressVerdict(ip, this.policy).allowed);
      if (loopback.length === 0) {
        throw new BlockedAddressError(
          'local_name',
          `${bare} is this server itself. If it should be reachable, ask the operator to add 127.0.0.1/32 and ::1/128 to OUTBOUND_ALLOW_CIDRS, `
            + 'or set OUTBOUND_ALLOW_PRIVATE=true.',
        );
      }
    }
    return name;
  }

  /** The addresses of a host, every one of them judged: one that is blocked blocks the host. */
  async resolve(host: string): Promise<readonly ResolvedAddress[]> {
    const name = this.check(host);
    const family = isIP(name);
    const addresses = family !== 0 ? [{ address: name, family }] : await this.lookupOnce(name);
    if (addresses.length === 0) throw Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
    for (const { address } of addresses) this.judge(name, address);
    return addresses;
  }

  /** For `net.connect`: the socket connects to what this returns, so nothing can change between check and connect. */
  readonly nodeLookup: LookupFunction = (host, options, callback) => {
    this.resolve(host).then(
      (all) => {
        const wanted = options.family === 4 || options.family === 6 ? all.filter(({ family }) => family === options.family) : all;
        const [first] = wanted;
        if (first === undefined) callback(Object.assign(new Error(`${host} has no IPv${options.family} address`), { code: 'ENOTFOUND' }), []);
        else if (options.all === true) callback(null, [...wanted]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  private judge(host: string, address: string): void {
    const verdict = addressVerdict(address, this.policy);
    if (!verdict.allowed) throw BlockedAddressError.of(host, address, verdict);
  }

  /** One question at a time per name: Node answers DNS on four threads, and one dead name must not take them all. */
  private lookupOnce(name: string): Promise<readonly ResolvedAddress[]> {
    const asked = this.lookups.get(name);
    if (asked !== undefined) return asked;
    const answer = this.lookup(name).finally(() => this.lookups.delete(name));
    this.lookups.set(name, answer);
    return answer;
  }
}

/** As the URL standard reads a host, so that checking and connecting cannot differ. Throws on what is no host (a socket path, say). */
function canonical(host: string): string {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (isIP(bare) !== 0) return bare;
  const name = /[\s/\\?#@:%<>^|]/.test(bare) ? '' : domainToASCII(bare);
  if (name === '') throw new BlockedAddressError('malformed', 'This is no host: enter a name such as broker.example.com, or an IP address.');
  return name;
}
