import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { basicConstraints, commonName, der, dnsNames, oid, sequence, signedPem, time } from './der.js';

export interface CertificateWishes {
  readonly startsAt?: Date;
  readonly endsAt?: Date;
  readonly isAuthority?: boolean;
  readonly modulusLength?: number;
}

export interface CertifiedKey {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

const DAY_MS = 86_400_000;

/**
 * An RSA key and a self-signed X.509 v3 certificate (RFC 5280) for one DNS name, valid from
 * yesterday to tomorrow: Node can read certificates but makes none.
 */
export function certifiedKey(name: string, wishes: CertificateWishes = {}): CertifiedKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: wishes.modulusLength ?? 2048 });
  const now = Date.now();
  const subject = commonName(name);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    subject,
    sequence(time(wishes.startsAt ?? new Date(now - DAY_MS)), time(wishes.endsAt ?? new Date(now + DAY_MS))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(dnsNames(name), ...(wishes.isAuthority === true ? [basicConstraints(true)] : []))),
  );
  const certificate = signedPem(body, SHA256_WITH_RSA, sign('sha256', body, privateKey));
  return { privateKey, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate };
}

const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), der(0x05));
