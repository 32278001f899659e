import type { Severity } from '@signalbox/contracts';

/** An event of a monitor, before it gets ids. The episode and the action name it: the same two are the same event. */
export interface EventTold {
  readonly tell: 'event';
  readonly action: 'trigger' | 'resolve';
  readonly episode: number;
  /** RFC 3339; later than that of every earlier event of the monitor, whichever replica's clock made it. */
  readonly at: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly class: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A notice, before it gets ids. Its key names it among those of its monitor. */
export interface NoticeTold {
  readonly tell: 'notice';
  readonly key: string;
  readonly eventType: string;
  readonly severity: Severity;
  readonly title: string;
  /** Equal fingerprints are about the same thing (see Notice in libs/contracts). */
  readonly fingerprint: string;
  readonly fields: readonly { readonly label: string; readonly value: string }[];
  readonly tags?: readonly string[];
  readonly branch?: string;
}

export type Told = EventTold | NoticeTold;

/** What a look at a monitor came to: its new state, what is told, and when to look again (null: not before something happens). */
export interface Decision<S> {
  readonly state: S;
  readonly dueAt: Date | null;
  readonly told: readonly Told[];
}

/** A monitor opens an incident and closes it again: that is an episode. */
export interface Episodes {
  /** How many there have been; the number of the open one. */
  readonly count: number;
  readonly open: boolean;
  readonly lastEventAt: string | null;
}

export const NO_EPISODES: Episodes = { count: 0, open: false, lastEventAt: null };

type EventText = Pick<EventTold, 'severity' | 'summary' | 'class' | 'details'>;

/** Begins an episode. */
export function opened(episodes: Episodes, text: EventText, now: Date): { episodes: Episodes; told: EventTold } {
  const at = laterThan(episodes.lastEventAt, now);
  const count = episodes.count + 1;
  return { episodes: { count, open: true, lastEventAt: at }, told: { tell: 'event', action: 'trigger', episode: count, at, ...text } };
}

/** Ends the open episode. */
export function closed(episodes: Episodes, text: EventText, now: Date): { episodes: Episodes; told: EventTold } {
  const at = laterThan(episodes.lastEventAt, now);
  return { episodes: { ...episodes, open: false, lastEventAt: at }, told: { tell: 'event', action: 'resolve', episode: episodes.count, at, ...text } };
}

/** Incidents orders events by their times: a resolve that is not later than its trigger would be taken for an old one and close nothing. */
function laterThan(last: string | null, now: Date): string {
  return new Date(Math.max(now.getTime(), last === null ? 0 : Date.parse(last) + 1)).toISOString();
}
