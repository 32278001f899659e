import type { EventAction } from '@signalbox/contracts';
import { word } from './reading.js';

/** What a tool's words for a state mean, in lower case; `ignored` says neither that something broke nor that it is well again. */
export type Words = Readonly<Record<string, EventAction | 'ignored'>>;

/** What one word means; a word in no table is a trigger. */
export function meaning(value: unknown, words: Words): EventAction | 'ignored' {
  return firstMeaning(words, [value]) ?? 'trigger';
}

/** What the first of the words that a table knows means there; undefined when it knows none. Any case, trimmed. */
export function firstMeaning<T>(table: Readonly<Record<string, T>>, words: readonly unknown[]): T | undefined {
  for (const one of words) {
    const key = word(one);
    if (key !== undefined && Object.hasOwn(table, key)) return table[key];
  }
  return undefined;
}
