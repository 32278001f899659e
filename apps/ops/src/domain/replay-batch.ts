import type { LetterState } from './letters.js';

/** Bytes of payload that one batch carries at most (or one letter, if it alone is larger). */
const BATCH_BYTES = 4_000_000;

/** The first of the letters, in order, that one batch can carry; at least one. */
export function fitting(ids: readonly string[], bytesOf: (id: string) => number, most: number = BATCH_BYTES): string[] {
  let bytes = 0;
  const end = ids.findIndex((id, index) => {
    bytes += bytesOf(id);
    return index > 0 && bytes > most;
  });
  return ids.slice(0, end === -1 ? ids.length : end);
}

export interface SkippableLetter { readonly state: LetterState; readonly owner: string }

export type SkipReason = 'not_found' | 'not_replayable' | 'already_replayed' | 'being_replayed';

/** Why a letter that a job names does not go out: it is gone, nobody could carry it out, or somebody else was first. */
export function whySkipped(letter: SkippableLetter | undefined): SkipReason {
  if (letter === undefined) return 'not_found';
  if (letter.owner === 'ops') return 'not_replayable';
  return letter.state === 'replayed' ? 'already_replayed' : 'being_replayed';
}
