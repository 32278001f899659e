import { MASK } from '@signalbox/access';

export type Redact = (text: string) => string;

/** Shorter texts would blot out ordinary words; they are hidden only where they stand alone. */
const SHORTEST = 4;
/** The word after `Bearer` is a secret of its own, if it is long enough to be one. */
const SHORTEST_TOKEN = 8;

/** Takes every secret out of a text, in each form in which a far side may repeat it: as it is, in JSON, in a URL, in base64, and its words. */
export function redactor(secrets: readonly string[]): Redact {
  const short = new Set(secrets.filter(({ length }) => length < SHORTEST));
  const forms = new Set(secrets.filter((secret) => !short.has(secret)).flatMap(formsOf));
  if (forms.size === 0) return (text) => (short.has(text) ? MASK : text);
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((form) => form.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'), 'g');
  return (text) => (short.has(text) ? MASK : text.replace(pattern, MASK));
}

function formsOf(secret: string): string[] {
  const plain = [secret, ...secret.split(/\s+/).filter(({ length }) => length >= SHORTEST_TOKEN)];
  return plain.flatMap((text) => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), Buffer.from(text).toString('base64')]);
}
