import { PARTITIONS, type Severity } from '@signalbox/contracts';
import { earliest, later, plusSeconds, secondsBetween } from './instant.js';
import type { Notable } from './incident-state.js';

/**
 * A storm is over when for so long nothing was over the limit: in a flood that passes it
 * in each counted minute, early in one and late in the next, no two are further apart.
 */
const CALM_SECONDS = 120;
/** How many there are is told when it has gone on for twice as long as the last time, from a minute on, and at least every half hour. */
const FIRST_COUNT_SECONDS = 60;
const MOST_COUNT_SECONDS = 1_800;

/** A flood on a service, from the first incident over its limit until it is calm. */
export interface Storm {
  /** When the minute began in which the limit was passed. */
  readonly since: string;
  /** Of the incident that passed it: each word of a storm reaches those who heard of its beginning. */
  readonly severity: Severity;
  /** Incidents that opened from `since` to `lastAt`, and those of them that were over the limit and are not told one by one. */
  readonly opened: number;
  readonly quiet: number;
  /** Opened since, below the limit: they are of it only when it goes on. */
  readonly below: number;
  /** When one was over the limit last. */
  readonly lastAt: string;
  /** `opened` as it was told last. */
  readonly said: number;
  readonly countAt: string;
  /** When it is looked at: `countAt`, or the end as far as it was known at the last look. */
  readonly dueAt: string;
}

/** What there is to say of a storm: that it began, how many there are by now, that it is over. */
export interface Word { readonly kind: 'begun' | 'count' | 'over'; readonly storm: Storm }

export interface Looked { readonly storm: Storm | null; readonly words: readonly Word[] }

const STORM = 'storm/';

/** The service that storms are counted for, as the key of a group, and back. */
export function stormKeyOf(serviceId: string): string {
  return `${STORM}${serviceId}`;
}

export function serviceOfStorm(key: string): string {
  return key.slice(STORM.length);
}

export function isStormKey(groupKey: string): boolean {
  return groupKey.startsWith(STORM);
}

/**
 * Whether a batch need not look at a service's new incidents one by one: so few were counted in this minute that the limit is not reached even if every
 * partition has as many `fresh` ones in hand as this one (half of the limit is for those that have been counted, half for those in hand elsewhere).
 */
export function isFarFromStorm(inMinute: number, fresh: number, stormPerMinute: number): boolean {
  return inMinute + fresh * PARTITIONS <= stormPerMinute / 2;
}

/** An incident over the limit, as the `inMinute`th of its minute; `quiet`: whether the storm is what keeps it so. */
interface OverTheLimit {
  readonly minute: string;
  readonly inMinute: number;
  readonly severity: Severity;
  readonly quiet: boolean;
}

/** One more incident over the limit: the storm begins, or goes on. An old one that nobody was there to end ends first. */
export function blow(before: Storm | null, one: OverTheLimit, now: string): Looked & { readonly storm: Storm } {
  const { minute, inMinute, severity } = one;
  const quiet = one.quiet ? 1 : 0;
  if (before === null || isOver(before, now)) {
    const countAt = plusSeconds(now, FIRST_COUNT_SECONDS);
    const storm: Storm = { since: minute, severity, opened: inMinute, quiet, below: 0, lastAt: now, said: inMinute, countAt, dueAt: countAt };
    return { storm, words: [...(before === null ? [] : [{ kind: 'over', storm: before } as const]), { kind: 'begun', storm }] };
  }
  const storm: Storm = { ...before, opened: before.opened + before.below, below: 0, quiet: before.quiet + quiet, lastAt: later(before.lastAt, now) };
  return now < storm.countAt ? { storm, words: [] } : counted(storm, now);
}

/** What is due of a storm: none is left when it is over. */
export function lookAtStorm(storm: Storm, now: string): Looked {
  if (isOver(storm, now)) return { storm: null, words: [{ kind: 'over', storm }] };
  return now < storm.countAt ? { storm: { ...storm, dueAt: dueAfter(storm) }, words: [] } : counted(storm, now);
}

/** The count is told, unless it was; whoever looks when it is due does it, a batch or the clock. */
function counted(storm: Storm, now: string): { storm: Storm; words: Word[] } {
  const lasted = secondsBetween(storm.since, now);
  const next: Storm = { ...storm, said: storm.opened, countAt: plusSeconds(now, Math.min(Math.max(lasted, FIRST_COUNT_SECONDS), MOST_COUNT_SECONDS)) };
  const told: Storm = { ...next, dueAt: dueAfter(next) };
  return { storm: told, words: storm.opened === storm.said ? [] : [{ kind: 'count', storm: told }] };
}

function isOver({ lastAt }: Storm, now: string): boolean {
  return plusSeconds(lastAt, CALM_SECONDS) <= now;
}

function dueAfter({ countAt, lastAt }: Storm): string {
  return earliest([countAt, plusSeconds(lastAt, CALM_SECONDS)])!;
}

interface StormyService {
  readonly id: string;
  readonly name: string;
  readonly stormPerMinute?: number | null;
}

/** A word as a notice: those of one storm have one fingerprint. `open`: how many incidents of the service are open, where that is known. */
export function notableOf({ kind, storm }: Word, service: StormyService, open: number | null = null): Notable {
  const { since, lastAt, opened, quiet, severity } = storm;
  const from = `${since.slice(0, 19)}Z`;
  const titles: Readonly<Record<Word['kind'], string>> = {
    begun: `A storm on ${service.name}: more than ${service.stormPerMinute} incidents opened in the minute from ${from}; `
      + 'further ones are kept and not told one by one',
    count: `The storm on ${service.name} goes on: ${inWords(opened)} incidents opened since ${from}, ${inWords(quiet)} of them kept quiet`,
    over: `The storm on ${service.name} is over: ${inWords(opened)} incidents in ${minutes(secondsBetween(since, lastAt))} from ${from}, `
      + `${inWords(quiet)} of them not told one by one${open === null ? '' : `; ${inWords(open)} of its incidents are open now`}`,
  };
  return {
    eventType: kind === 'over' ? 'incident.storm_over' : 'incident.storm',
    title: titles[kind],
    fingerprint: `storm/${service.id}/${since}`,
    severity,
    serviceId: service.id,
  };
}

function minutes(seconds: number): string {
  const count = Math.max(1, Math.ceil(seconds / 60));
  return count === 1 ? '1 minute' : `${inWords(count)} minutes`;
}

function inWords(count: number): string {
  return count.toLocaleString('en-US');
}
