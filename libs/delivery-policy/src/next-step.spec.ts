import { FAULT_CODES, networkOutcome, type FaultCode } from './fault.js';
import { DEFAULT_PAUSE_MS, nextStep, NOTIFICATION_SCHEDULE, onceOnly, pauseFarSide, ROUTE_SCHEDULE, type NextStep } from './next-step.js';
import type { Outcome } from './outcome.js';
import { MAX_RETRY_AFTER_MS } from './retry-after.js';

const now = new Date('2026-03-01T12:00:00.000Z');
const retry: Outcome = { kind: 'retry', reason: 'far_side_error', detail: 'HTTP 503' };

const waitMs = (step: NextStep) => (step.do === 'retry' ? step.at.getTime() - now.getTime() : undefined);
/** All waits of a message that never gets through, then `dead`. */
function fate(schedule: { delaysMs: readonly number[] }) {
  const seen: (number | string | undefined)[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const step = nextStep(retry, attempt, schedule, now, 0);
    seen.push(step.do === 'retry' ? waitMs(step) : step.do);
    if (step.do !== 'retry') return seen;
  }
}

describe('nextStep', () => {
  it('sends a notification once, retries it after 1, 5, 15, 30 and 60 minutes, then gives it up', () => {
    expect(fate(NOTIFICATION_SCHEDULE)).toEqual([60_000, 300_000, 900_000, 1_800_000, 3_600_000, 'dead']);
  });

  it('tries a delivery three times', () => {
    expect(fate(ROUTE_SCHEDULE)).toEqual([1_000, 5_000, 'dead']);
  });

  it('is done with what was delivered or accepted, and keeps the far side’s id', () => {
    expect(nextStep({ kind: 'delivered' }, 1, ROUTE_SCHEDULE, now, 0)).toEqual({ do: 'done', accepted: false });
    expect(nextStep({ kind: 'delivered', remoteId: 'a' }, 9, ROUTE_SCHEDULE, now, 0)).toEqual({ do: 'done', accepted: false, remoteId: 'a' });
    expect(nextStep({ kind: 'accepted', remoteId: 'b' }, 1, ROUTE_SCHEDULE, now, 0)).toEqual({ do: 'done', accepted: true, remoteId: 'b' });
  });

  it('gives up at once what will never be taken, and disables only what needs an operator', () => {
    expect(nextStep({ kind: 'reject', reason: 'payload_refused', detail: 'HTTP 400' }, 1, NOTIFICATION_SCHEDULE, now, 0)).toEqual({
      do: 'dead', reason: 'payload_refused', detail: 'HTTP 400', disable: false,
    });
    expect(nextStep({ kind: 'disable', reason: 'gone' }, 1, NOTIFICATION_SCHEDULE, now, 0)).toEqual({ do: 'dead', reason: 'gone', disable: true });
  });

  it('carries reason and detail into the retry and into the end', () => {
    expect(nextStep(retry, 1, ROUTE_SCHEDULE, now, 0)).toMatchObject({ reason: 'far_side_error', detail: 'HTTP 503' });
    expect(nextStep(retry, 3, ROUTE_SCHEDULE, now, 0)).toEqual({ do: 'dead', reason: 'far_side_error', detail: 'HTTP 503', disable: false });
  });

  it.each([
    [500, 1_000],
    [1_000, 1_000],
    [90_000, 90_000],
    [86_400_000, 86_400_000],
    [Number.NaN, 1_000],
    [-1, 1_000],
    [Number.POSITIVE_INFINITY, MAX_RETRY_AFTER_MS],
  ])('with Retry-After %d ms waits the longer of it and the schedule: %d ms', (afterMs, expected) => {
    expect(waitMs(nextStep({ kind: 'retry', reason: 'rate_limited', afterMs }, 1, ROUTE_SCHEDULE, now, 0))).toBe(expected);
  });

  it('adds at most a tenth as jitter, and never goes earlier', () => {
    for (const schedule of [NOTIFICATION_SCHEDULE, ROUTE_SCHEDULE]) {
      for (const [index, delayMs] of schedule.delaysMs.entries()) {
        for (const afterMs of [undefined, 1, 123_457]) {
          const atLeast = Math.max(delayMs, afterMs ?? 0);
          for (const jitter of [-3, 0, 0.001, 0.5, 0.999, 1, 7]) {
            const wait = waitMs(nextStep({ kind: 'retry', reason: 'connect', ...(afterMs ? { afterMs } : {}) }, index + 1, schedule, now, jitter));
            expect(wait).toBeGreaterThanOrEqual(atLeast);
            expect(wait).toBeLessThanOrEqual(Math.ceil(atLeast * 1.1));
          }
        }
      }
    }
    expect(waitMs(nextStep(retry, 1, NOTIFICATION_SCHEDULE, now, 0.5))).toBe(63_000);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d as the number of an attempt', (attempt) => {
    expect(() => nextStep(retry, attempt, ROUTE_SCHEDULE, now, 0)).toThrow(RangeError);
  });
});

