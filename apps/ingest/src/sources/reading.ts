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

/** Only what has something to say: tools send null, an empty text or an empty list for most things that do not apply. */
export function said(details: Fields): Fields {
  return Object.fromEntries(Object.entries(details).filter(([, value]) =>
    Array.isArray(value) ? value.length > 0 : isFields(value) ? Object.keys(value).length > 0 : text(value) !== undefined));
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

/** Values by bare name: lower case, letters and digits only. */
export type BareFields = ReadonlyMap<string, unknown>;

const BARE_DEPTH = 3;
const BARE_LIMIT = 1000;

/**
 * What a body says, whatever its template's author called it: `monitor_id`, `monitorID`, `MONITOR.ID` and `{"monitor": {"id": …}}` are all `monitorid`.
 * Of several the first that says something counts, an object's own fields before those of the objects in it, and of objects listed first the earlier one.
 * A text that `unfilled` matches (a template's variable that the sender left as it is) says nothing. Three levels deep, and a thousand names: no tool sends more.
 */
export function bareFields(objects: readonly unknown[], unfilled?: RegExp): BareFields {
  const found = new Map<string, unknown>();
  const collect = (object: Fields, prefix: string, depth: number): void => {
    const inner: [Fields, string][] = [];
    for (const [name, value] of Object.entries(object)) {
      if (found.size >= BARE_LIMIT) return;
      const bare = prefix + name.slice(0, 255).toLowerCase().replace(/[^a-z0-9]/g, '');
      if (isFields(value)) inner.push([value, bare]);
      else if (!found.has(bare) && (list(value).length > 0 || (text(value) !== undefined && unfilled?.test(String(value).slice(0, 1024)) !== true))) found.set(bare, value);
    }
    if (depth < BARE_DEPTH) for (const [value, bare] of inner) collect(value, bare, depth + 1);
  };
  for (const object of objects) collect(fields(object), '', 1);
  return found;
}

/** The first text under any of these bare names, without space around it. */
export function bareText(found: BareFields, ...names: readonly string[]): string | undefined {
  return firstText(...names.map((name) => found.get(name)))?.trim();
}

/** An object, also one that stands as JSON in a text; undefined for all else. */
export function jsonFields(value: unknown): Fields | undefined {
  const parsed = jsonValue(value);
  return isFields(parsed) ? parsed : undefined;
}

/** A list, also one that stands as JSON in a text; none when it is something else. */
export function jsonList(value: unknown): readonly unknown[] {
  const parsed = jsonValue(value);
  return Array.isArray(parsed) ? parsed : [];
}

function jsonValue(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** A text without the HTML that some tools put into their messages. */
export function withoutTags(html: string | undefined): string | undefined {
  return text(html?.replace(/<\/?[a-z][^<>]*>/gi, ' ').replace(/&nbsp;/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&'))?.replace(/\s+/g, ' ').trim();
}

/** What the first of the words that a table knows means there; undefined when it knows none. Any case, trimmed. */
export function firstMeaning<T>(table: Readonly<Record<string, T>>, words: readonly unknown[]): T | undefined {
  for (const one of words) {
    const key = word(one);
    if (key !== undefined && Object.hasOwn(table, key)) return table[key];
  }
  return undefined;
}

/** The objects of a list; what is none of it has no fields. */
export function objects(value: unknown): readonly Fields[] {
  return Array.from(list(value), fields);
}
