import type { EventAction } from '@signalbox/contracts';
import { own } from '../reading.js';
import type { SeverityRow } from '../severity.js';

type Words = Readonly<Record<string, EventAction | 'ignored'>>;

/**
 * betterstack.com/docs, "Outgoing webhooks" (events), "Incidents API" (statuses),
 * "Incident logs" (`incident.started`), and the words that templates use for them.
 */
const INCIDENT: Words = {
  started: 'trigger', created: 'trigger', opened: 'trigger', open: 'trigger', reopened: 'trigger', triggered: 'trigger', trigger: 'trigger', ongoing: 'trigger',
  unconfirmed: 'trigger', validating: 'trigger', down: 'trigger', unresolved: 'trigger', investigating: 'trigger',
  acknowledged: 'acknowledge', acknowledge: 'acknowledge', ack: 'acknowledge', acked: 'acknowledge',
  resolved: 'resolve', resolve: 'resolve', recovered: 'resolve', closed: 'resolve',
  up: 'resolve', ok: 'resolve', operational: 'resolve', auto_resolved: 'resolve',
  deleted: 'resolve', removed: 'resolve',
};

/** betterstack.com/docs, "Monitors API" and "Heartbeats API": statuses of what is watched; and of a status page and its components. */
const WATCHED: Words = {
  down: 'trigger', missed: 'trigger', failed: 'trigger', degraded: 'trigger', downtime: 'trigger',
  up: 'resolve', recovered: 'resolve', operational: 'resolve',
  paused: 'ignored', pending: 'ignored', maintenance: 'ignored', validating: 'ignored',
};

/** betterstack.com/docs/errors, "Outgoing webhooks". */
const ERROR: Words = {
  new_error: 'trigger', threshold: 'trigger', spike: 'trigger', reoccurred: 'trigger', unresolved: 'trigger',
  resolved: 'resolve', ignored: 'resolve',
};

export type Kind = 'incident' | 'monitor' | 'heartbeat' | 'page' | 'component' | 'error';

const WORDS: Readonly<Record<Kind, Words>> = { incident: INCIDENT, monitor: WATCHED, heartbeat: WATCHED, page: WATCHED, component: WATCHED, error: ERROR };

/**
 * What a word means of a thing of this kind, with or without the kind before it
 * (`incident.started`, `incident_resolved`); undefined for a word of nobody's.
 */
export function meaningOf(kind: Kind, word: string | undefined): EventAction | 'ignored' | undefined {
  const plain = word?.toLowerCase().replace(KIND_BEFORE, '');
  return plain === undefined ? undefined : own(WORDS[kind], plain) as EventAction | 'ignored' | undefined;
}

const KIND_BEFORE = /^(?:incident|monitor|heartbeat|component|error)[._ :-]/;

/** What is said of a monitor when its settings change, and not its state. */
const CONFIG_EVENTS: readonly string[] = ['created', 'updated', 'paused', 'unpaused', 'resumed', 'deleted', 'destroyed', 'archived', 'checked'];

export function isConfigEvent(word: string | undefined): boolean {
  return word !== undefined && CONFIG_EVENTS.includes(word.toLowerCase().replace(KIND_BEFORE, ''));
}

/** Better Stack has severities of its own only as names that a team gives them. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'incident', to: 'critical' },
  { from: 'monitor', to: 'critical' },
  { from: 'heartbeat', to: 'error' },
  { from: 'page', to: 'error' },
  { from: 'component', to: 'error' },
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'info', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