describe('pauseFarSide', () => {
  const until = (outcome: Outcome) => pauseFarSide(outcome, now)?.toISOString();

  it('leaves the far side alone for as long as it asks, whatever the reason', () => {
    expect(until({ kind: 'retry', reason: 'rate_limited', afterMs: 90_000 })).toBe('2026-03-01T12:01:30.000Z');
    expect(until({ kind: 'retry', reason: 'far_side_error', afterMs: 1_000 })).toBe('2026-03-01T12:00:01.000Z');
  });

  it('pauses a far side that is rate limited and does not say for how long', () => {
    expect(until({ kind: 'retry', reason: 'rate_limited' })).toBe(new Date(now.getTime() + DEFAULT_PAUSE_MS).toISOString());
  });

  it.each<Outcome>([
    { kind: 'delivered' },
    { kind: 'accepted', remoteId: 'a' },
    { kind: 'retry', reason: 'connect' },
    { kind: 'retry', reason: 'rate_limited', afterMs: 0 },
    { kind: 'reject', reason: 'payload_refused' },
    { kind: 'disable', reason: 'gone' },
  ])('does not pause for %j', (outcome) => {
    expect(pauseFarSide(outcome, now)).toBeNull();
  });
});

it('what must not be tried twice is over when nobody knows whether it arrived, and goes on when it did not', () => {
  expect(onceOnly({ ...retry, ambiguous: true })).toEqual({
    kind: 'reject', reason: 'ambiguous',
    detail: 'HTTP 503: it may have been delivered; replay it again if it was not',
  });
  expect(onceOnly(retry)).toBe(retry);
});

describe('networkOutcome', () => {
  const EXPECTED: Record<FaultCode, [unwritten: Outcome, written: Outcome]> = {
    dns: both('dns'),
    connect: both('connect'),
    reset: both('reset'),
    timeout: both('timeout'),
    tls: both('tls'),
    bad_response: both('bad_response'),
    blocked_address: [{ kind: 'reject', reason: 'blocked_address' }, { kind: 'reject', reason: 'blocked_address' }],
    invalid_request: [{ kind: 'reject', reason: 'config' }, { kind: 'reject', reason: 'config' }],
  };

  it.each(FAULT_CODES)('knows what %s comes to, and that a written request may have been carried out', (code) => {
    const [unwritten, written] = EXPECTED[code];
    expect(networkOutcome({ code, requestWritten: false })).toEqual(unwritten);
    expect(networkOutcome({ code, requestWritten: true })).toEqual(written);
  });

  it('shows the message of the fault', () => {
    expect(networkOutcome({ code: 'dns', requestWritten: false, message: 'no such name' })).toMatchObject({ detail: 'no such name' });
    expect(networkOutcome({ code: 'blocked_address', requestWritten: false, message: 'inside' })).toMatchObject({ detail: 'inside' });
  });

  function both(reason: 'dns' | 'connect' | 'reset' | 'timeout' | 'tls' | 'bad_response'): [Outcome, Outcome] {
    return [{ kind: 'retry', reason }, { kind: 'retry', reason, ambiguous: true }];
  }
});
