import { Zone } from '@signalbox/calendar';
import { badRequest } from '@signalbox/http-api';
import type { Entry } from '../domain/on-call.js';
import { instantOfMoment } from '../domain/moments.js';
import { dayAt } from '../domain/rotation.js';
import { DAY_MS, LONGEST_DAYS } from '../domain/schedule.js';
import type { People } from '../people.js';
import type { FinalAnswer } from './answers.dto.js';

const USUAL_DAYS = 28;
/** So many entries are answered at most. */
const MOST_ENTRIES = 10_000;

export interface Window { readonly from: Date; readonly to: Date }

/** The instant of a moment in a schedule's zone. */
export function dateOf(moment: string, timeZone: string): Date {
  return new Date(instantOfMoment(moment, Zone.of(timeZone)));
}

/** The window that is asked for: by default 28 days from the beginning of today on the schedule's clock. 400 when it is empty or longer than a year. */
export function windowOf({ from, to }: { readonly from?: string | null; readonly to?: string | null }, timeZone: string, now: Date): Window {
  const zone = Zone.of(timeZone);
  const begin = typeof from !== 'string' ? zone.instantOf(dayAt(zone, now.getTime()) * DAY_MS) : instantOfMoment(from, zone);
  const end = typeof to !== 'string' ? zone.instantOf((dayAt(zone, begin) + USUAL_DAYS) * DAY_MS) : instantOfMoment(to, zone);
  if (end <= begin) throw badRequest([{ path: 'to', message: 'must be after from' }]);
  if (end - begin > LONGEST_DAYS * DAY_MS) throw badRequest([{ path: 'to', message: `must be at most ${LONGEST_DAYS} days after from` }]);
  return { from: new Date(begin), to: new Date(end) };
}

/** A final schedule as it is answered. 400 when it has too many entries for one answer. */
export function finalAnswer(entries: readonly Entry[], { from, to }: Window, people: People, tenantId: string): FinalAnswer {
  if (entries.length > MOST_ENTRIES) {
    throw badRequest([{ path: 'to', message: `leaves more than ${MOST_ENTRIES} shifts in the window: ask for a shorter one` }]);
  }
  const gaps = entries.filter(({ userId }) => userId === null);
  const uncovered = gaps.reduce((sum, gap) => sum + gap.to.getTime() - gap.from.getTime(), 0);
  const total = to.getTime() - from.getTime();
  return {
    from: from.toISOString(), to: to.toISOString(),
    entries: entries.map((entry) => ({ ...entry, from: entry.from.toISOString(), to: entry.to.toISOString() })),
    gaps: gaps.map((gap) => ({ from: gap.from.toISOString(), to: gap.to.toISOString(), absentUserId: gap.absentUserId })),
    coverage: Math.floor(((total - uncovered) / total) * 10_000) / 10_000,
    users: people.named(tenantId, entries.flatMap(({ userId, absentUserId }) => userId ?? absentUserId ?? [])),
  };
}
