import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { isRole, type Identity } from './authorisation.js';

/** The header in which the front door tells a service who asks. */
export const IDENTITY_HEADER = 'x-signalbox-identity';

const ISSUER = 'signalbox';
/** Clocks of two machines may differ by this much. */
const LEEWAY_SECONDS = 5;
const CACHE_SIZE = 2000;

export type IdentityTokenReason = 'malformed' | 'forged' | 'expired' | 'wrong_audience';

/** An identity token that does not hold. */
export class IdentityTokenError extends Error {
  override readonly name = 'IdentityTokenError';
  constructor(readonly reason: IdentityTokenReason) {
    super(`identity token: ${reason}`);
  }
}

/** A fresh Ed25519 pair for the front door (private) and the services (public), each in the form of an environment value. */
export function newIdentityKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })).toString('base64'),
    publicKey: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64'),
  };
}

/** The PEM within an environment value, which is its base64 (one line). The error never holds the value. */
export function pemFromEnv(value: string): string {
  const pem = Buffer.from(value, 'base64').toString('utf8');
  if (!pem.startsWith('-----BEGIN ')) throw new Error('an identity key must be the base64 of a PEM (base64 -w0 key.pem)');
  return pem;
}

/** Signs identities: the front door has the only one. */
export interface IdentitySigner {
  /** A token that only `audience` (a service's name) accepts, for `ttlSeconds` (30). */
  sign(identity: Identity, audience: string, ttlSeconds?: number): Promise<string>;
}

export interface IdentityVerifier {
  /** The identity within a token; throws `IdentityTokenError`. */
  verify(token: string, audience: string): Promise<Identity>;
}

export function createIdentitySigner(privateKeyPem: string): IdentitySigner {
  const key = createPrivateKey(privateKeyPem);
  const kid = keyIdOf(createPublicKey(key));
  return {
    sign(identity, audience, ttlSeconds = 30) {
      const nowSeconds = Math.floor(Date.now() / 1000);
      return new SignJWT({ identity: identity as unknown as Record<string, unknown> })
        .setProtectedHeader({ alg: 'EdDSA', kid })
        .setIssuer(ISSUER).setAudience(audience).setIssuedAt(nowSeconds).setExpirationTime(nowSeconds + ttlSeconds)
        .sign(key);
    },
  };
}

/**
 * Verifies identities with the front door's public key. The PEM may hold several keys one after the other (rotation).
 * A token seen before costs a look-up until it expires; at most 2,000 are remembered, the longest unused go first.
 */
export function createIdentityVerifier(publicKeyPem: string): IdentityVerifier {
  return new RememberingVerifier(publicKeyPem);
}

class RememberingVerifier implements IdentityVerifier {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly verified = new Map<string, { identity: Identity; expiresAtMs: number }>();

  constructor(publicKeyPem: string) {
    const blocks = publicKeyPem.match(/-----BEGIN PUBLIC KEY-----[\s\S]+?-----END PUBLIC KEY-----/g) ?? [];
    if (blocks.length === 0) throw new Error('the identity public key must be PEM (-----BEGIN PUBLIC KEY-----)');
    this.keys = new Map(blocks.map((pem) => createPublicKey(pem)).map((key) => [keyIdOf(key), key]));
  }

  async verify(token: string, audience: string): Promise<Identity> {
    const cacheKey = `${audience} ${token}`;
    const seen = this.verified.get(cacheKey);
    if (seen !== undefined) {
      this.verified.delete(cacheKey);
      if (seen.expiresAtMs <= Date.now()) throw new IdentityTokenError('expired');
      this.verified.set(cacheKey, seen);
      return seen.identity;
    }
    const entry = await this.check(token, audience);
    this.verified.set(cacheKey, entry);
    if (this.verified.size > CACHE_SIZE) this.verified.delete(this.verified.keys().next().value!);
    return entry.identity;
  }

  private async check(token: string, audience: string): Promise<{ identity: Identity; expiresAtMs: number }> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: ['EdDSA'], issuer: ISSUER, audience, clockTolerance: LEEWAY_SECONDS, requiredClaims: ['exp', 'identity'],
      });
      if (!isIdentity(payload['identity'])) throw new IdentityTokenError('malformed');
      return { identity: deepFreeze(payload['identity']), expiresAtMs: (payload.exp! + LEEWAY_SECONDS) * 1000 };
    } catch (error) {
      throw error instanceof IdentityTokenError ? error : new IdentityTokenError(reasonOf(error));
    }
  }

  private keyOf(keyId: string | undefined): KeyObject {
    const key = this.keys.get(keyId ?? '');
    if (key === undefined) throw new IdentityTokenError('forged');
    return key;
  }
}

function reasonOf(error: unknown): IdentityTokenReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'forged';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') return 'wrong_audience';
  return 'malformed';
}

/** The start of a hash of the public key: tells the keys of a rotation apart. */
function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64url').slice(0, 12);
}

function isIdentity(value: unknown): value is Identity {
  const { tenantId, subject, role, scopes } = (value ?? {}) as Partial<Identity>;
  return typeof tenantId === 'string' && isRole(role) && Array.isArray(scopes)
    && typeof subject?.id === 'string' && ['user', 'api_key', 'service'].includes(subject.type);
}

/** A cached identity is handed to many requests: none may change it. */
function deepFreeze(identity: Identity): Identity {
  Object.freeze(identity.subject);
  Object.freeze(identity.scopes);
  return Object.freeze(identity);
}
