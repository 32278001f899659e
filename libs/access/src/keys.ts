import { hkdfSync } from 'node:crypto';

/** A master key that is no base64 of 32 bytes. The text never holds the key. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

/**
 * The key of one purpose (a service's sealed secrets, the signed links), derived from a master key by HKDF-SHA256,
 * so that a leak of one purpose's key opens nothing else. In: base64 of 32 bytes. Out: 32 bytes.
 */
export function deriveKey(masterKey: string, purpose: string): Buffer {
  const master = Buffer.from(masterKey, 'base64');
  if (master.length !== 32) {
    throw new MasterKeyError('a master key must be 32 random bytes in base64; make one with: openssl rand -base64 32');
  }
  return Buffer.from(hkdfSync('sha256', master, 'signalbox', purpose, 32));
}
