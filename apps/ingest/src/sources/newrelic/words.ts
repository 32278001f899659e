import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';

/**
 * States of an issue (docs.newrelic.com, "Workflow variables", `state`) and of a legacy incident (`current_state`, `event_type`),
 * every underscore a blank. A word that stands nowhere is a trigger.
 */
const STATES: ReadonlyMap<string, EventAction> = new Map([
  ['created', 'trigger'], ['activated', 'trigger'], ['active', 'trigger'], ['open', 'trigger'],
  ['opened', 'trigger'], ['reopened', 'trigger'], ['firing', 'trigger'],
  ['alerting', 'trigger'], ['trigger', 'trigger'], ['triggered', 'trigger'],
  ['incident open', 'trigger'], ['incident opened', 'trigger'], ['violation open', 'trigger'],
  ['acknowledge', 'acknowledge'], ['acknowledged', 'acknowledge'], ['ack', 'acknowledge'], ['incident acknowledged', 'acknowledge'],
  ['closed', 'resolve'], ['close', 'resolve'], ['ended', 'resolve'], ['resolve', 'resolve'],
  ['resolved', 'resolve'], ['recovered', 'resolve'], ['ok', 'resolve'],
  ['incident closed', 'resolve'], ['incident close', 'resolve'], ['incident resolved', 'resolve'],
  ['violation close', 'resolve'], ['violation closed', 'resolve'],
] as const);

export function stateNamed(said: string | undefined): EventAction | undefined {
  return said === undefined ? undefined : STATES.get(said);
}

/** Priorities of issues and severities of legacy incidents. New Relic's HIGH is what a warning threshold gives an issue; it stays above MEDIUM here. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'error', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'info', to: 'info' },
  { from: 'p1', to: 'critical' },
  { from: 'p2', to: 'error' },
  { from: 'p3', to: 'warning' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
