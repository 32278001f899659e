import type { Subject } from './subject.js';

/** What a channel was told last about a fingerprint; nothing, when that died on the way. */
export interface Told { readonly content: string | null; readonly acknowledged: boolean }

/** What still goes out about something that somebody has acknowledged: that it was, and that it is over. */
export const ENDS: readonly string[] = ['incident.acknowledged', 'incident.resolved', 'incident.storm_over'];

export type Suppression = 'duplicate' | 'acknowledged' | 'channel_disabled' | 'no_contact_method' | 'acknowledged_since';

/**
 * Whether telling it would only repeat. The same content is said once; what somebody has acknowledged is not told again, except that
 * it was acknowledged or is over.
 */
export function suppression(subject: Subject, told: Told | undefined): Suppression | undefined {
  if (told === undefined) return undefined;
  if (told.content === subject.content) return 'duplicate';
  return told.acknowledged && !ENDS.includes(subject.eventType) ? 'acknowledged' : undefined;
}
