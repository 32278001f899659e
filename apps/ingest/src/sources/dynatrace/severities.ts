import type { SeverityRow } from '../severity.js';

/**
 * docs.dynatrace.com: the severity levels of problems ("Event categories", from availability down to custom, as its Problems app orders them), the
 * categories of Grail's problem records, the risk levels of security problems, and `event.severity` (1 is the gravest).
 */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'availability', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'errors', to: 'error' },
  { from: 'performance', to: 'warning' },
  { from: 'slowdown', to: 'warning' },
  { from: 'resource', to: 'warning' },
  { from: 'resource_contention', to: 'warning' },
  { from: 'custom', to: 'warning' },
  { from: 'custom_alert', to: 'warning' },
  { from: 'monitoring_unavailable', to: 'error' },
  { from: 'info', to: 'info' },
  { from: 'warning', to: 'warning' },
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'none', to: 'info' },
  { from: '1', to: 'critical' },
  { from: '2', to: 'error' },
  { from: '3', to: 'warning' },
  { from: '4', to: 'info' },
  { from: '5', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
