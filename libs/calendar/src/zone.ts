import { DAY_MS } from './wall.js';

/**
 * The clock of a time zone. A *wall* time is what the clock shows, as milliseconds in which it would be that time in UTC.
 * One that occurs twice means its first occurrence. Of one that the clock skips there are two readings: `instantOf` for the ends of periods,
 * `laterInstantOf` for times at which something is to happen.
 */
export class Zone {
  private readonly format: Intl.DateTimeFormat;
  /** By day (UTC): the offset before and from `at` on. */
  private readonly days = new Map<number, { readonly before: number; readonly after: number; readonly at: number }>();

  private constructor(readonly name: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  }

  /** The zone of an IANA name that `isTimeZone` takes. */
  static of(name: string): Zone {
    const key = name.toLowerCase();
    const zone = ZONES.get(key) ?? new Zone(name);
    ZONES.set(key, zone);
    return zone;
  }

  /** What the clock shows at an instant. */
  wallOf(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  /**
   * The first instant at which the clock has reached a wall time: one that is skipped is the first that is not, and of two periods of which one ends
   * where the other begins nothing is lost or doubled.
   */
  instantOf(wall: number): number {
    const { first, second, at } = this.readingsOf(wall);
    return first < at ? first : Math.max(at, second);
  }

  /** The first instant at which the clock shows a wall time; of one that is skipped, as much later as is skipped: 02:30 is 03:30. */
  laterInstantOf(wall: number): number {
    const { first, second, at } = this.readingsOf(wall);
    return first < at || second < at ? first : second;
  }

  /** When a wall time is by the offset a day before and a day after it, and when the one gives way to the other. */
  private readingsOf(wall: number): { first: number; second: number; at: number } {
    const [before, after] = [this.offsetAt(wall - DAY_MS), this.offsetAt(wall + DAY_MS)];
    const [first, second] = [wall - before, wall - after];
    return { first, second, at: before === after ? Infinity : this.changeBetween(wall - DAY_MS, wall + DAY_MS, (instant) => this.offsetAt(instant)) };
  }

  private offsetAt(instant: number): number {
    const { before, after, at } = this.dayOf(Math.floor(instant / DAY_MS));
    return instant < at ? before : after;
  }

  private dayOf(day: number): { before: number; after: number; at: number } {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const [from, to] = [day * DAY_MS, (day + 1) * DAY_MS];
    const [before, after] = [this.reckonedOffset(from), this.reckonedOffset(to)];
    const entry = { before, after, at: before === after ? Infinity : this.changeBetween(from, to, (instant) => this.reckonedOffset(instant)) };
    if (this.days.size >= MOST_DAYS) this.days.clear();
    this.days.set(day, entry);
    return entry;
  }

  /** When the offset changes between two instants at which it differs: once, as no zone changes its clock twice in two days. */
  private changeBetween(from: number, to: number, offsetAt: (instant: number) => number): number {
    const before = offsetAt(from);
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  private reckonedOffset(instant: number): number {
    const second = Math.floor(instant / 1000) * 1000;
    const parts = Object.fromEntries(this.format.formatToParts(second).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute'], parts['second']) - second;
  }
}

/** As many as there are zones in the IANA database, at most. */
const ZONES = new Map<string, Zone>();
const MOST_DAYS = 5_000;

/** Whether a text is the IANA name of a zone that this Node knows. Offsets (`+01:00`) are none: they know no daylight-saving time. */
export function isTimeZone(text: unknown): text is string {
  if (typeof text !== 'string' || !/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
