import { createHmac } from 'node:crypto';

const STANDARD_PREFIX = 'whsec_';

/** The `webhook-signature` header of Standard Webhooks: one `v1` signature per key, so that a receiver may hold the old or the new one. */
export function standardSignature(keys: readonly Buffer[], id: string, timestampSeconds: number, body: string): string {
  return keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`).join(' ');
}

/** `sha256=<hex>`: HMAC-SHA256 over the body alone, keyed with the secret's text as it stands. */
export function bodySignature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A `whsec_` secret carries its key in base64; any other secret is its own key. */
export function standardKey(secret: string): Buffer {
  return secret.startsWith(STANDARD_PREFIX) ? Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64') : Buffer.from(secret);
}

/** Whether a secret can be signed with: after `whsec_` there must be base64. */
export function isUsableSecret(secret: string): boolean {
  return !secret.startsWith(STANDARD_PREFIX) || /^[A-Za-z0-9+/]{2,}={0,2}$/.test(secret.slice(STANDARD_PREFIX.length));
}
