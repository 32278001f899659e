import { createHash, randomBytes, randomInt } from 'node:crypto';

const API_KEY_START = 'sk_live_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const API_KEY = /^sk_live_[0-9A-Za-z]{40}$/;
const INTEGRATION_KEY = /^[0-9a-f]{32}$/;

/** A fresh API key (238 random bits), the hash that is stored, and the prefix by which people recognise it in a list. */
export function newApiKey(): { key: string; hash: string; prefix: string } {
  const key = API_KEY_START + Array.from({ length: 40 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return { key, hash: hashKey(key), prefix: key.slice(0, API_KEY_START.length + 4) };
}

/**
 * The form in which an API key or an integration key is stored, looked up and put into the directory (SHA-256, hex):
 * never the key itself. A plain hash is enough: the key is random and long, so there is nothing to guess.
 */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Whether a text has the form of an API key; saves a look-up for everything else. */
export function isApiKey(text: string): boolean {
  return API_KEY.test(text);
}

/** A fresh integration key: 32 hex characters (128 random bits). */
export function newIntegrationKey(): string {
  return randomBytes(16).toString('hex');
}

export function isIntegrationKey(text: string): boolean {
  return INTEGRATION_KEY.test(text);
}
