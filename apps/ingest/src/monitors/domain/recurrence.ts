import { instantOf, localOf, plusDays, plusMonths } from './zoned.js';

export const RECURRENCES = ['none', 'weekly', 'monthly', 'quarterly', 'half-yearly', 'yearly'] as const;
export type Recurrence = (typeof RECURRENCES)[number];

const MONTHS: Readonly<Record<Exclude<Recurrence, 'none' | 'weekly'>, number>> = { monthly: 1, quarterly: 3, 'half-yearly': 6, yearly: 12 };

/**
 * The `number`th time (0 is the first) of what recurs since `first`, at the same time of the zone's clocks. Months are always counted from the first: the
 * 31st is the 28th in February and the 31st again in March. What does not recur has the first time alone.
 */
export function occurrence(first: Date, recurrence: Recurrence, zone: string, number: number): Date {
  if (number === 0 || recurrence === 'none') return first;
  const local = localOf(first, zone);
  return instantOf(recurrence === 'weekly' ? plusDays(local, 7 * number) : plusMonths(local, MONTHS[recurrence] * number), zone);
}

/** So many days of the zone's calendar before (or, negative, after) an instant, at the same time of day. */
export function daysBefore(instant: Date, days: number, zone: string): Date {
  return days === 0 ? instant : instantOf(plusDays(localOf(instant, zone), -days), zone);
}
