/** Mulberry32: numbers in [0, 1) that are the same on every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const DEEP_TEXT = `${'['.repeat(5000)}${']'.repeat(5000)}`;
const DEEP_OBJECT_TEXT = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
const DEEP: unknown = JSON.parse(DEEP_TEXT);
const DEEP_OBJECT: unknown = JSON.parse(DEEP_OBJECT_TEXT);
const DEEP_MARK = '<5000 arrays>';
const DEEP_OBJECT_MARK = '<5000 objects>';
const STRANGE: readonly unknown[] = [
  null, '', ' ', 0, -0, 1, -1, true, false, [], {}, [null], [[]], [{}], 1e308, 2 ** 53 + 2, 1.5, '1e999', 'NaN', '0', 'null', 'true',
  '\u0000', 'a\u0000b', '\u0007\u001b', '\ud800', 'x\udc00y', '😀'.repeat(1200),
  `${'x'.repeat(1023)}😀`, `${'k'.repeat(254)}😀`, 'x'.repeat(6000), '\u202e\u2028',
  DEEP, DEEP_OBJECT, JSON.parse('{"__proto__": {"status": "resolved"}, "constructor": 1}'), '__proto__', 'constructor', 'toString', 'javascript:alert(1)',
  '2026-13-45T99:99:99Z', '0001-01-01T00:00:00Z', 'unresolved', 'RESOLVED', '{"a":', '[]',
];

/**
 * A body changed in one to four places, as no sender documented it: a field left out, of another type, too
 * long, too deep. Changes `body` itself; 1 in 100 times it is another altogether.
 */
export function mutated(body: unknown, random: () => number): unknown {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  if (random() < 0.01) return pick(STRANGE);
  for (let times = 1 + Math.floor(random() * 4); times > 0; times -= 1) {
    const places: [object, string][] = [];
    visit(body, (parent, key) => places.push([parent, key]), 12);
    if (places.length === 0) return pick(STRANGE);
    const [parent, key] = pick(places);
    const old = (parent as Record<string, unknown>)[key];
    const way = random();
    if (way < 0.2) delete (parent as Record<string, unknown>)[key];
    else Object.defineProperty(parent, key, { value: way < 0.8 ? pick(STRANGE) : swapped(old), enumerable: true, configurable: true, writable: true });
    if (way > 0.95) Object.defineProperty(parent, '__proto__', { value: old, enumerable: true, configurable: true, writable: true });
  }
  return body;
}

/** A mutated body as JSON. `JSON.stringify` alone has not the stack for the deep ones. */
export function textOf(body: unknown): string {
  const marked = JSON.stringify(body, (_, value: unknown) => (value === DEEP ? DEEP_MARK : value === DEEP_OBJECT ? DEEP_OBJECT_MARK : value));
  return marked.replaceAll(`"${DEEP_MARK}"`, DEEP_TEXT).replaceAll(`"${DEEP_OBJECT_MARK}"`, DEEP_OBJECT_TEXT);
}

function visit(value: unknown, seen: (parent: object, key: string) => void, levels: number): void {
  if (typeof value !== 'object' || value === null || levels === 0 || STRANGE.includes(value)) return;
  for (const key of Object.keys(value)) {
    seen(value, key);
    visit((value as Record<string, unknown>)[key], seen, levels - 1);
  }
}

function swapped(value: unknown): unknown {
  if (value === DEEP) return DEEP_OBJECT;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return Number.isNaN(Number(value)) ? [value] : Number(value);
  return Array.isArray(value) ? { ...value } as unknown : [value];
}
