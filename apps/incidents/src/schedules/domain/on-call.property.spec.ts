import { Zone } from '@signalbox/calendar';
import { instantOfMoment } from './moments.js';
import { finalSchedule, handOffs, onCallAt, type Entry } from './on-call.js';
import { WEEKDAYS, type Layer, type Override, type Restriction, type Rotation, type Schedule } from './schedule.js';

/**
 * The schedules against a second way to reckon them, which knows no arithmetic of rotations and no offsets: the clock is read every 15
 * minutes over two years, and people are painted on that wall tick by tick, layer over layer. All changes of these zones fall on such ticks.
 */
const TICK = 15 * 60_000;
const TICKS_A_DAY = 96;

/** Two years each, with what is odd about them within. */
const WALLS = ([
  ['Europe/Berlin', 2026], ['America/New_York', 2026], ['Australia/Lord_Howe', 2026],
  ['Asia/Kolkata', 2026], ['Pacific/Apia', 2011], ['America/Sao_Paulo', 2017],
  ['Africa/Casablanca', 2025], ['America/Havana', 2026], ['UTC', 2027],
] as const).map(([zone, year]) => wallOf(zone, year));

interface Wall {
  readonly zone: string;
  /** The instant of tick 0. */
  readonly origin: number;
  /** What the clock shows at a tick, in ticks since the clock's own tick 0. */
  readonly clock: readonly number[];
  /** The first tick at which the clock has reached a wall time (in ticks of `clock`). */
  readonly reached: readonly number[];
  /** What each day of the clock is called. */
  readonly weekdays: readonly string[];
}

function wallOf(zone: string, year: number): Wall {
  const origin = Date.UTC(year, 0, 1);
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const clock = Array.from({ length: 730 * TICKS_A_DAY }, (_, tick) => (Date.parse(`${text.format(origin + tick * TICK).replace(' ', 'T')}Z`) - origin) / TICK);
  const reached: number[] = [];
  clock.forEach((shown, tick) => { while (reached.length <= shown) reached.push(tick); });
  const name = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', weekday: 'long' });
  const weekdays = Array.from({ length: 735 }, (_, day) => name.format(origin + day * TICKS_A_DAY * TICK).toLowerCase());
  return { zone, origin, clock, reached, weekdays };
}

/** A generator of numbers that is the same in every run (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const two = (n: number): string => String(n).padStart(2, '0');
const timeText = (tick: number): string => `${two(Math.floor(tick / 4))}:${two((tick % 4) * 15)}`;
const tickOf = (time: string): number => Number(time.slice(0, 2)) * 4 + Number(time.slice(3)) / 15;
const people = ['ada', 'bob', 'cyd', 'dan', 'eve'];

function someRotation(roll: ReturnType<typeof dice>): Rotation {
  const handOffTime = timeText(roll(TICKS_A_DAY));
  switch (roll(3)) {
    case 0: return { type: 'daily', length: 1 + roll(9), handOffTime };
    case 1: return { type: 'weekly', length: 1 + roll(3), handOffTime, handOffWeekday: WEEKDAYS[roll(7)]! };
    default: return { type: 'custom', length: 1 + roll(100), handOffTime };
  }
}

function someRestriction(roll: ReturnType<typeof dice>): Restriction {
  const weekdays = WEEKDAYS.filter(() => roll(2) === 0);
  return { ...(weekdays.length === 0 ? {} : { weekdays }), from: timeText(roll(TICKS_A_DAY)), to: timeText(roll(TICKS_A_DAY)) };
}

/** A layer, and its start and end in ticks. `horizon`: how far from the beginning it may start. */
function someLayer(wall: Wall, roll: ReturnType<typeof dice>, id: string, horizon: number): Layer & { start: number; end: number } {
  const asClock = roll(2) === 0;
  const startClock = 10 * TICKS_A_DAY + roll(horizon);
  const start = asClock ? wall.reached[startClock]! : startClock;
  const end = roll(4) === 0 ? start + 1 + roll(200 * TICKS_A_DAY) : Infinity;
  const utc = (tick: number): string => new Date(wall.origin + tick * TICK).toISOString();
  return {
    id, name: id, users: Array.from({ length: 1 + roll(4) }, () => people[roll(people.length)]!), rotation: someRotation(roll),
    startsAt: asClock ? utc(startClock).slice(0, 16) : utc(startClock), ...(end === Infinity ? {} : { endsAt: utc(end) }),
    restrictions: Array.from({ length: Math.max(0, roll(5) - 2) }, () => someRestriction(roll)), start, end,
  };
}

