import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

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

/** An RSA key and a self-signed X.509 v3 certificate (RFC 5280) for one DNS name, valid from yesterday to tomorrow: Node can read certificates but makes none. */
export function certifiedKey(name: string, wishes: CertificateWishes = {}): CertifiedKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: wishes.modulusLength ?? 2048 });
  const now = Date.now();
  const subject = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
  const altName = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(name)))));
  const authority = sequence(oid('551d13'), der(0x04, sequence(der(0x01, Buffer.from([0xff])))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    subject,
    sequence(time(wishes.startsAt ?? new Date(now - DAY_MS)), time(wishes.endsAt ?? new Date(now + DAY_MS))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(altName, ...(wishes.isAuthority === true ? [authority] : []))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, SHA256_WITH_RSA, signature).toString('base64').replace(/.{64}/g, '$&\n');
  return { privateKey, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n` };
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(at: Date): Buffer {
  return der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));
}

const SHA256_WITH_RSA = sequence(oid('2a864886f70d01010b'), der(0x05));
