import { DAY_MS, Zone, plusMonths } from '@signalbox/calendar';

export const RECURRENCES = ['none', 'weekly', 'monthly', 'quarterly', 'half-yearly', 'yearly'] as const;
export type Recurrence = (typeof RECURRENCES)[number];

const MONTHS: Readonly<Record<Exclude<Recurrence, 'none' | 'weekly'>, number>> = { monthly: 1, quarterly: 3, 'half-yearly': 6, yearly: 12 };

/**
 * The `number`th time (0 is the first) of what recurs since `first`, at the same time of the zone's clocks. Months are always counted from the first: the
 * 31st is the 28th in February and the 31st again in March. What does not recur has the first time alone.
 */
export function occurrence(first: Date, recurrence: Recurrence, zone: string, number: number): Date {
  if (number === 0 || recurrence === 'none') return first;
  const clock = Zone.of(zone);
  const wall = clock.wallOf(first.getTime());
  return new Date(clock.laterInstantOf(recurrence === 'weekly' ? wall + 7 * number * DAY_MS : plusMonths(wall, MONTHS[recurrence] * number)));
}

/** So many days of the zone's calendar before (or, negative, after) an instant, at the same time of day. */
export function daysBefore(instant: Date, days: number, zone: string): Date {
  if (days === 0) return instant;
  const clock = Zone.of(zone);
  return new Date(clock.laterInstantOf(clock.wallOf(instant.getTime()) - days * DAY_MS));
}

