import { OutboundError, type Outbound } from '@signalbox/outbound';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { CertificateFacts, Peer, Seen } from '../domain/certificate.js';

export interface LookTarget { readonly host: string; readonly port: number; readonly serverName: string | null }

/** Makes one handshake and tells what the server showed, whatever is wrong with it. Never throws. */
export type CertificateLook = (target: LookTarget) => Promise<Seen>;

const MOST_NAMES = 100;
const MOST_ISSUERS = 10;
const NAME_LENGTH = 512;
/** What Node says of a name that does not fit, in the place of a fault of the chain. */
const NAME_FAULT = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** `ca`: PEM certificates to trust in the place of the usual. `timeoutMs`: for name resolution, TCP and TLS together. */
export function createCertificateLook(outbound: Pick<Outbound, 'connectGuarded'>, options: { timeoutMs: number; ca?: string }): CertificateLook {
  return async ({ host, port, serverName }) => {
    const name = serverName ?? host;
    let socket: Socket | undefined;
    try {
      // Everything is let through and judged afterwards: a monitor has to see what is wrong.
      socket = await outbound.connectGuarded(host, port, {
        timeoutMs: options.timeoutMs,
        tls: { rejectUnauthorized: false, ...(isIP(name) === 0 ? { servername: name } : {}), ...(options.ca === undefined ? {} : { ca: options.ca }) },
      });
      socket.on('error', () => undefined);
      return { kind: 'peer', peer: peerOf(socket as TLSSocket, name) };
    } catch (error) {
      return nothingSeen(error, host);
    } finally {
      socket?.destroy();
    }
  };
}

function nothingSeen(error: unknown, host: string): Seen {
  if (!(error instanceof OutboundError)) return { kind: 'nothing', code: 'handshake', message: `The certificate of ${host} cannot be read.` };
  const code = error.code === 'blocked_address' ? 'blocked_address' : error.code === 'tls' ? 'handshake' : 'unreachable';
  return { kind: 'nothing', code, message: `${error.message.replace(/\.$/, '')}.` };
}

function peerOf(socket: TLSSocket, name: string): Peer {
  const certificate = socket.getPeerCertificate(true);
  const nameFault = checkServerIdentity(name, certificate);
  // Node gives the code of what it found, a text, though its types say Error.
  const chainFault = socket.authorizationError as unknown as string | null | undefined;
  return {
    leaf: factsOf(certificate), chain: issuersOf(certificate),
    subjectAltNames: namesOf(certificate.subjectaltname ?? ''), protocol: socket.getProtocol() ?? 'unknown',
    ...(nameFault === undefined ? {} : { nameFault: `The certificate is not for ${name}.` }),
    ...(chainFault === null || chainFault === undefined || chainFault === NAME_FAULT ? {} : { chainFault }),
  };
}

/** A chain that ends in a self-signed certificate names that as its own issuer. */
function issuersOf(certificate: DetailedPeerCertificate): CertificateFacts[] {
  const issuers: CertificateFacts[] = [];
  const isTop = (one: DetailedPeerCertificate): boolean => one.issuerCertificate === undefined || one.issuerCertificate === one;
  for (let one = certificate; !isTop(one) && issuers.length < MOST_ISSUERS; one = one.issuerCertificate) {
    issuers.push(factsOf(one.issuerCertificate));
  }
  return issuers;
}

function factsOf({ subject, issuer, serialNumber, fingerprint256, valid_from: from, valid_to: to }: DetailedPeerCertificate): CertificateFacts {
  return {
    subject: nameOf(subject), issuer: nameOf(issuer), serialNumber, fingerprint: fingerprint256,
    validFrom: new Date(from).toISOString(), validTo: new Date(to).toISOString(),
  };
}

/** `CN=shop.example.com, O=Example`. */
function nameOf(parts: object): string {
  return Object.entries(parts).flatMap(([key, value]) => [value].flat().map((one) => `${key}=${String(one)}`)).reverse().join(', ').slice(0, NAME_LENGTH);
}

/** `DNS:a.example, IP Address:192.0.2.1` as a list; a name with a comma in it is quoted. */
function namesOf(text: string): string[] {
  return [...text.matchAll(/(?:DNS|IP Address|URI|email):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name]) => name!.slice(0, NAME_LENGTH)).slice(0, MOST_NAMES);
}
