import type { Notice } from '../channels/notice.js';

/** So long a code holds, and so often it may be tried. A guess is right once in 200,000 codes. */
export const CODE_MINUTES = 10;
export const MOST_TRIES = 5;

/** Codes to one address of a tenant: one a minute, so many an hour; and so many an hour by one who asks. Nobody's mailbox is filled by this. */
const PAUSE_SECONDS = 60;
const MOST_TO_ADDRESS = 5;
const MOST_BY_ASKER = 30;
const WINDOW_SECONDS = 3_600;

/** The codes of the last hour: how long ago the newest and the oldest to the address were sent, and the oldest for the asker. */
export interface SentLately {
  readonly toAddress: number;
  readonly newestToAddressSeconds: number | null;
  readonly oldestToAddressSeconds: number | null;
  readonly byAsker: number;
  readonly oldestByAskerSeconds: number | null;
}

/** After how many seconds another code may be sent; 0 for now. */
export function waitSeconds({ toAddress, newestToAddressSeconds, oldestToAddressSeconds, byAsker, oldestByAskerSeconds }: SentLately): number {
  const pause = newestToAddressSeconds === null ? 0 : PAUSE_SECONDS - newestToAddressSeconds;
  const address = toAddress < MOST_TO_ADDRESS ? 0 : WINDOW_SECONDS - (oldestToAddressSeconds ?? 0);
  const asker = byAsker < MOST_BY_ASKER ? 0 : WINDOW_SECONDS - (oldestByAskerSeconds ?? 0);
  return Math.max(0, Math.ceil(Math.max(pause, address, asker)));
}

export interface KeptCode { readonly hash: string; readonly expiresAt: Date; readonly tries: number }
export type CodeVerdict = 'right' | 'wrong' | 'none' | 'expired' | 'used_up';

/** What a code that was typed in comes to. `hash` is of that one. */
export function verdictOn(kept: KeptCode | null, hash: string, now: Date): CodeVerdict {
  if (kept === null) return 'none';
  if (kept.expiresAt <= now) return 'expired';
  if (kept.tries >= MOST_TRIES) return 'used_up';
  return kept.hash === hash ? 'right' : 'wrong';
}

/** The message that brings a code. */
export function codeNotice(of: { notificationId: string; tenantId: string; traceId: string; code: string; now: Date }): Notice {
  return {
    notificationId: of.notificationId, tenantId: of.tenantId, traceId: of.traceId,
    eventType: 'contact_method.code', occurredAt: of.now.toISOString(), severity: 'info',
    title: 'Your code for Signalbox',
    body: `Your code is ${of.code}. Enter it within ${CODE_MINUTES} minutes to be reached at this address.\n`
      + 'If you did not ask for it, do nothing: without the code nothing is sent here.',
  };
}
