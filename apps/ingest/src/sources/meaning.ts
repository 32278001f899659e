import type { EventAction } from '@signalbox/contracts';

/** What a tool's words for a state mean, in lower case; `ignored` says neither that something broke nor that it is well again. */
export type Words = Readonly<Record<string, EventAction | 'ignored'>>;

/** What one word means; a word in no table is a trigger. */
export function meaning(value: string, words: Words): EventAction | 'ignored' {
  return Object.hasOwn(words, value) ? words[value]! : 'trigger';
}
