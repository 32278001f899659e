import type { Outcome, Reason } from './outcome.js';
import { boundedWaitMs } from './retry-after.js';

/** The waits between attempts: n delays mean n + 1 attempts. */
export interface Schedule {
  readonly delaysMs: readonly number[];
}

const MINUTE_MS = 60_000;

/** Notifications: one send and five retries, after 1, 5, 15, 30 and 60 minutes. */
export const NOTIFICATION_SCHEDULE: Schedule = { delaysMs: [1, 5, 15, 30, 60].map((minutes) => minutes * MINUTE_MS) };

/** Deliveries to a route's destination: three attempts. */
export const ROUTE_SCHEDULE: Schedule = { delaysMs: [1_000, 5_000] };

/** How long a far side that says "too many" without saying until when is left alone. */
export const DEFAULT_PAUSE_MS = 10_000;

const MAX_JITTER = 0.1;

export type NextStep =
  /** `accepted`: the far side has taken it and reports later what became of it. */
  | { readonly do: 'done'; readonly remoteId?: string; readonly accepted: boolean }
  | { readonly do: 'retry'; readonly at: Date; readonly reason: Reason; readonly detail?: string }
  /** `disable`: nothing else will be taken either until an operator mends the channel or destination. */
  | { readonly do: 'dead'; readonly reason: Reason; readonly detail?: string; readonly disable: boolean };

/**
 * What follows from the outcome of one attempt.
 * `attempt` counts from 1 (a RangeError otherwise). `jitter` (0..1, the caller's randomness) lengthens the wait by up to
 * a tenth, so that a retry is never earlier than the schedule and the far side's Retry-After say.
 */
export function nextStep(outcome: Outcome, attempt: number, schedule: Schedule, now: Date, jitter: number): NextStep {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError(`attempts are numbered from 1, not ${attempt}`);
  switch (outcome.kind) {
    case 'delivered':
    case 'accepted':
      return { do: 'done', accepted: outcome.kind === 'accepted', ...(outcome.remoteId === undefined ? {} : { remoteId: outcome.remoteId }) };
    case 'reject':
    case 'disable':
      return { do: 'dead', ...why(outcome), disable: outcome.kind === 'disable' };
    case 'retry': {
      const delayMs = schedule.delaysMs[attempt - 1];
      if (delayMs === undefined) return { do: 'dead', ...why(outcome), disable: false };
      const waitMs = Math.max(delayMs, boundedWaitMs(outcome.afterMs ?? 0));
      const at = new Date(now.getTime() + Math.ceil(waitMs * (1 + MAX_JITTER * Math.min(Math.max(jitter, 0), 1))));
      return { do: 'retry', at, ...why(outcome) };
    }
  }
}

/** The outcome of an attempt that must not be made twice (within a replay job nothing may): one whose end is unknown was the last. */
export function onceOnly(outcome: Outcome): Outcome {
  if (outcome.kind !== 'retry' || outcome.ambiguous !== true) return outcome;
  return { kind: 'reject', reason: 'ambiguous', detail: `${outcome.detail ?? outcome.reason}: it may have been delivered; replay it again if it was not` };
}

/** Until when the far side as a whole wants to be left alone, or null: only this message has to wait. */
export function pauseFarSide(outcome: Outcome, now: Date): Date | null {
  if (outcome.kind !== 'retry') return null;
  const asked = outcome.afterMs ?? (outcome.reason === 'rate_limited' ? DEFAULT_PAUSE_MS : 0);
  const pauseMs = Math.ceil(boundedWaitMs(asked));
  return pauseMs > 0 ? new Date(now.getTime() + pauseMs) : null;
}

function why(outcome: { readonly reason: Reason; readonly detail?: string }): { reason: Reason; detail?: string } {
  return outcome.detail === undefined ? { reason: outcome.reason } : { reason: outcome.reason, detail: outcome.detail };
}
