import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from 'jose';
import type { Headers, Proof, ProofVerdict } from '../contract.js';
import { fields, isFields, jsonIn, list, text, word } from '../reading.js';
import type { GoogleCloudConfig } from './config.js';

/** accounts.google.com/.well-known/openid-configuration. */
export const GOOGLE_KEYS = 'https://www.googleapis.com/oauth2/v3/certs';
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const CLOCK_TOLERANCE_SECONDS = 60;

/**
 * The OpenID Connect token of an authenticated push: cloud.google.com, Pub/Sub, "Authentication for push subscriptions". Anybody can have Google sign a
 * token for any audience, but only for his own service account: the e-mail is what tells the sender.
 */
export const pushToken: Proof<GoogleCloudConfig | undefined> = {
  async check({ headers, config, now }, get): Promise<ProofVerdict> {
    const token = bearer(headers);
    if (token === undefined) return 'missing';
    const keys = createLocalJWKSet(keySet(await get(GOOGLE_KEYS)));
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: ISSUERS, algorithms: ['RS256'], currentDate: now, clockTolerance: CLOCK_TOLERANCE_SECONDS, requiredClaims: ['exp', 'aud'],
        ...(config?.audience !== undefined && { audience: config.audience }),
      });
      const isSender = config?.serviceAccountEmail === undefined
        || (payload.email_verified === true && word(payload.email) === config.serviceAccountEmail.trim().toLowerCase());
      return isSender ? 'valid' : 'invalid';
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return 'invalid';
      throw error;
    }
  },
  required: (config) => config?.audience !== undefined || config?.serviceAccountEmail !== undefined,
  identifies: (config) => config?.audience !== undefined && config.serviceAccountEmail !== undefined,
};

function bearer(headers: Headers): string | undefined {
  return /^Bearer\s+(eyJ[\w-]*\.[\w-]+\.[\w-]+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** Throws when it is none: then Google's answer cannot be what it published, and the sender comes again. */
function keySet(published: string): JSONWebKeySet {
  const found = jsonIn(published);
  const keys = list(fields(found).keys).filter(isFields).filter((key) => text(key.kty) !== undefined);
  if (keys.length === 0) throw new Error("Google's answer holds no keys");
  return { keys } as unknown as JSONWebKeySet;
}
