import { ROUTE_SCHEDULE, nextStep, onceOnly, pauseFarSide, type Outcome, type Reason } from '@signalbox/delivery-policy';

/** A message is tried this often. */
export const MAX_ATTEMPTS = ROUTE_SCHEDULE.delaysMs.length + 1;
/** What has waited for this long is a dead letter. */
export const HELD_AT_MOST_MS = 24 * 3_600_000;

export type RouteState = 'active' | 'paused' | 'disabled' | 'deleted';

/** What is known of a destination: nothing (open), left alone until a time, or taking up again what has been held (draining). */
export interface DestinationState {
  readonly state: 'closed' | 'probing' | 'draining';
  readonly closedUntil: Date | null;
  readonly reason: string | null;
  /** How often it has been closed since it last took something. */
  readonly failures: number;
  readonly changedAt: Date;
}

export interface JobAtHand {
  /** The attempt that would be made now, counted from 1. */
  readonly number: number;
  /** When it was first held; it then comes from HELD, and not fresh from the matcher. */
  readonly heldSince: Date | null;
}

export type Before =
  | { readonly do: 'attempt'; readonly last: boolean }
  | { readonly do: 'hold'; readonly reason: HoldReason }
  | { readonly do: 'dead'; readonly reason: Reason; readonly detail: string };

export type HoldReason = 'route_paused' | 'route_disabled' | 'destination_closed' | 'in_line' | 'busy' | 'far_side_pause';

/** Whether a job may be tried now. `destination` is undefined while it is open. */
export function beforeAttempt(job: JobAtHand, route: RouteState, destination: DestinationState | undefined, now: Date): Before {
  if (job.number > MAX_ATTEMPTS) return { do: 'dead', reason: 'worker_died', detail: 'the worker died in the last attempt: it may have been delivered' };
  if (route === 'deleted') return { do: 'dead', reason: 'target_deleted', detail: 'its route has been deleted' };
  const held = reasonToHold(job, route, destination, now);
  if (held === undefined) return { do: 'attempt', last: job.number === MAX_ATTEMPTS };
  const tooLong = job.heldSince !== null && now.getTime() - job.heldSince.getTime() >= HELD_AT_MOST_MS;
  return tooLong ? { do: 'dead', reason: 'held_too_long', detail: `it was held for 24 hours (${held.replaceAll('_', ' ')})` } : { do: 'hold', reason: held };
}

function reasonToHold(job: JobAtHand, route: RouteState, destination: DestinationState | undefined, now: Date): HoldReason | undefined {
  if (route === 'paused') return 'route_paused';
  if (route === 'disabled') return 'route_disabled';
  if (destination === undefined) return undefined;
  if (isClosed(destination, now)) return 'destination_closed';
  // Probing or draining: what was held before goes first.
  return job.heldSince === null ? 'in_line' : undefined;
}

export function isClosed(destination: DestinationState | undefined, now: Date): boolean {
  return destination?.state === 'closed' && destination.closedUntil !== null && destination.closedUntil > now;
}

export type After =
  | { readonly do: 'done' }
  | { readonly do: 'again'; readonly afterMs: number; readonly reason: Reason }
  | { readonly do: 'hold'; readonly reason: HoldReason }
  | { readonly do: 'dead'; readonly reason: Reason; readonly detail: string; readonly pauseRoute: boolean };

export interface Verdict {
  readonly next: After;
  /** The destination asks to be left alone until then. */
  readonly closeUntil: Date | null;
}

/** What follows from an attempt. `replay`: within a replay job nothing may be sent twice, so an attempt whose end is unknown is its last. */
export function afterAttempt(outcome: Outcome, number: number, options: { replay: boolean; now: Date; jitter: number }): Verdict {
  const { replay, now, jitter } = options;
  const closeUntil = pauseFarSide(outcome, now);
  const step = nextStep(replay ? onceOnly(outcome) : outcome, number, ROUTE_SCHEDULE, now, jitter);
  if (step.do === 'done') return { next: { do: 'done' }, closeUntil: null };
  if (step.do === 'dead') return { next: { do: 'dead', reason: step.reason, detail: step.detail ?? step.reason, pauseRoute: step.disable }, closeUntil };
  if (closeUntil !== null) return { next: { do: 'hold', reason: 'far_side_pause' }, closeUntil };
  return { next: { do: 'again', afterMs: step.at.getTime() - now.getTime(), reason: step.reason }, closeUntil };
}

const FIRST_CLOSING_MS = 10_000;
const LONGEST_CLOSING_MS = 5 * 60_000;

/** How long a destination that fails is left alone before it is probed: longer each time. `failures`: closings before this one. */
export function closingMs(failures: number): number {
  return Math.min(FIRST_CLOSING_MS * 2 ** Math.min(failures, 10), LONGEST_CLOSING_MS);
}

/** Whether an outcome tells against the destination rather than against one message. */
export function isDestinationFailure(outcome: Outcome): boolean {
  return outcome.kind === 'retry';
}
