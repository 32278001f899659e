import { fields, isFields, list, text, type Fields } from './reading.js';

/**
 * What a body says, whatever its template's author called it: `monitor_id`, `monitorID`, `MONITOR.ID` and `{"monitor": {"id": …}}` are all `monitorid`.
 * The one way to read what users write templates for; its names are bare: lower case, letters and digits only.
 */
export interface BareFields {
  /** What the first of the names that holds anything holds: a text, a number, a list; or an object, where nothing else has that name. */
  value(...names: readonly string[]): unknown;
  /** The first text under the first of the names that holds one, without space around it; of a list its first. */
  text(...names: readonly string[]): string | undefined;
  /** All texts under the first of the names that holds any: those of a list, or those between the commas of a text. */
  texts(...names: readonly string[]): readonly string[];
  has(name: string): boolean;
  /** Everything that is said, under whatever name. */
  values(): Iterable<unknown>;
}

/**
 * What stands in a user's template where the tool had nothing to put in: `null`, `N/A`, `$ALERT_ID`, `$TAGS[service]`, `${latestEvent.node.id}`,
 * `$!{event.id}`, `{ProblemID}`, `{{alert.id}}`, and what Mustache makes of an object.
 */
export const LEFT_EMPTY =
  /^\s*(?:null|Null|NULL|undefined|n\/a|N\/A|\$[A-Z][A-Z0-9_]*(?:\[[^\]]*\])?|\$!?\{[^{}]*\}|\{{1,3}[^{}"]*\}{1,3}|\[object Object\])\s*$/;

const DEPTH = 4;
const NAMES_AT_MOST = 4000;
const TESTED_LENGTH = 1024;

/**
 * Reads objects by bare name, and what lies in them as deep as four levels. Of several fields of one name the first that says something counts: of objects
 * listed first the earlier one, in an object what lies less deep. What `unfilled` matches says nothing.
 */
export function bareFields(objects: readonly unknown[], unfilled?: RegExp): BareFields {
  const says = (value: unknown): boolean => text(value) !== undefined && unfilled?.test(String(value).slice(0, TESTED_LENGTH)) !== true;
  const { found, inner } = collected(objects, (value) => list(value).length > 0 || says(value));
  const several = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).filter(says).map((one) => text(one)!.trim());
  return {
    value: (...names) => first(names, (name) => found.get(name) ?? inner.get(name)),
    text: (...names) => first(names, (name) => several(found.get(name))[0]),
    texts: (...names) => first(names, (name) => nonEmpty(parts(found.get(name), several))) ?? [],
    has: (name) => found.has(name),
    values: () => found.values(),
  };
}

/** The objects of a body that stand under one of these bare names, for what users wrap their fields in. */
export function wrappedIn(body: Fields, wrappers: readonly string[]): readonly Fields[] {
  return Object.entries(body).flatMap(([name, value]) => (isFields(value) && wrappers.includes(bare(name)) ? [value] : []));
}

function collected(
  objects: readonly unknown[],
  says: (value: unknown) => boolean,
): { found: ReadonlyMap<string, unknown>; inner: ReadonlyMap<string, Fields> } {
  const found = new Map<string, unknown>();
  const inner = new Map<string, Fields>();
  for (const object of objects) {
    let level: readonly (readonly [prefix: string, object: Fields])[] = [['', fields(object)]];
    for (let depth = 1; depth <= DEPTH && level.length > 0; depth += 1) {
      const next: [string, Fields][] = [];
      for (const [prefix, part] of level) {
        for (const [name, value] of Object.entries(part)) {
          if (found.size >= NAMES_AT_MOST || inner.size >= NAMES_AT_MOST) return { found, inner };
          const called = prefix + bare(name);
          if (isFields(value)) {
            next.push([called, value]);
            if (!inner.has(called)) inner.set(called, value);
          } else if (!found.has(called) && says(value)) found.set(called, value);
        }
      }
      level = next;
    }
  }
  return { found, inner };
}

function bare(name: string): string {
  return name.slice(0, 255).toLowerCase().replace(/[^a-z0-9]/g, '');
}

function parts(value: unknown, several: (value: unknown) => readonly string[]): readonly string[] {
  const found = several(value);
  return Array.isArray(value) ? found : found.flatMap((one) => one.split(',')).map((part) => part.trim()).filter((part) => part !== '');
}

function nonEmpty(found: readonly string[]): readonly string[] | undefined {
  return found.length > 0 ? found : undefined;
}

function first<T>(names: readonly string[], read: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = read(name);
    if (found !== undefined) return found;
  }
  return undefined;
}
