import type { IncidentStatus, Link, Severity, Urgency } from '@signalbox/contracts';

/** An incident as the domain sees it. `number` is given when it is first stored. */
export interface IncidentState {
  readonly id: string;
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly scopeId: string;
  readonly dedupKey: string;
  readonly title: string;
  readonly source: string;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly eventCount: number;
  /** Counts every change of what others see of it. */
  readonly version: number;
  readonly openedAt: string;
  readonly acknowledgedAt: string | null;
  readonly resolvedAt: string | null;
  /** When the gateway accepted the newest trigger: an older resolve that comes late does not close it. */
  readonly lastTriggeredAt: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly links: readonly Link[];
}

/** What is known of one dedup key: the incident that is open under it, and when it was last resolved. */
export interface KeyState {
  readonly open: IncidentState | null;
  /** `acceptedAt` of the last resolve, kept when nothing is open: a trigger accepted before it opens nothing any more. */
  readonly lastResolvedAt: string | null;
}

export const UNKNOWN_KEY: KeyState = { open: null, lastResolvedAt: null };

/** What an event did. Only the first four change what others see, and are announced. */
export type Effect = 'triggered' | 'updated' | 'acknowledged' | 'resolved' | 'repeated' | 'ignored';

export interface Decision {
  readonly effect: Effect;
  /** The incident that the event belongs to, as it is now; null when it belongs to none. */
  readonly incident: IncidentState | null;
  readonly key: KeyState;
  /** Why an event was ignored. */
  readonly reason?: 'nothing_open' | 'already_acknowledged' | 'resolved_since' | 'triggered_since';
}

