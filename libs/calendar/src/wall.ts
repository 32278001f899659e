/** Of a wall time, not of an instant: a day of a clock that is changed has more or fewer. */
export const DAY_MS = 86_400_000;

/** The same time of the same day of a later month (or, negative, an earlier one); on the last day of a month that is too short. */
export function plusMonths(wall: number, months: number): number {
  const from = new Date(wall);
  const [year, month] = [from.getUTCFullYear(), from.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(from.getUTCDate(), lastDay)) + wall - Math.floor(wall / DAY_MS) * DAY_MS;
}
