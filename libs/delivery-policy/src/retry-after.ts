/** A wish beyond this is taken as this: no `Date` overflows, and no far side can park a message for ever. */
export const MAX_RETRY_AFTER_MS = 365 * 24 * 3_600_000;

const SECONDS = /^\d+(\.\d+)?$/;
/** RFC 9110 5.6.7: IMF-fixdate, and the obsolete RFC 850 and asctime forms that a recipient must understand. All are UTC. */
const HTTP_DATE = /^(Mon|Tues?|Wed(nes)?|Thu(rs)?|Fri|Sat(ur)?|Sun)(day)?,? /i;

/**
 * How long a Retry-After header asks to wait, in milliseconds from `now` (0 for a date that has passed).
 * Takes seconds (also with a fraction, as some vendors send) and HTTP dates; anything else is `undefined`.
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (SECONDS.test(text)) return boundedWaitMs(Math.ceil(Number(text) * 1000));
  if (!HTTP_DATE.test(text)) return undefined;
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : boundedWaitMs(at - now.getTime());
}

/** A wait that is safe to add to a clock: between 0 and a year, whatever an adapter computed from the far side's words. */
export function boundedWaitMs(waitMs: number): number {
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
