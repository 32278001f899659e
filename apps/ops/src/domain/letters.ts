import type { DeadLetter } from '@signalbox/contracts';

export const LETTER_STATES = ['dead', 'replaying', 'replayed'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

/** Letters of one batch with one entry per letter: a repeated copy counts once, a later death brings its attempts and is the newest word. */
export function foldDeaths(letters: readonly DeadLetter[]): DeadLetter[] {
  const folded = new Map<string, DeadLetter>();
  for (const letter of letters) {
    const key = `${letter.tenantId}/${letter.id}`;
    const known = folded.get(key);
    if (known === undefined) folded.set(key, letter);
    else if (Date.parse(letter.diedAt) > Date.parse(known.diedAt)) folded.set(key, diedAgain(known, letter));
  }
  return [...folded.values()];
}

/** What a letter is stays (what arrived, untouched by an edited replay); how it died is the newest. */
function diedAgain(first: DeadLetter, again: DeadLetter): DeadLetter {
  const { reason, detail, destinationHost, diedAt } = again;
  const known = new Set(first.attempts.map(({ number, startedAt }) => `${number} ${startedAt}`));
  return {
    ...first, reason, detail, diedAt, ...(destinationHost === undefined ? {} : { destinationHost }),
    attempts: [...first.attempts, ...again.attempts.filter(({ number, startedAt }) => !known.has(`${number} ${startedAt}`))],
  };
}
