import { httpOutcome } from './http-outcome.js';
import type { Outcome } from './outcome.js';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from './retry-after.js';

const now = new Date('2026-03-01T12:00:00.000Z');
const answer = (status: number, headers: Record<string, string> = {}) => httpOutcome({ status, headers }, now);

/** The table of the specification, written down apart from the code: what each status from 100 to 599 must come to. */
const EXPECTED: [from: number, to: number, kind: Outcome['kind'], reason: string | undefined][] = [
  [100, 199, 'retry', 'bad_response'],
  [200, 299, 'delivered', undefined],
  [300, 399, 'reject', 'far_side_refused'],
  [400, 400, 'reject', 'payload_refused'],
  [401, 401, 'reject', 'authentication'],
  [402, 402, 'reject', 'far_side_refused'],
  [403, 403, 'reject', 'authentication'],
  [404, 404, 'reject', 'not_found'],
  [405, 406, 'reject', 'far_side_refused'],
  [407, 407, 'reject', 'authentication'],
  [408, 408, 'retry', 'timeout'],
  [409, 409, 'reject', 'far_side_refused'],
  [410, 410, 'disable', 'gone'],
  [411, 412, 'reject', 'far_side_refused'],
  [413, 414, 'reject', 'too_large'],
  [415, 415, 'reject', 'payload_refused'],
  [416, 421, 'reject', 'far_side_refused'],
  [422, 422, 'reject', 'payload_refused'],
  [423, 424, 'reject', 'far_side_refused'],
  [425, 425, 'retry', 'far_side_error'],
  [426, 428, 'reject', 'far_side_refused'],
  [429, 429, 'retry', 'rate_limited'],
  [430, 430, 'reject', 'far_side_refused'],
  [431, 431, 'reject', 'too_large'],
  [432, 499, 'reject', 'far_side_refused'],
  [500, 599, 'retry', 'far_side_error'],
];

describe('httpOutcome', () => {
  it('covers every status from 100 to 599 exactly once', () => {
    const listed = EXPECTED.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
    expect(listed).toEqual(Array.from({ length: 500 }, (_, i) => 100 + i));
  });

  it.each(EXPECTED)('takes %i to %i as %s %s', (from, to, kind, reason) => {
    for (let status = from; status <= to; status += 1) {
      const outcome = answer(status);
      expect({ status, kind: outcome.kind, reason: 'reason' in outcome ? outcome.reason : undefined }).toEqual({ status, kind, reason });
    }
  });

  it.each([0, 99, 600, 999])('takes %i, which is no status of HTTP, as a bad response worth another try', (status) => {
    expect(answer(status)).toMatchObject({ kind: 'retry', reason: 'bad_response' });
  });

  it('names the status in the detail, and says what to do about a redirect', () => {
    expect(answer(503)).toMatchObject({ detail: 'HTTP 503' });
    expect(answer(302)).toMatchObject({ detail: expect.stringContaining('enter the final address') });
  });

  it.each([408, 425, 429, 500, 503])('passes on the Retry-After of a %i', (status) => {
    expect(answer(status, { 'retry-after': '7' })).toMatchObject({ kind: 'retry', afterMs: 7_000 });
    expect(answer(status, { 'Retry-After': 'Sun, 01 Mar 2026 12:01:30 GMT' })).toMatchObject({ kind: 'retry', afterMs: 90_000 });
  });

  it.each([200, 302, 400, 410])('ignores a Retry-After on a %i, which is final', (status) => {
    expect(answer(status, { 'retry-after': '7' })).not.toHaveProperty('afterMs');
  });

  it('lets a far side give a status another meaning', () => {
    const overrides = {
      200: { kind: 'accepted', remoteId: 'm-1' },
      403: { kind: 'disable', reason: 'authentication' },
      404: { kind: 'retry', reason: 'not_found' },
      503: { kind: 'retry', reason: 'rate_limited', afterMs: 1_500 },
    } as const;
    const read = (status: number) => httpOutcome({ status, headers: { 'retry-after': '9' } }, now, overrides);
    expect(read(200)).toEqual(overrides[200]);
    expect(read(403)).toEqual(overrides[403]);
    expect(read(404)).toEqual({ ...overrides[404], afterMs: 9_000 });
    expect(read(503)).toEqual(overrides[503]);
    expect(read(401)).toMatchObject({ kind: 'reject', reason: 'authentication' });
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    [' 120 ', 120_000],
    ['0.25', 250],
    ['Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
    ['Sunday, 01-Mar-26 12:01:30 GMT', 90_000],
    ['Sun Mar  1 12:01:30 2026', 90_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['99999999999999999999', MAX_RETRY_AFTER_MS],
    ['Fri, 31 Dec 9999 23:59:59 GMT', MAX_RETRY_AFTER_MS],
  ])('reads %j as %i ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });

  it.each([undefined, '', 'soon', '-5', '1e3', '5 minutes', 'Sun, 99 Foo 2026', '2026-03-01', 'Infinity', '0x10'])('finds no wish in %j', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });
});