type Paint = (string | null)[];

function paintLayer({ clock, reached, weekdays: names }: Wall, layer: ReturnType<typeof someLayer>, picture: Paint): void {
  const { rotation, users, restrictions, start, end } = layer;
  const dayOfTick = (tick: number): number => Math.floor(clock[tick]! / TICKS_A_DAY);
  const at = (day: number, time: string): number => reached[day * TICKS_A_DAY + tickOf(time)] ?? clock.length;
  const starts: number[] = [];
  const days = names.map((_, day) => day).filter((day) => rotation.type !== 'weekly' || names[day] === rotation.handOffWeekday);
  const first = days.findLastIndex((day) => at(day, rotation.handOffTime) <= start);
  if (rotation.type === 'custom') {
    for (let tick = at(days[first]!, rotation.handOffTime); tick < clock.length; tick += rotation.length * 4) starts.push(tick);
    while (starts[1]! <= start) starts.shift();
  } else for (let index = first; index < days.length; index += rotation.length) starts.push(at(days[index]!, rotation.handOffTime));
  const open = restrictions.length === 0 ? undefined : new Uint8Array(clock.length);
  for (const { weekdays, from, to } of restrictions) {
    for (let day = 0; day <= dayOfTick(clock.length - 1); day += 1) {
      if (weekdays?.includes(names[day] as never) === false) continue;
      open!.fill(1, at(day, from), at(tickOf(to) > tickOf(from) ? day : day + 1, to));
    }
  }
  starts.forEach((begin, turn) => {
    for (let tick = Math.max(begin, start); tick < Math.min(starts[turn + 1] ?? clock.length, end, clock.length); tick += 1) {
      if (open === undefined || open[tick] === 1) picture[tick] = users[turn % users.length]!;
    }
  });
}

function someOverride(wall: Wall, roll: ReturnType<typeof dice>, low: number, high: number): Override & { start: number; end: number } {
  const start = low - 50 + roll(high - low + 50);
  const end = start + 1 + roll(5 * TICKS_A_DAY);
  const at = (tick: number): Date => new Date(wall.origin + tick * TICK);
  return {
    id: `o${start}`, userId: people[roll(5)]!, replacesUserId: roll(2) === 0 ? null : people[roll(5)]!,
    startsAt: at(start), endsAt: at(end), start, end,
  };
}

function paintOverride({ userId, replacesUserId, start, end }: ReturnType<typeof someOverride>, picture: Paint): void {
  for (let tick = Math.max(start, 0); tick < Math.min(end, picture.length); tick += 1) {
    if (replacesUserId === null || picture[tick] === replacesUserId) picture[tick] = userId;
  }
}

/** A window that is anywhere, or on the night of a change of the clock. */
function someWindow({ clock }: Wall, roll: ReturnType<typeof dice>): [low: number, high: number] {
  const changes = clock.flatMap((shown, tick) => (tick > 0 && shown - clock[tick - 1]! !== 1 ? [tick] : []));
  const length = 1 + roll(20 * TICKS_A_DAY);
  const low = changes.length > 0 && roll(3) > 0 ? changes[roll(changes.length)]! - roll(length) : 12 * TICKS_A_DAY + roll(680 * TICKS_A_DAY);
  return [Math.max(low, 0), Math.min(Math.max(low, 0) + length, clock.length)];
}

