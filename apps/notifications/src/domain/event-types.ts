import type { Severity } from '@signalbox/contracts';

export interface EventType {
  readonly type: string;
  readonly description: string;
  /** Used when a notice is raised without one. Incidents bring their own. */
  readonly defaultSeverity: Severity | null;
}

/** What can be notified about. (medium, high and low of the origin are warning, error and info.) */
export const EVENT_TYPES: readonly EventType[] = [
  { type: 'incident.triggered', description: 'An incident opened', defaultSeverity: null },
  { type: 'incident.updated', description: 'An incident got worse', defaultSeverity: null },
  { type: 'incident.acknowledged', description: 'Somebody is on it', defaultSeverity: null },
  { type: 'incident.resolved', description: 'An incident is over', defaultSeverity: null },
  { type: 'obligation_due', description: 'Obligation approaching due date', defaultSeverity: 'warning' },
  { type: 'obligation_overdue', description: 'Obligation past due date', defaultSeverity: 'error' },
  { type: 'ssl_expiry', description: 'SSL certificate expiring soon', defaultSeverity: 'error' },
  { type: 'ssl_failure', description: 'SSL check failed', defaultSeverity: 'critical' },
  { type: 'digest', description: 'Daily or weekly summary', defaultSeverity: 'info' },
];

export function defaultSeverityOf(type: string): Severity {
  return EVENT_TYPES.find((known) => known.type === type)?.defaultSeverity ?? 'error';
}

const ALIASES: Readonly<Record<string, Severity>> = {
  critical: 'critical', error: 'error', warning: 'warning', info: 'info', high: 'error', medium: 'warning', low: 'info',
};

/** A severity by its name or alias (high = error, medium = warning, low = info). */
export function severityNamed(name: string): Severity | undefined {
  return ALIASES[name.toLowerCase()];
}

export const SEVERITY_NAMES = Object.keys(ALIASES);
