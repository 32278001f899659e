import { DAY_MS, Zone, plusMonths } from '@signalbox/calendar';

export const RECURRENCES = ['none', 'daily', 'weekly', 'monthly'] as const;
export type Recurrence = (typeof RECURRENCES)[number];

/** When a maintenance window holds: from `startsAt` to `endsAt`, and again at the same times of the clock of `timeZone`. */
export interface Times {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly timeZone: string;
  readonly recurrence: Recurrence;
  /** No occurrence begins after this; null: it goes on for ever. */
  readonly recursUntil: string | null;
}

const PERIOD_MS = { daily: DAY_MS, weekly: 7 * DAY_MS };

/** How long an occurrence is at most, in words too: shorter than the time to the next one, however short a month is. */
const SHORTER_THAN = { daily: [DAY_MS, 'a day'], weekly: [7 * DAY_MS, 'a week'], monthly: [28 * DAY_MS, '28 days'] } as const;

/** What is wrong with the times of a window, each with its field; empty when nothing is. */
export function faultsOf({ startsAt, endsAt, recurrence, recursUntil }: Times): { path: string; message: string }[] {
  const length = Date.parse(endsAt) - Date.parse(startsAt);
  const faults = length > 0 ? [] : [{ path: 'endsAt', message: 'must be later than startsAt' }];
  if (recurrence === 'none') {
    return recursUntil === null ? faults : [...faults, { path: 'recursUntil', message: 'is for a window that comes again: give it a recurrence' }];
  }
  const [most, words] = SHORTER_THAN[recurrence];
  if (length >= most) faults.push({ path: 'endsAt', message: `must be less than ${words} after startsAt, as the window comes again` });
  if (recursUntil !== null && Date.parse(recursUntil) < Date.parse(startsAt)) {
    faults.push({ path: 'recursUntil', message: 'must not be earlier than startsAt' });
  }
  return faults;
}

/**
 * The end of the occurrence that holds at an instant, or null when none does. An occurrence on a day that a month does not have is on its last. `ever`: as if
 * it had always come again, before `startsAt` too.
 */
export function endAt(times: Times, at: string, ever = false): string | null {
  const now = Date.parse(at);
  const [first, last] = [Date.parse(times.startsAt), Date.parse(times.endsAt)];
  if (now < first && !ever) return null;
  if (times.recurrence === 'none') return now < last ? times.endsAt : null;
  const zone = Zone.of(times.timeZone);
  const [startWall, lengthWall] = [zone.wallOf(first), zone.wallOf(last) - zone.wallOf(first)];
  const until = times.recursUntil === null ? Infinity : Date.parse(times.recursUntil);
  const newest = periodsSince(startWall, zone.wallOf(now), times.recurrence);
  // The newest that has begun by the clock, and the one before it, which may still go on.
  for (const index of [newest, newest - 1]) {
    if (index < 0 && !ever) continue;
    const wall = occurrence(startWall, index, times.recurrence);
    const [from, to] = [zone.instantOf(wall), zone.instantOf(wall + lengthWall)];
    if (from <= now && now < to && from <= until) return new Date(to).toISOString();
  }
  return null;
}

/** When a window begins next after an instant; null when it does not any more. */
export function beginsAfter(times: Times, at: string): string | null {
  const now = Date.parse(at);
  const first = Date.parse(times.startsAt);
  if (now < first) return times.startsAt;
  const { recurrence } = times;
  if (recurrence === 'none') return null;
  const zone = Zone.of(times.timeZone);
  const startWall = zone.wallOf(first);
  const newest = periodsSince(startWall, zone.wallOf(now), recurrence);
  // The one that has begun by the clock may be ahead still, where the clock was set back.
  const next = [newest, newest + 1, newest + 2].map((index) => zone.instantOf(occurrence(startWall, index, recurrence))).find((from) => from > now)!;
  return times.recursUntil !== null && next > Date.parse(times.recursUntil) ? null : new Date(next).toISOString();
}

function periodsSince(startWall: number, wall: number, recurrence: Exclude<Recurrence, 'none'>): number {
  if (recurrence !== 'monthly') return Math.floor((wall - startWall) / PERIOD_MS[recurrence]);
  const [from, to] = [new Date(startWall), new Date(wall)];
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return occurrence(startWall, months, 'monthly') <= wall ? months : months - 1;
}

function occurrence(startWall: number, index: number, recurrence: Exclude<Recurrence, 'none'>): number {
  return recurrence === 'monthly' ? plusMonths(startWall, index) : startWall + index * PERIOD_MS[recurrence];
}
