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
  { type: 'incident.reopened', description: 'An incident came back within its service\'s reopen window', defaultSeverity: null },
  { type: 'incident.unsnoozed', description: 'A snooze is over', defaultSeverity: null },
  { type: 'incident.acknowledgement_timed_out', description: 'Nobody followed an acknowledgement up', defaultSeverity: null },
  { type: 'incident.escalation_exhausted', description: 'A policy has gone through all its rounds, and nobody is on it', defaultSeverity: null },
  { type: 'incident.sla_warning', description: 'Four fifths of an SLA target have gone', defaultSeverity: null },
  { type: 'incident.sla_breached', description: 'An SLA target was missed', defaultSeverity: null },
  {
    type: 'incident.storm',
    description: 'A service opens more incidents than its storm limit: further ones are kept and not told one by one; '
      + 'while it goes on, how many there are',
    defaultSeverity: null,
  },
  { type: 'incident.storm_over', description: 'A storm is over: how many incidents it was, and how many are open', defaultSeverity: null },
  { type: 'incident.flapping', description: 'An alert comes and goes: it is told again when it is calm', defaultSeverity: null },
  { type: 'incident.escalated', description: 'A page went out (only for rules that name it)', defaultSeverity: null },
  { type: 'incident.snoozed', description: 'Somebody put an incident off (only for rules that name it)', defaultSeverity: null },
  { type: 'incident.suppressed', description: 'An incident went quiet (only for rules that name it)', defaultSeverity: null },
  { type: 'incident.unsuppressed', description: 'An incident is not quiet any more (only for rules that name it)', defaultSeverity: null },
  { type: 'incident.reassigned', description: 'An incident was given to somebody (only for rules that name it)', defaultSeverity: null },
  { type: 'incident.edited', description: 'Priority, tags or fields changed (only for rules that name it)', defaultSeverity: null },
  { type: 'obligation_due', description: 'Obligation approaching due date', defaultSeverity: 'warning' },
  { type: 'obligation_overdue', description: 'Obligation past due date', defaultSeverity: 'error' },
  { type: 'ssl_expiry', description: 'SSL certificate expiring soon', defaultSeverity: 'error' },
  { type: 'ssl_failure', description: 'SSL check failed', defaultSeverity: 'critical' },
  { type: 'oncall_handoff', description: 'Somebody else is on call: told to who goes and to who comes (and to rules that name it)', defaultSeverity: 'info' },
  { type: 'digest', description: 'Daily or weekly summary', defaultSeverity: 'info' },
];

export function defaultSeverityOf(type: string): Severity {
  return EVENT_TYPES.find((known) => known.type === type)?.defaultSeverity ?? 'error';
}

/** A type of incidents that there is not. Other names may be anybody's own: the class of an incident, or of a notice. */
export function isMistyped(type: string): boolean {
  return type.startsWith('incident.') && !EVENT_TYPES.some((known) => known.type === type);
}

const ALIASES: Readonly<Record<string, Severity>> = {
  critical: 'critical', error: 'error', warning: 'warning', info: 'info', high: 'error', medium: 'warning', low: 'info',
};

/** A severity by its name or alias (high = error, medium = warning, low = info). */
export function severityNamed(name: string): Severity | undefined {
  return ALIASES[name.toLowerCase()];
}

export const SEVERITY_NAMES = Object.keys(ALIASES);
