import { beginsAfter, endAt, faultsOf, type Times } from './window.js';

const times = (more: Partial<Times>): Times => ({
  startsAt: '2026-03-22T01:00:00.000Z', endsAt: '2026-03-22T03:00:00.000Z', timeZone: 'Europe/Berlin',
  recurrence: 'weekly', recursUntil: null, ...more,
});

describe('a window that comes again', () => {
  it('is at the same time of its clock before and after the clock is changed', () => {
    expect(endAt(times({}), '2026-03-22T01:30:00.000Z')).toBe('2026-03-22T03:00:00.000Z');
    // Two to four in Berlin; the clock goes from two to three that night.
    expect(endAt(times({}), '2026-03-29T01:30:00.000Z')).toBe('2026-03-29T02:00:00.000Z');
    expect(endAt(times({}), '2026-04-05T00:30:00.000Z')).toBe('2026-04-05T02:00:00.000Z');
    expect(endAt(times({}), '2026-04-05T02:00:00.000Z')).toBeNull();
  });

  it('was never before its first time, unless one asks as if it always had been', () => {
    expect(endAt(times({}), '2026-03-15T01:30:00.000Z')).toBeNull();
    expect(endAt(times({}), '2026-03-15T01:30:00.000Z', true)).toBe('2026-03-15T03:00:00.000Z');
    expect(endAt(times({}), '2026-03-15T03:00:00.000Z', true)).toBeNull();
    const lastOfMonth = { recurrence: 'monthly', startsAt: '2026-03-31T01:00:00.000Z', endsAt: '2026-03-31T02:00:00.000Z', timeZone: 'UTC' } as const;
    expect(endAt(times(lastOfMonth), '2025-11-30T01:30:00.000Z', true)).toBe('2025-11-30T02:00:00.000Z');
  });

  it('begins next at the same time of its clock, until it does not any more', () => {
    const next = (at: string, more: Partial<Times> = {}): string | null => beginsAfter(times(more), at);
    expect(next('2026-03-01T00:00:00.000Z')).toBe('2026-03-22T01:00:00.000Z');
    expect(next('2026-03-22T01:00:00.000Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(next('2026-03-29T01:00:00.000Z')).toBe('2026-04-05T00:00:00.000Z');
    expect(next('2026-03-22T01:00:00.000Z', { recursUntil: '2026-03-28T00:00:00.000Z' })).toBeNull();
    expect(next('2026-03-22T01:00:00.000Z', { recurrence: 'none' })).toBeNull();
  });

  it('ends, is shorter than its period, and says till when only if it comes again', () => {
    const paths = (more: Partial<Times>): string[] => faultsOf(times(more)).map(({ path }) => path);
    expect(paths({})).toEqual([]);
    expect(paths({ endsAt: '2026-03-22T01:00:00.000Z' })).toEqual(['endsAt']);
    expect(paths({ endsAt: '2026-03-29T00:59:59.999Z' })).toEqual([]);
    expect(paths({ endsAt: '2026-03-29T01:00:00.000Z' })).toEqual(['endsAt']);
    expect(paths({ recurrence: 'daily', endsAt: '2026-03-23T01:00:00.000Z' })).toEqual(['endsAt']);
    expect(paths({ recurrence: 'monthly', endsAt: '2026-04-19T01:00:00.000Z' })).toEqual(['endsAt']);
    expect(paths({ recurrence: 'none', endsAt: '2027-03-22T01:00:00.000Z' })).toEqual([]);
    expect(paths({ recurrence: 'none', recursUntil: '2027-01-01T00:00:00.000Z' })).toEqual(['recursUntil']);
    expect(paths({ recursUntil: '2026-03-21T00:00:00.000Z' })).toEqual(['recursUntil']);
  });
});
