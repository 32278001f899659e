/** Who is on call when, as it is configured. What the parts mean: docs/on-call.md. */

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** How a layer goes from one person to the next. */
export interface Rotation {
  readonly type: 'daily' | 'weekly' | 'custom';
  /** Of one turn: days, weeks, or elapsed hours (`custom`). */
  readonly length: number;
  /** `HH:MM` on the clock of the schedule's zone. */
  readonly handOffTime: string;
  /** For `weekly`. */
  readonly handOffWeekday?: Weekday;
}

/** When a layer counts: from one time of day to another, which is on the next day when it is not later. */
export interface Restriction {
  /** The days on which it begins; all of them when there are none. */
  readonly weekdays?: readonly Weekday[];
  readonly from: string;
  readonly to: string;
}

export interface Layer {
  readonly id: string;
  readonly name: string;
  /** Ids of people, in the order of their turns. */
  readonly users: readonly string[];
  readonly rotation: Rotation;
  /** Moments (`moments.ts`): the first person's turn begins at `startsAt`. */
  readonly startsAt: string;
  readonly endsAt?: string;
  /** When there are any, the layer counts only then. */
  readonly restrictions: readonly Restriction[];
}

export interface Schedule {
  /** An IANA name. */
  readonly timeZone: string;
  /** Later ones win over earlier ones. */
  readonly layers: readonly Layer[];
}

/** Somebody takes over for a while. */
export interface Override {
  readonly id: string;
  readonly userId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** Whose time it is about: only that (a swap). Without: everything, gaps as well. */
  readonly replacesUserId: string | null;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** No turn and no override is longer, and no window that is asked for. */
export const LONGEST_DAYS = 366;

/** `HH:MM` as milliseconds since midnight on the clock. */
export function timeOfDay(text: string): number {
  return Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3, 5)) * MINUTE_MS;
}

/** The weekday of a day (days since 1 January 1970, a Thursday). */
export function weekdayOf(day: number): Weekday {
  return WEEKDAYS[(((day + 3) % 7) + 7) % 7]!;
}
