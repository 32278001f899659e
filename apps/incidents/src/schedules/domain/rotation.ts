import type { Zone } from '@signalbox/calendar';
import { DAY_MS, HOUR_MS, timeOfDay, weekdayOf, type Rotation } from './schedule.js';

/** The turns of a layer, numbered from 0: each begins at an instant and ends where the next begins. */
export interface Turns {
  /** When a turn begins. The first one counts from the layer's start only. */
  startOf(index: number): number;
  /** The turn at an instant that is not before the layer's start. */
  indexAt(instant: number): number;
}

/** The turns of a rotation from the layer's start (an instant) on: the first begins with the last hand-off that is not after the start. */
export function turnsOf(rotation: Rotation, zone: Zone, start: number): Turns {
  const time = timeOfDay(rotation.handOffTime);
  const handOff = (day: number): number => zone.instantOf(day * DAY_MS + time);
  const isDay = (day: number): boolean => rotation.handOffWeekday === undefined || weekdayOf(day) === rotation.handOffWeekday;
  // A clock that is set back over midnight shows yesterday although today's hand-off was.
  let day = dayAt(zone, start) + 1;
  while (!isDay(day) || handOff(day) > start) day -= 1;
  return rotation.type === 'custom'
    ? elapsedTurns(handOff(day), rotation.length * HOUR_MS, start)
    : calendarTurns((index) => handOff(day + index * stepDays(rotation)), (instant) => Math.floor((dayAt(zone, instant) - day) / stepDays(rotation)));
}

/** The day (since 1 January 1970) that the clock shows at an instant. */
export function dayAt(zone: Zone, instant: number): number {
  return Math.floor(zone.wallOf(instant) / DAY_MS);
}

function stepDays({ type, length }: Rotation): number {
  return type === 'weekly' ? length * 7 : length;
}

function elapsedTurns(anchor: number, length: number, start: number): Turns {
  const origin = anchor + Math.floor((start - anchor) / length) * length;
  return { startOf: (index) => origin + index * length, indexAt: (instant) => Math.floor((instant - origin) / length) };
}

/** `guess` may be one or two off where the clock is changed; of turns that begin together (a day that was left out) the last counts. */
function calendarTurns(startOf: (index: number) => number, guess: (instant: number) => number): Turns {
  return {
    startOf,
    indexAt: (instant) => {
      let index = guess(instant);
      while (startOf(index) > instant) index -= 1;
      while (startOf(index + 1) <= instant) index += 1;
      return index;
    },
  };
}