describe.each(WALLS.map((wall) => [wall.zone, wall] as const))('%s', (zone, wall) => {
  it('every wall time means the first instant at which the clock has reached it', () => {
    const found = wall.reached.map((_, clock) => (Zone.of(zone).instantOf(wall.origin + clock * TICK) - wall.origin) / TICK);
    // Up to the first tick that was looked at, the clock may have been there before.
    const skipped = wall.clock[0]! + TICKS_A_DAY;
    expect(found.findIndex((tick, clock) => clock >= skipped && tick !== wall.reached[clock])).toBe(-1);
  });

  it('random schedules are what is painted tick by tick', () => {
    const roll = dice(zone.length * 7919);
    for (let round = 0; round < 40; round += 1) {
      const [low, high] = someWindow(wall, roll);
      const from = Math.max(low, 12 * TICKS_A_DAY) - 10 * TICKS_A_DAY + TICKS_A_DAY;
      const layers = Array.from({ length: 1 + roll(3) }, (_, n) => someLayer(wall, roll, `l${n}`, from));
      const overrides = Array.from({ length: roll(4) }, () => someOverride(wall, roll, low, high));
      const picture: Paint = new Array<string | null>(wall.clock.length).fill(null);
      for (const layer of layers) paintLayer({ ...wall, clock: wall.clock.slice(0, high) }, layer, picture);
      for (const override of overrides) paintOverride(override, picture);
      compare({ schedule: { timeZone: zone, layers }, overrides, wall, low, high, expected: picture.slice(low, high), roll });
    }
  });
});

interface Comparison {
  readonly schedule: Schedule;
  readonly overrides: readonly Override[];
  readonly wall: Wall;
  readonly low: number;
  readonly high: number;
  readonly expected: Paint;
  readonly roll: ReturnType<typeof dice>;
}

function compare({ schedule, overrides, wall, low, high, expected, roll }: Comparison): void {
  const at = (tick: number): Date => new Date(wall.origin + tick * TICK);
  const entries = finalSchedule(schedule, overrides, at(low), at(high));
  const told = entries.flatMap(({ from, to, userId }) => Array.from({ length: (to.getTime() - from.getTime()) / TICK }, () => userId));
  const wrong = told.findIndex((userId, index) => userId !== expected[index]);
  if (wrong >= 0 || told.length !== expected.length) {
    const given = JSON.stringify({ schedule, overrides, from: at(low), to: at(high) });
    throw new Error(`${wall.zone} at ${at(low + wrong).toISOString()}: ${told[wrong]} instead of ${expected[wrong]} in ${given}`);
  }
  // Without a break, joined where nothing changes.
  expect([entries[0]!.from, entries.at(-1)!.to]).toEqual([at(low), at(high)]);
  const what = ({ userId, layerId, overrideId }: Entry): string => `${userId} ${layerId} ${overrideId}`;
  expect(entries.slice(1).filter((entry, index) => entry.from.getTime() !== entries[index]!.to.getTime() || what(entry) === what(entries[index]!))).toEqual([]);
  expect(handOffs(schedule, overrides, at(low), at(high)).map(({ at: when, toUserId }) => [(when.getTime() - wall.origin) / TICK, toUserId]))
    .toEqual(expected.flatMap((userId, index) => (index > 0 && userId !== expected[index - 1] ? [[low + index, userId]] : [])));
  for (let probe = 0; probe < 5; probe += 1) {
    const index = roll(expected.length);
    expect(onCallAt(schedule, overrides, new Date(at(low + index).getTime() + roll(TICK))).userId).toBe(expected[index]);
  }
}

it('a moment on the clock and the instant that it means are one', () => {
  for (const { zone, origin, clock } of WALLS) {
    const roll = dice(3);
    for (let round = 0; round < 200; round += 1) {
      const tick = TICKS_A_DAY + roll(clock.length - 2 * TICKS_A_DAY);
      const shown = new Date(origin + clock[tick]! * TICK).toISOString().slice(0, 16);
      // The first time that the clock shows this.
      expect((instantOfMoment(shown, Zone.of(zone)) - origin) / TICK).toBe(clock.indexOf(clock[tick]!));
    }
  }
});
