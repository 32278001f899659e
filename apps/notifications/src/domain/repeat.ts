import type { Subject } from './subject.js';

/** What a channel was told last about a fingerprint. */
export interface Told { readonly content: string; readonly acknowledged: boolean }

export type Suppression = 'duplicate' | 'acknowledged' | 'channel_disabled';

/**
 * Whether telling it would only repeat. The same content is said once; what somebody has acknowledged is not told again, except that
 * it was acknowledged or is over.
 */
export function suppression(subject: Subject, told: Told | undefined): Suppression | undefined {
  if (told === undefined) return undefined;
  if (told.content === subject.content) return 'duplicate';
  const isEnd = subject.statusChange === 'acknowledged' || subject.statusChange === 'resolved';
  return told.acknowledged && !isEnd ? 'acknowledged' : undefined;
}
