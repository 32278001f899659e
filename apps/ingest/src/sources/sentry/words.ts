import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';

/** docs.sentry.io, "Issue Webhooks": the actions. `ignored` is what `archived` was called. Who takes an issue on is looked at in `issue.ts`. */
export const ISSUE_ACTIONS: Readonly<Record<string, EventAction | 'assigned' | 'ignored'>> = {
  created: 'trigger', unresolved: 'trigger', reopened: 'trigger', regressed: 'trigger', escalating: 'trigger', triggered: 'trigger',
  resolved: 'resolve', archived: 'resolve', ignored: 'resolve', deleted: 'resolve',
  assigned: 'assigned',
  unassigned: 'ignored',
};

/** The same, by the issue's own status, for bodies without an action that we know. */
export const ISSUE_STATUSES: Readonly<Record<string, EventAction>> = {
  resolved: 'resolve', ignored: 'resolve', archived: 'resolve',
  unresolved: 'trigger', reprocessing: 'trigger',
};

/** docs.sentry.io, "Metric Alerts": critical, warning, resolved; `open` and `closed` are what bodies of old instances say. */
export const METRIC_ACTIONS: Readonly<Record<string, EventAction>> = {
  critical: 'trigger', warning: 'trigger', open: 'trigger',
  resolved: 'resolve', closed: 'resolve', close: 'resolve',
};

/** Hooks that never say that something is broken: answered kindly. By `Sentry-Hook-Resource`. */
export const NO_ALERTS: Readonly<Record<string, string>> = {
  installation: 'the installation of an integration',
  comment: 'a comment on an issue',
  seer: "Seer's work on an issue",
  preprod_artifact: 'the analysis of a build',
};

/** docs.sentry.io, "Activity Alerts": every type there is. */
export const SEER_ACTIVITIES: readonly string[] = [
  'seer_root_cause_started', 'seer_root_cause_completed', 'seer_solution_started', 'seer_solution_completed', 'seer_coding_started', 'seer_coding_completed',
  'seer_pr_created', 'seer_pr_iteration_started', 'seer_pr_iteration_completed',
];

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'fatal', to: 'critical' },
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'log', to: 'info' },
  { from: 'debug', to: 'info' },
  { from: 'sample', to: 'info' },
  { from: 'resolved', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
