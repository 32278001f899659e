/** Reading untidy JSON: nulls, numbers as strings, strings as numbers, empty texts, dates in many coats. Nothing here throws. */

export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = Object.freeze({});

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object; none when it is something else. */
export function fields(value: unknown): Fields {
  return isFields(value) ? value : NOTHING;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field that the object itself has, so that `__proto__` and `constructor` are names like any other. */
export function own(object: Fields, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

// No `u` flag: it makes this test, which every field goes through, several times slower.
const VISIBLE = /[^\s\u0000-\u001f\u007f-\u009f]/;

/** A text with something to see in it; numbers and booleans as text (0 too: ids can be falsy); undefined for all else. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return VISIBLE.test(value) ? value : undefined;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  return undefined;
}

/** The first text among several. */
export function firstText(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = text(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A text as it is compared with a table of words. */
export function word(value: unknown): string | undefined {
  return text(value)?.trim().toLowerCase();
}

/** The same with a blank for whatever joins its parts: `Re-Triggered` and `re_triggered` are `re triggered`. */
export function plainWord(value: unknown): string | undefined {
  return word(value)?.replace(/[\s_-]+/g, ' ');
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;
const EPOCH = /^\d{9,13}(?:\.\d+)?$/;
const YEAR_10000_MS = 253_402_300_800_000;

/**
 * A point in time as RFC 3339 UTC: from ISO 8601 (an offset without a colon too; no offset means UTC) or from seconds or
 * milliseconds since 1970. Undefined for anything else, and for Go's zero time.
 */
export function instant(value: unknown): string | undefined {
  const ms = milliseconds(value);
  return ms !== undefined && ms > 0 && ms < YEAR_10000_MS ? new Date(ms).toISOString() : undefined;
}

function milliseconds(value: unknown): number | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && EPOCH.test(value))) {
    const since = Number(value);
    return Number.isFinite(since) ? Math.floor(since < 1e11 ? since * 1000 : since) : undefined;
  }
  const match = typeof value === 'string' && value.length <= 64 ? ISO.exec(value.trim()) : null;
  if (match === null) return undefined;
  const [, date, time = '00:00:00', fraction = '0', zone = 'Z'] = match;
  const offset = zone.length === 1 || zone.toUpperCase() === 'UTC' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

const PLAIN_ADDRESS = /^[\x21-\x7e]+$/;

/** An http or https address that may stand behind a link (`https:` only, when that is asked for). */
export function address(value: unknown, protocols: readonly string[] = ['https:', 'http:']): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > 4096 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!protocols.includes(url.protocol)) return undefined;
  return PLAIN_ADDRESS.test(value) ? value : url.href;
}

/** Only what has something to say: tools send null, an empty text or an empty list for most things that do not apply; `unfilled` is what else says nothing. */
export function said(details: Fields, unfilled?: RegExp): Fields {
  const saysSomething = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.length > 0;
    if (isFields(value)) return Object.keys(value).length > 0;
    return text(value) !== undefined && unfilled?.test(String(value)) !== true;
  };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => saysSomething(value)));
}

/** The object or list that a text holds as JSON, for JSON inside a string; undefined when it holds none. */
export function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** An object, also one that stands as JSON in a text; undefined for all else. */
export function jsonFields(value: unknown): Fields | undefined {
  const parsed = jsonIn(value) ?? value;
  return isFields(parsed) ? parsed : undefined;
}

/** A list, also one that stands as JSON in a text; none when it is something else. */
export function jsonList(value: unknown): readonly unknown[] {
  const parsed = jsonIn(value) ?? value;
  return Array.isArray(parsed) ? parsed : [];
}

/** A text without the HTML that some tools put into their messages. */
export function withoutTags(html: string | undefined): string | undefined {
  // The ampersand last: what it then makes is a text, not a character to be read again.
  const plain = html?.replace(/<\/?[a-z][^<>]*>/gi, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
  return text(plain)?.replace(/\s+/g, ' ').trim();
}

/** The objects of a list; what is none of it has no fields. */
export function objects(value: unknown): readonly Fields[] {
  return Array.from(list(value), fields);
}
