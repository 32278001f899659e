import { daysBefore, occurrence, type Recurrence } from './recurrence.js';

const times = (first: string, recurrence: Recurrence, zone: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => occurrence(new Date(first), recurrence, zone, number).toISOString().replace('.000Z', 'Z'));

describe('what recurs', () => {
  it.each<[string, string, Recurrence, string, string[]]>([
    [
      'the 31st, in shorter months too', '2026-01-31T09:00:00Z', 'monthly', 'UTC',
      ['2026-01-31T09:00:00Z', '2026-02-28T09:00:00Z', '2026-03-31T09:00:00Z', '2026-04-30T09:00:00Z'],
    ],
    [
      'a leap day', '2028-02-29T00:00:00Z', 'yearly', 'UTC',
      ['2028-02-29T00:00:00Z', '2029-02-28T00:00:00Z', '2030-02-28T00:00:00Z', '2031-02-28T00:00:00Z', '2032-02-29T00:00:00Z'],
    ],
    ['quarters, over the year', '2026-11-30T12:00:00Z', 'quarterly', 'UTC', ['2026-11-30T12:00:00Z', '2027-02-28T12:00:00Z', '2027-05-30T12:00:00Z']],
    ['half-years', '2026-08-31T12:00:00Z', 'half-yearly', 'UTC', ['2026-08-31T12:00:00Z', '2027-02-28T12:00:00Z', '2027-08-31T12:00:00Z']],
    [
      'weeks, at the same time of a zone in which the clocks change', '2026-03-22T08:00:00Z', 'weekly',
      'Europe/Berlin', ['2026-03-22T08:00:00Z', '2026-03-29T07:00:00Z', '2026-04-05T07:00:00Z'],
    ],
    [
      'the month end of the zone, which is another day in UTC', '2026-01-31T23:30:00Z', 'monthly',
      'Asia/Tokyo', ['2026-01-31T23:30:00Z', '2026-02-28T23:30:00Z', '2026-03-31T23:30:00Z'],
    ],
    [
      'a time that the clocks skip, as much later as they skip', '2026-03-22T01:30:00Z', 'weekly',
      'Europe/Berlin', ['2026-03-22T01:30:00Z', '2026-03-29T01:30:00Z', '2026-04-05T00:30:00Z'],
    ],
    ['nothing', '2026-01-31T09:00:00Z', 'none', 'UTC', ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00Z']],
  ])('%s', (_name, first, recurrence, zone, expected) => {
    expect(times(first, recurrence, zone, expected.length)).toEqual(expected);
  });
});

describe('daysBefore', () => {
  it('counts days by the calendar', () => {
    expect(daysBefore(new Date('2026-03-30T07:00:00Z'), 2, 'Europe/Berlin').toISOString()).toBe('2026-03-28T08:00:00.000Z');
    expect(daysBefore(new Date('2026-03-28T08:00:00Z'), -2, 'Europe/Berlin').toISOString()).toBe('2026-03-30T07:00:00.000Z');
    expect(daysBefore(new Date('2026-03-28T08:00:00.123Z'), 0, 'Europe/Berlin').toISOString()).toBe('2026-03-28T08:00:00.123Z');
  });
});
