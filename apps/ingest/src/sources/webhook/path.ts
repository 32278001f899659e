import { isFields, own } from '../reading.js';

/** A path into a body, taken apart: names and array indexes. */
export type Path = readonly string[];

/** One step: a name, `[0]`, or `["a name with.dots"]`. */
const STEP = /(?:^|\.)([^.[\]"]+)|\[(\d+)\]|\[["']([^"']+)["']\]/y;

/** `a.b[0].c`, `a.b.0.c` and `labels["app.kubernetes.io/name"]` taken apart; undefined when it is no path. */
export function parsePath(text: string): Path | undefined {
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) return undefined;
    steps.push((match[1] ?? match[2] ?? match[3])!);
  }
  return steps.length > 0 ? steps : undefined;
}

/** What stands at a path, through own fields only (so `__proto__` leads nowhere); undefined when the path ends early. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (Array.isArray(at)) at = /^\d{1,6}$/.test(step) ? at[Number(step)] : undefined;
    else if (isFields(at)) at = own(at, step);
    else return undefined;
  }
  return at;
}
