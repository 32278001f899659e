import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { basicConstraints, commonName, der, dnsNames, oid, sequence, signedPem, time } from './der.js';

/** A certificate and its key, as `node:tls` takes them. `chain` is the certificate with those of its issuers behind it. */
export interface Identity { readonly cert: string; readonly key: string; readonly chain: string }

export interface CertificateOptions {
  /** The DNS name that it is for; also its common name. */
  readonly name: string;
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Without one it is signed by itself. */
  readonly issuer?: Authority;
}

/** One that signs others. */
export interface Authority extends Identity { readonly name: string; readonly privateKey: KeyObject; readonly isRoot: boolean }

const DAY_MS = 86_400_000;
let serial = 0;

/**
 * A certificate for one DNS name (X.509 v3, RFC 5280), valid since yesterday and for 90 days
 * unless told otherwise: Node can read certificates but makes none.
 */
export function newCertificate(options: CertificateOptions): Identity {
  return make(options, false);
}

export function newAuthority(options: CertificateOptions): Authority {
  return make(options, true);
}

function make(
  { name, validFrom = new Date(Date.now() - DAY_MS), validTo = new Date(Date.now() + 90 * DAY_MS), issuer }: CertificateOptions,
  isAuthority: boolean,
): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, Buffer.from([1, ...Buffer.from(String(serial += 1))])),
    ECDSA_WITH_SHA256, commonName(issuer?.name ?? name),
    sequence(time(validFrom), time(validTo)), commonName(name), publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(basicConstraints(isAuthority), dnsNames(name))),
  );
  const cert = signedPem(body, ECDSA_WITH_SHA256, sign('sha256', body, issuer?.privateKey ?? privateKey));
  // A root is known to whoever trusts it, so a server does not send it.
  const chain = cert + (issuer === undefined || issuer.isRoot ? '' : issuer.chain);
  return { cert, chain, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), name, privateKey, isRoot: issuer === undefined };
}

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
