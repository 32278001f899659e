import type { Severity } from '@signalbox/contracts';
import { NO_EPISODES, closed, opened, type Decision, type Episodes, type EventTold } from './decision.js';

export interface HeartbeatConfig {
  readonly intervalSeconds: number;
  readonly graceSeconds: number;
  readonly severity: Severity;
}

export interface HeartbeatState {
  readonly episodes: Episodes;
  /** The last beat before the one that was missed: a later one ends the episode. */
  readonly missedAfter: string | null;
  /** When it was due last while its tenant was disabled. */
  readonly suspendedAt?: string;
}

export const NEW_HEARTBEAT: HeartbeatState = { episodes: NO_EPISODES, missedAfter: null };

/** A beat within this time after one that was stored is answered without being stored: every deadline is later by as much. */
export const COALESCE_MS = 1_000;

/** How long after a beat the next one is missed, in milliseconds. The SQL of beats and of the vigil says the same. */
export function patienceMs({ intervalSeconds, graceSeconds }: HeartbeatConfig): number {
  return (intervalSeconds + graceSeconds) * 1_000 + COALESCE_MS;
}

export function deadlineOf(config: HeartbeatConfig, lastBeatAt: Date): Date {
  return new Date(lastBeatAt.getTime() + patienceMs(config));
}

/** What a heartbeat is shown as. */
export function statusOf(state: HeartbeatState, lastBeatAt: Date | null): 'new' | 'up' | 'down' {
  if (state.episodes.open) return 'down';
  return lastBeatAt === null ? 'new' : 'up';
}

export interface DueHeartbeat {
  readonly config: HeartbeatConfig;
  readonly name: string;
  readonly state: HeartbeatState;
  readonly lastBeatAt: Date | null;
}

/**
 * A heartbeat that is due: its deadline has passed, or it is down and a beat has come. One that never beat is never due. One that fell due while its
 * tenant was disabled, and has not beaten since, gets a whole period: its beats were refused.
 */
export function decideHeartbeat({ config, name, state: { suspendedAt, ...state }, lastBeatAt }: DueHeartbeat, now: Date): Decision<HeartbeatState> {
  if (lastBeatAt === null) return { state, dueAt: null, told: [] };
  const beatAt = lastBeatAt.toISOString();
  if (suspendedAt !== undefined && beatAt <= suspendedAt && !state.episodes.open) return { state, dueAt: deadlineOf(config, now), told: [] };
  if (state.episodes.open) {
    if (beatAt === state.missedAfter) return { state, dueAt: null, told: [] };
    const { episodes, told } = closed(state.episodes, text(config, name, `Heartbeat ${name} is back`, beatAt), now);
    return { state: { episodes, missedAfter: null }, dueAt: deadlineOf(config, lastBeatAt), told: [told] };
  }
  const { episodes, told } = opened(state.episodes, text(config, name, `Heartbeat ${name} was missed: the last one came at ${beatAt}`, beatAt), now);
  return { state: { episodes, missedAfter: beatAt }, dueAt: null, told: [told] };
}

/** Ends what is open because nobody watches it any more (it was paused or deleted). */
export function endHeartbeat({ config, name, state, lastBeatAt }: DueHeartbeat, why: string, now: Date): { state: HeartbeatState; told: EventTold[] } {
  if (!state.episodes.open) return { state, told: [] };
  const { episodes, told } = closed(state.episodes, text(config, name, `Heartbeat ${name} ${why}`, lastBeatAt?.toISOString() ?? null), now);
  return { state: { episodes, missedAfter: null }, told: [told] };
}

function text({ severity, intervalSeconds, graceSeconds }: HeartbeatConfig, name: string, summary: string, lastBeatAt: string | null) {
  return { severity, summary, class: 'heartbeat_missed', details: { heartbeat: name, lastBeatAt, intervalSeconds, graceSeconds } };
}
