import type { InputFault } from './problem.js';

/** Deeper than any honest document, and far from where recursion ends. */
const MAX_DEPTH = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * What makes a JSON document impossible or dangerous to keep: texts that Postgres refuses (U+0000, half characters), nesting
 * that would exhaust the stack of those who walk it, a key that changes what an object is. Walks without recursion.
 */
export function storageFaults(document: unknown): InputFault[] {
  const faults: InputFault[] = [];
  const open: { value: unknown; path: string; depth: number }[] = [{ value: document, path: '', depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, depth } = next;
    if (typeof value === 'string') {
      const message = textFault(value);
      if (message !== undefined) faults.push({ path, message });
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= MAX_DEPTH) return [{ path: path.slice(0, 100), message: `is nested deeper than ${MAX_DEPTH} levels` }];
      for (const [key, child] of Object.entries(value)) {
        const message = key === '__proto__' ? 'must not be __proto__' : textFault(key);
        if (message !== undefined) faults.push({ path, message: `has a key that ${message}` });
        open.push({ value: child, path: childPath(path, key, Array.isArray(value)), depth: depth + 1 });
      }
    }
  }
  return faults.reverse();
}

/** Why a text cannot be kept, if so. */
export function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain the character U+0000';
  return LONE_SURROGATE.test(text) ? 'must not contain half a character (a lone surrogate)' : undefined;
}

/** `a`, `b` → `a.b`; `a`, `0` of an array → `a[0]`. */
export function childPath(path: string, key: string, ofArray: boolean): string {
  if (ofArray) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}
