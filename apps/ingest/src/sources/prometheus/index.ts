import { JSON_TYPES, ignored, problem, together, type Rejected, type Source, type SourceEvent, type SourceResult } from '../contract.js';
import { isFields, text, type Fields } from '../reading.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { SEVERITIES, alertEvent, isResolvedByStatus, isTestAlert, type Group } from './alert.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** Alertmanager's webhook (version 4), and Grafana's, which has the same form; also one alert alone, as scripts send it. */
export const prometheus: Source<unknown, 'prometheus'> = {
  type: 'prometheus',
  displayName: 'Prometheus Alertmanager',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse({ body, severities }) {
    if (!isFields(body)) {
      return problem('body', "must be Alertmanager's webhook body, a JSON object with alerts; a list, as Prometheus itself posts it, goes to /api/v2/alerts");
    }
    const alerts = Array.isArray(body.alerts) ? body.alerts : isFields(body.labels) ? [body] : undefined;
    if (alerts === undefined) return problem('alerts', "must be a list of alerts, as Alertmanager's webhook sends it");
    if (alerts.length === 0) return ignored('the group holds no alerts');
    const client = body.orgId === undefined ? 'Alertmanager' : 'Grafana';
    const group: Group = { namespace: 'prometheus', client, externalUrl: body.externalURL, details: groupDetails(body), table: SEVERITIES, severities };
    return readAlerts(alerts, group, (alert) => isResolvedByStatus(alert, body.status));
  },
};

/**
 * Every alert of a body as its own event. Of two with one identity the firing one wins: an alert that still fires must not be closed.
 * `otherwise` reads an alert that is not of Alertmanager's form; without it, or where it finds nothing, that alert is rejected.
 */
export function readAlerts(
  alerts: readonly unknown[],
  group: Group,
  isResolved: (alert: unknown) => boolean,
  otherwise?: (alert: Fields) => SourceEvent | undefined,
): SourceResult {
  const events: SourceEvent[] = [];
  const rejected: Rejected[] = [];
  for (const [index, alert] of alerts.entries()) {
    if (isTestAlert(alert)) continue;
    const read = alertEvent(alert, isResolved(alert), group, `alerts[${index}]`);
    const event = !Array.isArray(read) ? read : isFields(alert) ? otherwise?.(alert) : undefined;
    if (event !== undefined) events.push(event);
    else if (Array.isArray(read)) rejected.push({ index, errors: read });
  }
  const firing = new Set(events.filter(({ action }) => action === 'trigger').map(({ dedupKey }) => dedupKey));
  const kept = events.filter(({ action, dedupKey }) => action === 'trigger' || !firing.has(dedupKey));
  return together(kept, rejected, ignored("a test alert of Grafana's contact point: it arrived, and opens nothing"));
}

/** What a body says of all of its alerts. */
export function groupDetails(body: Fields): Fields {
  const receiver = text(body.receiver);
  const groupKey = text(body.groupKey);
  const truncatedAlerts = Number(text(body.truncatedAlerts));
  return {
    ...(receiver !== undefined && { receiver }),
    ...(groupKey !== undefined && { groupKey }),
    ...(truncatedAlerts > 0 && { truncatedAlerts }),
  };
}
