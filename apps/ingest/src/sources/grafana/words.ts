import type { Words } from '../meaning.js';
import type { SeverityRow } from '../severity.js';

/** States of the alert rules of dashboards (Grafana up to 10), grafana.com, "Alert notifications". */
export const LEGACY_STATES: Words = {
  alerting: 'trigger', no_data: 'trigger', nodata: 'trigger', error: 'trigger',
  ok: 'resolve',
  paused: 'ignored', pending: 'ignored', unknown: 'ignored',
};

/** What an outgoing webhook of Grafana OnCall tells, grafana.com, "Outgoing webhooks", event types; where it is in no table, the group's state decides. */
export const ONCALL_EVENTS: Words = {
  'alert group created': 'trigger', 'unresolve': 'trigger', 'unacknowledge': 'trigger', 'unsilence': 'trigger',
  'acknowledge': 'acknowledge',
  'resolve': 'resolve',
  'silence': 'ignored',
};

export const ONCALL_STATES: Words = {
  new: 'trigger', firing: 'trigger', alerting: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
  silenced: 'ignored',
};

/** Grafana's incidents (IRM), by their status. */
export const INCIDENT_STATES: Words = { active: 'trigger', resolved: 'resolve' };

/** Words of alerts in lists, and in templates of users. */
export const ALERT_STATES: Words = {
  firing: 'trigger', alerting: 'trigger', nodata: 'trigger', no_data: 'trigger', error: 'trigger', trigger: 'trigger', open: 'trigger', active: 'trigger',
  acknowledge: 'acknowledge', acknowledged: 'acknowledge', ack: 'acknowledge',
  resolved: 'resolve', resolve: 'resolve', ok: 'resolve', normal: 'resolve', closed: 'resolve', close: 'resolve', recovered: 'resolve', recovery: 'resolve',
};

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'page', to: 'critical' },
  { from: 'fatal', to: 'critical' },
  { from: 'emergency', to: 'critical' },
  { from: 'disaster', to: 'critical' },
  { from: 'p1', to: 'critical' },
  { from: 'error', to: 'error' },
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
  { from: 'low', to: 'info' },
  { from: 'none', to: 'info' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
