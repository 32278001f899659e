import { isMoment } from './moments.js';
import { finalSchedule, onCallAt } from './on-call.js';
import type { Layer, Override, Schedule } from './schedule.js';

function layer(id: string, users: string[], more: Partial<Layer> = {}): Layer {
  return { id, name: id, users, rotation: { type: 'daily', length: 1, handOffTime: '09:00' }, startsAt: '2026-03-01T09:00', restrictions: [], ...more };
}
const berlin = (...layers: Layer[]): Schedule => ({ timeZone: 'Europe/Berlin', layers });
const override = (userId: string, startsAt: string, endsAt: string, replacesUserId: string | null = null): Override =>
  ({ id: `by ${userId}`, userId, replacesUserId, startsAt: new Date(startsAt), endsAt: new Date(endsAt) });
const told = (schedule: Schedule, overrides: Override[], from: string, to: string, absent?: ReadonlySet<string>): string[] =>
  finalSchedule(schedule, overrides, new Date(from), new Date(to), absent)
    .map((entry) => `${entry.from.toISOString().slice(5, 16)} ${entry.userId ?? 'nobody'}`);

it('a day is one of the clock: 23 hours long when it is set forward, with the hand-off at the same time of day', () => {
  expect(told(berlin(layer('a', ['ada', 'bob'])), [], '2026-03-27T08:00Z', '2026-03-30T08:00Z'))
    .toEqual(['03-27T08:00 ada', '03-28T08:00 bob', '03-29T07:00 ada', '03-30T07:00 bob']);
});

it('a custom rotation counts hours that pass, whatever the clock does', () => {
  const shifts = layer('a', ['ada', 'bob'], { rotation: { type: 'custom', length: 12, handOffTime: '08:00' }, startsAt: '2026-03-28T08:00' });
  expect(told(berlin(shifts), [], '2026-03-28T07:00Z', '2026-03-30T00:00Z'))
    .toEqual(['03-28T07:00 ada', '03-28T19:00 bob', '03-29T07:00 ada', '03-29T19:00 bob']);
});

it('the first turn lasts from the start to the next hand-off', () => {
  const rotation = { type: 'weekly', length: 1, handOffTime: '10:00', handOffWeekday: 'monday' } as const;
  const weekly = layer('a', ['ada', 'bob'], { rotation, startsAt: '2026-11-18T12:00' });
  expect(told(berlin(weekly), [], '2026-11-18T00:00Z', '2026-11-24T00:00Z')).toEqual(['11-18T00:00 nobody', '11-18T11:00 ada', '11-23T09:00 bob']);
});

it('a clock that is set back over midnight shows yesterday, and today goes on', () => {
  // St. John's, 29 October 2006: at 00:01 it was 23:01 of the day before.
  const rotation = { type: 'daily', length: 1, handOffTime: '00:00' } as const;
  const daily = (startsAt: string): Schedule =>
    ({ timeZone: 'America/St_Johns', layers: [layer('a', ['ada', 'bob', 'cyd'], { rotation, startsAt })] });
  expect(onCallAt(daily('2006-10-27T00:00'), [], new Date('2006-10-29T02:45Z')).userId).toBe('cyd');
  expect(told(daily('2006-10-29T02:45Z'), [], '2006-10-29T02:45Z', '2006-10-30T04:00Z')).toEqual(['10-29T02:45 ada', '10-30T03:30 bob']);
});

it('a later layer wins while it counts: nights and weekends of another team', () => {
  const weekend = layer('w', ['eve'], {
    restrictions: [
      { weekdays: ['friday'], from: '17:00', to: '00:00' },
      { weekdays: ['saturday', 'sunday'], from: '00:00', to: '00:00' },
      { weekdays: ['monday'], from: '00:00', to: '09:00' },
    ],
  });
  expect(told(berlin(layer('a', ['ada']), weekend), [], '2026-11-20T12:00Z', '2026-11-23T12:00Z'))
    .toEqual(['11-20T12:00 ada', '11-20T16:00 eve', '11-23T08:00 ada']);
});

it('an override takes everything, gaps too; a swap only the time of the one it replaces', () => {
  const office = layer('a', ['ada', 'bob'], { restrictions: [{ from: '09:00', to: '17:00' }] });
  const window = ['2026-03-02T08:00Z', '2026-03-04T08:00Z'] as const;
  expect(told(berlin(office), [override('eve', '2026-03-02T12:00Z', '2026-03-03T12:00Z')], ...window))
    .toEqual(['03-02T08:00 bob', '03-02T12:00 eve', '03-03T12:00 ada', '03-03T16:00 nobody']);
  expect(told(berlin(office), [override('eve', '2026-03-02T12:00Z', '2026-03-03T12:00Z', 'ada')], ...window))
    .toEqual(['03-02T08:00 bob', '03-02T16:00 nobody', '03-03T08:00 eve', '03-03T12:00 ada', '03-03T16:00 nobody']);
});

it('the time of who has left is a gap that names them, unless somebody took it over', () => {
  const schedule = berlin(layer('a', ['ada', 'bob']));
  const [gone, swap] = [new Set(['bob']), override('eve', '2026-03-02T08:00Z', '2026-03-02T12:00Z', 'bob')];
  expect(told(schedule, [swap], '2026-03-01T08:00Z', '2026-03-03T08:00Z', gone)).toEqual(['03-01T08:00 ada', '03-02T08:00 eve', '03-02T12:00 nobody']);
  expect(onCallAt(schedule, [], new Date('2026-03-02T12:00Z'), gone)).toEqual({ userId: null, layerId: 'a', overrideId: null, absentUserId: 'bob' });
});

it('rotations that began long ago take no longer', () => {
  const old = layer('a', ['ada', 'bob', 'cyd'], { rotation: { type: 'custom', length: 1, handOffTime: '00:00' }, startsAt: '1975-01-01T00:00Z' });
  const before = process.cpuUsage().user;
  for (let hour = 0; hour < 200; hour += 1) expect(onCallAt(berlin(old), [], new Date(Date.UTC(2198, 0, 1, hour))).userId).not.toBeNull();
  expect(process.cpuUsage().user - before).toBeLessThan(1_000_000);
});

it('knows moments that are on the calendar', () => {
  expect(['2026-02-28T09:00', '2026-02-28T09:00:00.5Z', '2026-02-28T09:00+05:30'].filter(isMoment)).toHaveLength(3);
  const others = ['2026-02-29T09:00', '2026-02-28', '2026-02-28T24:00', '2026-02-28T09:60Z', '0026-02-28T09:00', '2026-02-28T09:00+24:00', 5];
  expect(others.filter(isMoment)).toEqual([]);
});
