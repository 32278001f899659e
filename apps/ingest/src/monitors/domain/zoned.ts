/** A wall clock's reading, month and day from 1. */
export interface LocalTime { readonly year: number; readonly month: number; readonly day: number; readonly hour: number; readonly minute: number; readonly second: number }

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of an IANA zone show at an instant, to the second. Throws RangeError for a zone that there is not. */
export function localOf(instant: Date, zone: string): LocalTime {
  let format = formats.get(zone);
  if (format === undefined) {
    const digits = '2-digit';
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'gregory', hourCycle: 'h23', year: 'numeric', month: digits, day: digits, hour: digits, minute: digits, second: digits });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return { year: parts.year!, month: parts.month!, day: parts.day!, hour: parts.hour!, minute: parts.minute!, second: parts.second! };
}

/** The instant at which the clocks of a zone show this: the first of two when they are set back, and when they skip it, as much later as they skip. */
export function instantOf(local: LocalTime, zone: string): Date {
  const asUtc = utcOf(local);
  // A day to either side of it, the offsets before and after a change of the clocks.
  const [before, after] = [-DAY_MS, DAY_MS].map((away) => new Date(asUtc - offsetMs(new Date(asUtc + away), zone)));
  const shows = (instant: Date): boolean => utcOf(localOf(instant, zone)) === asUtc;
  if (shows(before!) && shows(after!)) return before! < after! ? before! : after!;
  return shows(after!) ? after! : before!;
}

export function plusDays(local: LocalTime, days: number): LocalTime {
  const date = new Date(utcOf(local) + days * DAY_MS);
  return { ...local, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The same day of a later month; the last one of a month that is too short. */
export function plusMonths(local: LocalTime, months: number): LocalTime {
  const index = local.year * 12 + local.month - 1 + months;
  const [year, month] = [Math.floor(index / 12), index % 12 + 1];
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { ...local, year, month, day: Math.min(local.day, lastDay) };
}

function offsetMs(instant: Date, zone: string): number {
  return utcOf(localOf(instant, zone)) - Math.floor(instant.getTime() / 1_000) * 1_000;
}

function utcOf({ year, month, day, hour, minute, second }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
