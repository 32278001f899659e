import type { EventAction } from '@signalbox/contracts';
import type { SeverityRow } from '../severity.js';
import { parsePath, type Path } from './path.js';

function paths(...texts: readonly string[]): readonly Path[] {
  return texts.map((text) => parsePath(text)!);
}

/** Where senders usually put things, the likeliest first. */
export const USUAL = {
  summary: paths(
    'summary', 'title', 'payload.summary', 'alert_title', 'subject', 'alertname', 'alert_name', 'alertName', 'name', 'message', 'text', 'msg', 'description',
    'alert.summary', 'alert.title', 'alert.name', 'alert.message', 'labels.alertname',
  ),
  severity: paths('severity', 'payload.severity', 'level', 'priority', 'criticality', 'urgency', 'alert.severity', 'alert.level', 'alert.priority', 'labels.severity'),
  dedupKey: paths(
    'dedup_key', 'dedupKey', 'deduplication_key', 'alert_id', 'alertId', 'alert_uid', 'incident_id', 'incidentId', 'incident_key', 'fingerprint', 'alias', 'key',
    'id', 'uid', 'uuid', 'alert.id', 'alert.fingerprint',
  ),
  action: paths('event_action', 'action', 'status', 'state', 'alert_status', 'alertStatus', 'alert_state', 'event', 'alert.action', 'alert.status', 'alert.state'),
  source: paths('source', 'payload.source', 'host', 'hostname', 'instance', 'service', 'server', 'device', 'node', 'origin', 'alert.source', 'alert.host', 'labels.instance'),
  time: paths('timestamp', 'payload.timestamp', 'occurred_at', 'occurredAt', 'time', 'created_at', 'createdAt', 'date', 'startsAt', 'alert.timestamp'),
  link: paths('url', 'link', 'link_to_upstream_details', 'alert_url', 'html_url', 'alert.url'),
  image: paths('image_url', 'imageUrl'),
} as const;

/** Whole words in lower case, never parts: 'unresolved' is not 'resolved'. A word that stands nowhere is a trigger. */
export const ACTION_WORDS: Readonly<Record<EventAction, readonly string[]>> = {
  trigger: [
    'trigger', 'triggered', 'firing', 'fired', 'alert', 'alerting', 'alarm', 'problem', 'open', 'opened', 'reopened', 'active', 'activated', 'new', 'created',
    'start', 'started', 'down', 'unhealthy', 'fail', 'failed', 'failing', 'failure', 'critical', 'error', 'warning',
  ],
  acknowledge: ['acknowledge', 'acknowledged', 'ack', 'acked'],
  resolve: [
    'resolve', 'resolved', 'ok', 'okay', 'recovered', 'recovery', 'close', 'closed', 'clear', 'cleared', 'normal', 'up', 'healthy', 'fixed', 'success', 'succeeded',
    'passed', 'inactive', 'deactivated', 'ended',
  ],
};

/** Severities that say that all is well: a body with no word of the table above but one of these closes the alert (as Kapacitor's `level: OK`). */
export const WELL = ['ok', 'okay', 'normal', 'clear', 'cleared', 'resolved', 'recovered', 'recovery'] as const;

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'crit', to: 'critical' },
  { from: 'fatal', to: 'critical' },
  { from: 'emergency', to: 'critical' },
  { from: 'disaster', to: 'critical' },
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
