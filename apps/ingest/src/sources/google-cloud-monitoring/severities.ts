import type { SeverityRow } from '../severity.js';

/** The severities of an alerting policy, then those of Cloud Logging and of Security Command Center. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'no severity', to: 'error' },
  { from: 'emergency', to: 'critical' },
  { from: 'alert', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'notice', to: 'info' },
  { from: 'info', to: 'info' },
  { from: 'debug', to: 'info' },
  { from: 'default', to: 'info' },
  { from: 'p1', to: 'critical' },
  { from: 'p2', to: 'error' },
  { from: 'p3', to: 'warning' },
  { from: 'p4', to: 'info' },
  { from: 'budget', to: 'warning' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
