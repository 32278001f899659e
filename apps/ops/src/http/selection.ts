import { badRequest } from '@signalbox/http-api';
import type { LetterFilter, Selection } from '../store/letter-filter.js';

/** What a replay or a purge may be asked for: exactly one of these. */
export interface Asked {
  readonly ids?: readonly string[];
  readonly filter?: LetterFilter;
  readonly olderThanDays?: number;
}

/** The letters that are meant. 400 unless exactly one way of naming them is used. */
export function selectionOf(asked: Asked, ways: readonly (keyof Asked)[], now: Date = new Date()): Selection {
  const given = ways.filter((way) => asked[way] !== undefined);
  if (given.length !== 1) throw badRequest([{ path: '', message: `give exactly one of ${ways.join(', ')}` }]);
  const { ids, filter, olderThanDays } = asked;
  if (ids !== undefined) return { ids: [...new Set(ids.map((id) => id.toLowerCase()))] };
  if (filter !== undefined) return { filter: narrowing(filter) };
  return { diedBefore: new Date(now.getTime() - olderThanDays! * 86_400_000) };
}

/** A replay takes dead letters only: asking for others is a mistake that must not pass in silence. */
export function requireDead({ filter }: Selection): void {
  if (filter?.state !== undefined && (filter.state.length !== 1 || filter.state[0] !== 'dead')) {
    throw badRequest([{ path: 'filter.state', message: 'only letters in the state dead can be replayed' }]);
  }
}

/** The filter without what a DTO class leaves undefined. */
export function narrowing(filter: LetterFilter): LetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
