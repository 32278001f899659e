import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';

/**
 * docs.appdynamics.com, "Events Reference": the event types that say how a violation or an anomaly goes on. Every other type is a trigger: a policy
 * sends only what its author chose to hear of.
 */
export const EVENT_TYPES: Readonly<Record<string, EventAction>> = {
  policy_open: 'trigger', policy_open_warning: 'trigger', policy_open_critical: 'trigger',
  policy_upgraded: 'trigger', policy_downgraded: 'trigger',
  policy_continues: 'trigger', policy_continues_warning: 'trigger', policy_continues_critical: 'trigger',
  policy_close: 'resolve', policy_close_warning: 'resolve', policy_close_critical: 'resolve',
  policy_canceled: 'resolve', policy_canceled_warning: 'resolve', policy_canceled_critical: 'resolve',
  policy_cancelled: 'resolve', policy_cancelled_warning: 'resolve', policy_cancelled_critical: 'resolve',
  anomaly_open_warning: 'trigger', anomaly_open_critical: 'trigger', anomaly_upgraded: 'trigger', anomaly_downgraded: 'trigger',
  anomaly_close_warning: 'resolve', anomaly_close_critical: 'resolve',
  anomaly_cancel_warning: 'resolve', anomaly_cancel_critical: 'resolve', anomaly_canceled_warning: 'resolve', anomaly_canceled_critical: 'resolve',
  eum_cloud_synthetic_healthy_event: 'resolve', eum_cloud_synthetic_perf_healthy_event: 'resolve',
};

/** `latestEvent.displayName` of the same events, for templates without the type: as the controller's policy form and its events list write them. */
export const DISPLAY_NAMES: Readonly<Record<string, EventAction>> = {
  'health rule violation started': 'trigger', 'health rule violation started - warning': 'trigger', 'health rule violation started - critical': 'trigger',
  'new warning health rule violation': 'trigger', 'new critical health rule violation': 'trigger',
  'health rule violation continues - warning': 'trigger', 'health rule violation continues - critical': 'trigger',
  'health rule violation upgraded - warning to critical': 'trigger', 'health rule violation downgraded - critical to warning': 'trigger',
  'health rule violation ended': 'resolve', 'health rule violation ended - warning': 'resolve', 'health rule violation ended - critical': 'resolve',
  'health rule violation canceled': 'resolve', 'health rule violation canceled - warning': 'resolve', 'health rule violation canceled - critical': 'resolve',
  'warning health rule violation ended': 'resolve', 'critical health rule violation ended': 'resolve',
  'warning health rule violation canceled': 'resolve', 'critical health rule violation canceled': 'resolve',
  'ended warning health rule violation': 'resolve', 'ended critical health rule violation': 'resolve',
  'canceled warning health rule violation': 'resolve', 'canceled critical health rule violation': 'resolve',
};

/** What templates for other tools write of themselves: PagerDuty's `event_type` and `event_action`, Splunk On-Call's `message_type`, a `status`. */
export const WORDS: Readonly<Record<string, EventAction>> = {
  trigger: 'trigger', triggered: 'trigger', open: 'trigger', opened: 'trigger', critical: 'trigger', warning: 'trigger',
  resolve: 'resolve', resolved: 'resolve', recovery: 'resolve', ok: 'resolve', close: 'resolve',
  closed: 'resolve', ended: 'resolve', canceled: 'resolve', cancelled: 'resolve',
  acknowledge: 'acknowledge', acknowledgement: 'acknowledge',
};

/** The event type where it says how grave it is, else `severity`, which calls both kinds of opened violations ERROR. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'policy_open_critical', to: 'critical' },
  { from: 'policy_continues_critical', to: 'critical' },
  { from: 'policy_upgraded', to: 'critical' },
  { from: 'policy_open_warning', to: 'warning' },
  { from: 'policy_continues_warning', to: 'warning' },
  { from: 'policy_downgraded', to: 'warning' },
  { from: 'anomaly_open_critical', to: 'critical' },
  { from: 'anomaly_upgraded', to: 'critical' },
  { from: 'anomaly_open_warning', to: 'warning' },
  { from: 'anomaly_downgraded', to: 'warning' },
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'warn', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
