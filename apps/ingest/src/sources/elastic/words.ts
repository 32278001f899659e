import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';

/**
 * elastic.co, "Rule action variables": `alert.actionGroup` is `recovered` when an alert is over (`notGeoContained` for geo containment rules, which name
 * their recovery themselves) and anything else while it lasts; `kibana.alert.status` and `kibana.alert.workflow_status` of alert documents; the states
 * of cases; PagerDuty's and Opsgenie's actions as Kibana's connectors send them; and what users' templates and watches write themselves.
 */
export const ACTIONS: Readonly<Record<string, EventAction>> = {
  recovered: 'resolve', recovery: 'resolve', notgeocontained: 'resolve', 'no longer contained': 'resolve',
  resolved: 'resolve', resolve: 'resolve', closed: 'resolve', close: 'resolve', closealert: 'resolve', ok: 'resolve', okay: 'resolve',
  cleared: 'resolve', clear: 'resolve', normal: 'resolve', inactive: 'resolve', up: 'resolve',
  acknowledged: 'acknowledge', acknowledge: 'acknowledge', acked: 'acknowledge', ack: 'acknowledge', 'in-progress': 'acknowledge', in_progress: 'acknowledge',
  active: 'trigger', alert: 'trigger', alerting: 'trigger', fired: 'trigger',
  firing: 'trigger', triggered: 'trigger', trigger: 'trigger', createalert: 'trigger',
  open: 'trigger', opened: 'trigger', new: 'trigger', ongoing: 'trigger', down: 'trigger', warning: 'trigger', error: 'trigger', critical: 'trigger',
};

/**
 * The severity of a template, a detection rule, a connector (xMatters' `minimal`, Opsgenie's P1 to P5, ServiceNow ITOM's 0 to 5) or a watch's metadata;
 * where none is given, the action groups that tell one.
 */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'fatal', to: 'critical' },
  { from: 'p1', to: 'critical' },
  { from: '1', to: 'critical' },
  { from: 'slo.burnrate.alert', to: 'critical' },
  { from: 'high', to: 'error' },
  { from: 'error', to: 'error' },
  { from: 'major', to: 'error' },
  { from: 'p2', to: 'error' },
  { from: '2', to: 'error' },
  { from: 'slo.burnrate.high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: 'warn', to: 'warning' },
  { from: 'minor', to: 'warning' },
  { from: 'p3', to: 'warning' },
  { from: '3', to: 'warning' },
  { from: '4', to: 'warning' },
  { from: 'slo.burnrate.medium', to: 'warning' },
  { from: 'metrics.threshold.warning', to: 'warning' },
  { from: 'metrics.inventory_threshold.warning', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'minimal', to: 'info' },
  { from: 'info', to: 'info' },
  { from: 'debug', to: 'info' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: '5', to: 'info' },
  { from: '0', to: 'info' },
  { from: 'slo.burnrate.low', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
