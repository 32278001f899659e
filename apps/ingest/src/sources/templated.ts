import { isFields, text, type Fields } from './reading.js';

/**
 * A body whose field names its user chose, in a template of their own: `alertId`, `ALERT_ID`, `Alert Id` and `alert: {id}` are one name to it,
 * `alertid`. What the tool left empty (`null` as a text, `N/A`, a variable that it did not fill in) counts as not there.
 */
export interface Templated {
  /** What the first of the names that holds anything holds: a text, a list or an object. */
  value(...names: readonly string[]): unknown;
  /** The first text under the first of the names that holds one; of a list its first. */
  text(...names: readonly string[]): string | undefined;
  /** All texts under the first of the names that holds any: those of a list, or those between the commas of a text. */
  texts(...names: readonly string[]): readonly string[];
}

const NAMES_AT_MOST = 4000;

/**
 * Reads a body by name: its own fields, those of its objects (`alert: {id}` is `alertid`) down to `levels` objects deep, and those of the objects under
 * `containers` also by their own name. Where two fields have one name, the one that lies less deep wins, and then the first.
 */
export function templated(body: Fields, containers: readonly string[] = [], levels = 1): Templated {
  const known = new Map<string, unknown>();
  const add = (name: string, value: unknown): void => {
    if (!known.has(name) && known.size < NAMES_AT_MOST && isGiven(value)) known.set(name, value);
  };
  const objects = namedObjects('', body);
  for (const [name, value] of Object.entries(body)) add(plain(name), value);
  for (let level = objects, depth = 1; depth <= levels && level.length > 0; depth += 1) {
    for (const [name, object] of level) for (const [key, value] of Object.entries(object)) add(name + plain(key), value);
    level = level.flatMap(([name, object]) => namedObjects(name, object));
  }
  for (const [name, object] of objects) if (containers.includes(name)) for (const [key, value] of Object.entries(object)) add(plain(key), value);
  return {
    value: (...names) => first(names, (name) => known.get(name)),
    text: (...names) => first(names, (name) => listed(known.get(name))[0]),
    texts: (...names) => first(names, (name) => several(known.get(name))) ?? [],
  };
}

function namedObjects(prefix: string, object: Fields): (readonly [name: string, object: Fields])[] {
  return Object.entries(object).flatMap(([name, value]) => (isFields(value) ? [[prefix + plain(name), value] as const] : []));
}

/** A word as it is compared with a table: lower case, and a blank for whatever joins its parts (`Re-Triggered` and `re_triggered` are `re triggered`). */
export function plainWord(value: string | undefined): string | undefined {
  return value?.trim().toLowerCase().replace(/[\s_-]+/g, ' ');
}

/** Only what was given: without what the tool left empty, and without empty lists and objects. */
export function given(details: Fields): Fields {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => isGiven(value) && !(typeof value === 'object' && Object.keys(value as object).length === 0)));
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const NOTHING = new Set(['null', 'undefined', 'n/a']);
// `$ALERT_ID`, `${latestEvent.node.id}`, `{ProblemID}`, `{{alert.id}}`, and what Mustache makes of an object.
const UNFILLED = /^(?:\$[A-Z][A-Z0-9_]*(?:\[[^\]]*\])?|\$!?\{[^{}]*\}|\{{1,3}[^{}"]*\}{1,3}|\[object Object\])$/;

function isGiven(value: unknown): boolean {
  if (typeof value === 'object') return value !== null;
  const said = text(value)?.trim();
  return said !== undefined && !NOTHING.has(said.toLowerCase()) && !UNFILLED.test(said);
}

function listed(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter(isGiven).flatMap((one) => text(one)?.trim() ?? []);
}

/** The texts of a list, or between the commas of a text; undefined when there are none. */
function several(value: unknown): readonly string[] | undefined {
  const found = listed(value);
  const parts = Array.isArray(value) ? found : found.flatMap((one) => one.split(',')).map((part) => part.trim()).filter((part) => part !== '');
  return parts.length > 0 ? parts : undefined;
}

function first<T>(names: readonly string[], read: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = read(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
