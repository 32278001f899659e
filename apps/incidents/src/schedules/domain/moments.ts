import type { Zone } from '@signalbox/calendar';

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?$/;
/** Far enough for everybody, and within what zones are known for. */
const [FIRST_YEAR, LAST_YEAR] = [1975, 2199];

/**
 * Whether a text is a moment: an instant (`2026-03-29T01:00:00Z`, `…+02:00`) or a time
 * on the clock of the schedule's zone (`2026-03-29T09:00`), of the years 1975 to 2199.
 */
export function isMoment(text: unknown): text is string {
  const parts = typeof text === 'string' ? MOMENT.exec(text) : null;
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  const offset = parts[8]?.length === 6 ? parts[8] : '+00:00';
  return year >= FIRST_YEAR && year <= LAST_YEAR && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    && hour < 24 && minute < 60 && second < 60 && Number(offset.slice(1, 3)) < 24 && Number(offset.slice(4)) < 60;
}

/** The instant of a moment, in milliseconds. */
export function instantOfMoment(text: string, zone: Zone): number {
  const isInstant = /(Z|[+-]\d\d:\d\d)$/.test(text);
  return isInstant ? Date.parse(text) : zone.instantOf(Date.parse(`${text}Z`));
}
