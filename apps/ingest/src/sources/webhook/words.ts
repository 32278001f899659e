import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';

/** Whole words in lower case, never parts: 'unresolved' is not 'resolved'. A word that stands nowhere is a trigger. */
export const ACTION_WORDS: Readonly<Record<EventAction, readonly string[]>> = {
  trigger: [
    'trigger', 'triggered', 'firing', 'fired', 'alert', 'alerting', 'alarm', 'problem', 'open', 'opened', 'reopened', 'active', 'activated', 'new', 'created',
    'start', 'started', 'down', 'unhealthy', 'fail', 'failed', 'failing', 'failure', 'critical',
    'error', 'warning', 'create', 'offline', 'unreachable', 'unacked', 'unstable', 'trouble',
    'degraded', 'alert_failure', 'alert_degraded', 'alert_ssl',
  ],
  acknowledge: ['acknowledge', 'acknowledged', 'acknowledgement', 'ack', 'acked', 'accept', 'accepted', 'alert_acknowledged', 'incident_acknowledged'],
  resolve: [
    'resolve', 'resolved', 'ok', 'okay', 'recovered', 'recovery', 'close', 'closed',
    'clear', 'cleared', 'normal', 'up', 'healthy', 'fixed', 'success', 'succeeded',
    'passed', 'inactive', 'deactivated', 'ended', 'successful', 'good', 'restored',
    'online', 'reachable', 'operational', 'postmortem', 'closing', 'delete', 'deleted',
    'alert_recovery', 'alert_degraded_recovery', 'alert_resolved', 'alert_closed', 'incident_resolved', 'incident_closed',
  ],
};

/** Severities that say that all is well: a body with no word of the table above but one of these closes the alert (as Kapacitor's `level: OK`). */
export const WELL: readonly string[] = ['ok', 'okay', 'normal', 'clear', 'cleared', 'resolved', 'recovered', 'recovery'];

const ACTIONS = new Map(Object.entries(ACTION_WORDS).flatMap(([action, words]) => words.map((word) => [word, action as EventAction] as const)));

/** What a usual word means, or the last part of a name with dots (`check.down`, `com.acme.alert.resolved`); undefined for a word that nobody knows. */
export function usualAction(word: string): EventAction | undefined {
  return ACTIONS.get(word) ?? ACTIONS.get(word.slice(word.lastIndexOf('.') + 1));
}

/** `[FIRING:1] …`, `RESOLVED: …`, behind any signs: how tools that only send text say what it is about. */
const MARKER = /^[^\p{L}\p{N}[]*(?:\[\s*([a-z]{2,16})\s*(?:[:,][^\]]{0,64})?\]|([a-z]{2,16})(?=\s*:\s))\s*:?\s*/iu;

/** The usual word that a title begins with, and the title without it: what stays the same when the alert is over. */
export function markerOf(title: string): { readonly action: EventAction | undefined; readonly rest: string } {
  const match = MARKER.exec(title.slice(0, 256));
  const action = match === null ? undefined : ACTIONS.get((match[1] ?? match[2])!.toLowerCase());
  const rest = action === undefined ? '' : title.slice(match![0].length).trim();
  return rest === '' ? { action, rest: title } : { action, rest };
}

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'crit', to: 'critical' },
  { from: 'fatal', to: 'critical' },
  { from: 'emergency', to: 'critical' },
  { from: 'disaster', to: 'critical' },
  { from: 'page', to: 'critical' },
  { from: 'p1', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'err', to: 'error' },
  { from: 'high', to: 'error' },
  { from: 'major', to: 'error' },
  { from: 'p2', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'warn', to: 'warning' },
  { from: 'medium', to: 'warning' },
  { from: 'minor', to: 'warning' },
  { from: 'p3', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'information', to: 'info' },
  { from: 'informational', to: 'info' },
  { from: 'notice', to: 'info' },
  { from: 'debug', to: 'info' },
  { from: 'low', to: 'info' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: 'ok', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
