import { MASK } from './config.js';

export type Redact = (text: string) => string;

/** Anything shorter would blot out ordinary words: a whole secret (which is then only hidden where it stands alone), a token in it, a part of an address. */
const SHORTEST = { secret: 4, token: 8, addressPart: 16 };

/**
 * Takes every secret out of a text, in each form in which a far side or a library may repeat it: as it is, in JSON, in a URL, in base64,
 * and by its parts (the token of `Bearer <token>`, the path of a webhook's address). An address keeps its origin, so that one still sees where it went.
 */
export function redactor(secrets: readonly string[]): Redact {
  const short = new Set(secrets.filter(({ length }) => length < SHORTEST.secret));
  const replacements = new Map<string, string>();
  for (const secret of secrets) {
    if (short.has(secret)) continue;
    for (const form of formsOf(secret)) replacements.set(form, URL.canParse(form) && isWeb(form) ? `${new URL(form).origin}/${MASK}` : MASK);
  }
  if (replacements.size === 0) return (text) => (short.has(text) ? MASK : text);
  const longestFirst = [...replacements.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'), 'g');
  return (text) => (short.has(text) ? MASK : text.replace(pattern, (found) => replacements.get(found) ?? MASK));
}

function formsOf(secret: string): Set<string> {
  const plain = [secret, ...partsOf(secret)];
  return new Set(plain.flatMap((text) => {
    const bytes = Buffer.from(text);
    // By way of bytes: half of a surrogate pair cannot be encoded. That must not fail here, for the message has been sent by now.
    return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(bytes.toString()), bytes.toString('base64')];
  }));
}

function partsOf(secret: string): string[] {
  const url = URL.canParse(secret) && isWeb(secret) ? new URL(secret) : undefined;
  if (url === undefined) return secret.split(/\s+/).filter(({ length }) => length >= SHORTEST.token);
  const whole = [url.href, `${url.pathname}${url.search}`].filter(({ length }) => length >= SHORTEST.token);
  return [...whole, ...[...url.pathname.split('/'), ...url.searchParams.values()].filter(({ length }) => length >= SHORTEST.addressPart)];
}

function isWeb(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
