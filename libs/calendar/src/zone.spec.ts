import { DAY_MS, Zone, isTimeZone, plusMonths } from './index.js';

const wall = (text: string): number => Date.parse(`${text}Z`);
const berlin = Zone.of('Europe/Berlin');
const text = (instant: number): string => new Date(instant).toISOString().replace(':00.000Z', 'Z');

test('a wall time that the clock skips is the first that it does not, or as much later as it skips', () => {
  for (const skipped of ['2026-03-29T02:00', '2026-03-29T02:30', '2026-03-29T02:59']) expect(text(berlin.instantOf(wall(skipped)))).toBe('2026-03-29T01:00Z');
  expect(text(berlin.laterInstantOf(wall('2026-03-29T02:30')))).toBe('2026-03-29T01:30Z');
  expect(berlin.wallOf(Date.parse('2026-03-29T01:30:00Z'))).toBe(wall('2026-03-29T03:30'));
  // Samoa left a whole day out.
  const apia = Zone.of('Pacific/Apia');
  expect([text(apia.instantOf(wall('2011-12-30T12:00'))), text(apia.laterInstantOf(wall('2011-12-30T12:00')))])
    .toEqual(['2011-12-30T10:00Z', '2011-12-30T22:00Z']);
});

test('one that it shows twice is the first of both', () => {
  for (const read of ['instantOf', 'laterInstantOf'] as const) {
    expect(text(berlin[read](wall('2026-10-25T02:30')))).toBe('2026-10-25T00:30Z');
    expect(text(berlin[read](wall('2026-10-25T03:00')))).toBe('2026-10-25T02:00Z');
    expect(text(Zone.of('America/New_York')[read](wall('2026-11-01T01:30')))).toBe('2026-11-01T05:30Z');
  }
});

test.each([
  'UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia',
])('the clock of %s is read and set back, all through a year', (name) => {
  const zone = Zone.of(name);
  for (let hour = 0; hour < 365 * 24; hour += 5) {
    const instant = Date.UTC(2026, 0, 1, hour, 7);
    for (const back of [zone.instantOf(zone.wallOf(instant)), zone.laterInstantOf(zone.wallOf(instant))]) {
      // At most one hour of the year is shown twice, and then the first is meant.
      expect(zone.wallOf(back)).toBe(zone.wallOf(instant));
      expect([0, 1_800_000, 3_600_000]).toContain(instant - back);
    }
  }
});

test('the first reading never goes back as the wall time goes on, and the other is never before it', () => {
  for (const from of ['2026-03-28T20:00', '2026-10-24T20:00']) {
    const walls = Array.from({ length: 12 * 60 }, (_, minute) => wall(from) + minute * 60_000);
    const first = walls.map((at) => berlin.instantOf(at));
    expect(first).toEqual([...first].sort((a, b) => a - b));
    expect(walls.every((at, index) => berlin.laterInstantOf(at) >= first[index]!)).toBe(true);
  }
});

test('a later month has the same time and day, or its last one', () => {
  const from = wall('2026-01-31T23:30:15');
  expect([0, 1, 2, 3, 13, -2].map((months) => new Date(plusMonths(from, months)).toISOString().slice(0, 19))).toEqual([
    '2026-01-31T23:30:15', '2026-02-28T23:30:15', '2026-03-31T23:30:15', '2026-04-30T23:30:15', '2027-02-28T23:30:15', '2025-11-30T23:30:15']);
  expect(plusMonths(wall('1960-02-29T00:00:01'), 12)).toBe(wall('1961-02-28T00:00:01'));
  expect(plusMonths(wall('2026-03-01T00:00'), 1) - wall('2026-03-01T00:00')).toBe(31 * DAY_MS);
});

test('zones are known by name alone', () => {
  expect(['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'Etc/GMT+1'].filter(isTimeZone)).toHaveLength(4);
  expect(['+01:00', 'Mars/Base', '', 'Europe/Berlin ', 7, null].filter(isTimeZone)).toEqual([]);
  expect(Zone.of('europe/berlin')).toBe(berlin);
  expect(() => Zone.of('Mars/Base')).toThrow(RangeError);
});
