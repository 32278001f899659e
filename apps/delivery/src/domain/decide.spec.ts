import type { Outcome } from '@signalbox/delivery-policy';
import { HELD_AT_MOST_MS, MAX_ATTEMPTS, afterAttempt, beforeAttempt, closingMs, type DestinationState, type RouteState } from './decide.js';

const now = new Date('2026-11-21T12:00:00.000Z');
const later = new Date(now.getTime() + 10_000);
const fresh = { number: 1, heldSince: null };
const released = { number: 1, heldSince: new Date(now.getTime() - 60_000) };

function destination(change: Partial<DestinationState>): DestinationState {
  return { state: 'closed', closedUntil: later, reason: 'failing', failures: 1, changedAt: now, ...change };
}

describe('before an attempt', () => {
  it('an active route with an open destination is tried; the last attempt is known as such', () => {
    expect(beforeAttempt(fresh, 'active', undefined, now)).toEqual({ do: 'attempt', last: false });
    expect(beforeAttempt({ number: MAX_ATTEMPTS, heldSince: null }, 'active', undefined, now)).toEqual({ do: 'attempt', last: true });
  });

  it.each<[RouteState, string]>([['paused', 'route_paused'], ['disabled', 'route_disabled']])('a %s route holds', (route, reason) => {
    expect(beforeAttempt(fresh, route, undefined, now)).toEqual({ do: 'hold', reason });
    expect(beforeAttempt(released, route, undefined, now)).toEqual({ do: 'hold', reason });
  });

  it('a closed destination holds everything until its time', () => {
    for (const job of [fresh, released]) expect(beforeAttempt(job, 'active', destination({}), now)).toEqual({ do: 'hold', reason: 'destination_closed' });
    expect(beforeAttempt(released, 'active', destination({}), later)).toMatchObject({ do: 'attempt' });
  });

  it('while a destination is probed or drained, what was held goes before what is new', () => {
    for (const state of ['probing', 'draining'] as const) {
      expect(beforeAttempt(fresh, 'active', destination({ state, closedUntil: null }), now)).toEqual({ do: 'hold', reason: 'in_line' });
      expect(beforeAttempt(released, 'active', destination({ state, closedUntil: null }), now)).toMatchObject({ do: 'attempt' });
    }
  });

  it('what would be held again after 24 hours is dead; what may go now goes', () => {
    const old = { number: 1, heldSince: new Date(now.getTime() - HELD_AT_MOST_MS) };
    expect(beforeAttempt(old, 'paused', undefined, now)).toMatchObject({ do: 'dead', reason: 'held_too_long' });
    expect(beforeAttempt(old, 'active', undefined, now)).toMatchObject({ do: 'attempt' });
  });

  it('a deleted route and a fourth attempt are dead', () => {
    expect(beforeAttempt(fresh, 'deleted', undefined, now)).toMatchObject({ do: 'dead', reason: 'target_deleted' });
    expect(beforeAttempt({ number: MAX_ATTEMPTS + 1, heldSince: null }, 'active', undefined, now)).toMatchObject({ do: 'dead', reason: 'worker_died' });
  });
});

describe('after an attempt', () => {
  const options = { replay: false, now, jitter: 0 };
  const failed: Outcome = { kind: 'retry', reason: 'far_side_error', detail: 'HTTP 500' };

  it('delivered is done', () => expect(afterAttempt({ kind: 'delivered' }, 1, options)).toEqual({ next: { do: 'done' }, closeUntil: null }));

  it('a failure is tried again after one and five seconds, and then dead', () => {
    expect(afterAttempt(failed, 1, options).next).toEqual({ do: 'again', afterMs: 1_000, reason: 'far_side_error' });
    expect(afterAttempt(failed, 2, options).next).toEqual({ do: 'again', afterMs: 5_000, reason: 'far_side_error' });
    expect(afterAttempt(failed, 3, options).next).toEqual({ do: 'dead', reason: 'far_side_error', detail: 'HTTP 500', pauseRoute: false });
  });

  it('a far side that names a time closes its destination until then, and the message waits without spending attempts', () => {
    const asked: Outcome = { kind: 'retry', reason: 'rate_limited', afterMs: 90_000 };
    const until = new Date(now.getTime() + 90_000);
    expect(afterAttempt(asked, 1, options)).toEqual({ next: { do: 'hold', reason: 'far_side_pause' }, closeUntil: until });
    expect(afterAttempt(asked, 3, options)).toMatchObject({ next: { do: 'dead', reason: 'rate_limited' }, closeUntil: until });
  });

  it('a refusal is dead at once; 410 also pauses the route', () => {
    expect(afterAttempt({ kind: 'reject', reason: 'not_found' }, 1, options).next).toEqual({
      do: 'dead', reason: 'not_found', detail: 'not_found', pauseRoute: false,
    });
    expect(afterAttempt({ kind: 'disable', reason: 'gone', detail: 'HTTP 410' }, 1, options).next)
      .toMatchObject({ do: 'dead', reason: 'gone', pauseRoute: true });
  });

  it('within a replay an attempt whose end is unknown is the last: never twice', () => {
    const unknown: Outcome = { kind: 'retry', reason: 'timeout', ambiguous: true };
    expect(afterAttempt(unknown, 1, { ...options, replay: true }).next).toMatchObject({ do: 'dead', reason: 'ambiguous' });
    expect(afterAttempt(unknown, 1, options).next).toMatchObject({ do: 'again' });
    expect(afterAttempt(failed, 1, { ...options, replay: true }).next).toMatchObject({ do: 'again' });
  });
});

it('a destination that goes on failing is left alone for longer each time, up to five minutes', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(closingMs)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});
