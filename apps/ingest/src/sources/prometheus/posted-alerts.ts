import { problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { fields, instant } from '../reading.js';
import { SEVERITIES } from './alert.js';
import { readAlerts } from './index.js';

/**
 * The body of `POST /api/v2/alerts`, as a Prometheus server sends it to an Alertmanager: a list of alerts that says nothing of
 * firing or resolved. An alert whose `endsAt` lies in the past (at `now`) is over; Prometheus sets it when the expression is no longer true.
 * The fingerprint is made as Alertmanager makes it, so that either way of sending closes what the other opened.
 */
export function parsePostedAlerts(body: unknown, now: Date, severities?: SeverityOverrides): SourceResult {
  if (!Array.isArray(body)) return problem('body', 'must be a list of alerts, as Prometheus posts it to Alertmanager');
  if (body.length === 0) return { kind: 'ignored', reason: 'the list holds no alerts' };
  return readAlerts(body, { namespace: 'prometheus', client: 'Prometheus', details: {}, table: SEVERITIES, severities }, (alert) => {
    const endsAt = instant(fields(alert).endsAt);
    return endsAt !== undefined && Date.parse(endsAt) <= now.getTime();
  });
}
