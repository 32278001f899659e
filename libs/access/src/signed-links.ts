import { createHmac, timingSafeEqual } from 'node:crypto';

export type TokenVerdict<T> = { readonly ok: true; readonly payload: T } | { readonly ok: false; readonly reason: 'malformed' | 'forged' | 'expired' };

/** 128 bits of an HMAC-SHA256: nobody guesses them, and the link stays short enough for a text message. */
const TAG_BYTES = 16;

/**
 * A token for a link, url-safe: the payload (anything JSON; readable by who holds the link) and its last second, signed.
 * `key`: 32 bytes, `deriveKey(masterKey, 'links/…')`. Opens with `verifyToken` until `expiresAt`.
 */
export function signToken(payload: unknown, key: Buffer, expiresAt: Date): string {
  const body = Buffer.from(JSON.stringify([Math.floor(expiresAt.getTime() / 1000), payload])).toString('base64url');
  return `${body}.${tagOf(body, key).toString('base64url')}`;
}

/** Verifies what `signToken` made; several keys are tried, so that a key can be rotated. The payload is as it was signed. */
export function verifyToken<T = unknown>(token: string, keys: Buffer | readonly Buffer[], now: Date = new Date()): TokenVerdict<T> {
  const [body, tagText, ...rest] = token.split('.');
  const tag = Buffer.from(tagText ?? '', 'base64url');
  if (!body || tag.length !== TAG_BYTES || rest.length > 0) return { ok: false, reason: 'malformed' };
  const candidates = Buffer.isBuffer(keys) ? [keys] : keys;
  if (!candidates.some((key) => timingSafeEqual(tagOf(body, key), tag))) return { ok: false, reason: 'forged' };
  const [expiresAtSeconds, payload] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [number, T];
  return now.getTime() < expiresAtSeconds * 1000 ? { ok: true, payload } : { ok: false, reason: 'expired' };
}

function tagOf(body: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, TAG_BYTES);
}
