import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { firstMeaning, meaning } from '../meaning.js';
import { fields, firstText, isFields, list, said, text, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { INCIDENT_STATES, ONCALL_EVENTS, ONCALL_STATES, SEVERITIES } from './words.js';

/** Whether a body is an outgoing webhook of Grafana OnCall (today part of Grafana IRM). */
export function isOnCall(body: Fields): boolean {
  return isFields(body.alert_group) || text(body.alert_group_id) !== undefined;
}

/**
 * An alert group of OnCall: what happened to it, else the state that it is in. A user's
 * own template may have no more than `alert_group_id`, `title` and `state`.
 */
export function parseOnCall(body: Fields, severities: SeverityOverrides | undefined): SourceResult {
  const group = fields(body.alert_group);
  const identity = firstText(group.id, body.alert_group_id);
  if (identity === undefined) return problem('alert_group.id', 'is missing: it says which alert group this is');
  const happened = fields(body.event);
  const state = word(firstText(group.state, body.state, body.status));
  const action = firstMeaning(ONCALL_EVENTS, [happened.type ?? body.event]) ?? meaning(state, ONCALL_STATES);
  if (action === 'ignored') return ignored('the alert group was silenced, which opens and closes nothing');
  const alert = fields(body.alert_payload);
  const labels: Fields = { ...fields(alert.commonLabels), ...fields(alert.labels), ...fields(group.labels) };
  const integration = fields(body.integration);
  const links = fields(group.permalinks);
  return { kind: 'events', events: [event({
    action,
    dedupKey: `grafana-oncall-${identity}`,
    summary: firstText(group.title, body.title, labels.alertname, alert.title) ?? `Grafana OnCall alert group ${identity}`,
    source: firstText(labels.instance, labels.host, labels.pod, labels.service, integration.name) ?? 'Grafana OnCall',
    severity: severityOf(firstText(labels.severity, labels.priority, alert.severity), SEVERITIES, severities),
    occurredAt: firstText(happened.time, group.created_at),
    component: firstText(labels.service, labels.job),
    group: firstText(labels.cluster, integration.name),
    class: labels.alertname,
    details: said({
      event: happened.type, state, alerts: group.alerts_count, labels: Object.keys(labels).length > 0 ? labels : undefined,
      integration: integration.name, team: integration.team, by: fields(body.user).username,
      description: firstText(fields(alert.annotations).description, fields(alert.commonAnnotations).description, alert.message),
    }),
    links: [
      { href: links.web, text: 'Alert group' }, { href: links.slack, text: 'Slack' },
      { href: firstText(alert.generatorURL, alert.ruleUrl, alert.link_to_upstream_details), text: 'Alert' },
    ],
    client: 'Grafana OnCall',
    clientUrl: links.web,
  })] };
}

/** Whether a body is an outgoing webhook of Grafana Incident (today part of Grafana IRM). */
export function isIncident(body: Fields): boolean {
  return isFields(body.incident) && (word(body.event)?.startsWith('grafana.incident') === true || text(fields(body.incident).incidentID) !== undefined);
}

export function parseIncident(body: Fields, severities: SeverityOverrides | undefined): SourceResult {
  const incident = fields(body.incident);
  const identity = firstText(incident.incidentID, incident.id);
  if (identity === undefined) return problem('incident.incidentID', 'is missing: it says which incident this is');
  const status = word(incident.status);
  const url = firstText(incident.overviewURL, incident.incidentURL, incident.overviewUrl);
  const labels = list(incident.labels).map((label) => firstText(fields(label).label, label));
  return { kind: 'events', events: [event({
    action: meaning(status, INCIDENT_STATES) === 'resolve' ? 'resolve' : 'trigger',
    dedupKey: `grafana-incident-${identity}`,
    summary: firstText(incident.title, incident.summary) ?? `Grafana incident ${identity}`,
    source: 'Grafana Incident',
    severity: severityOf(firstText(incident.severity, incident.severityLabel), SEVERITIES, severities),
    occurredAt: firstText(body.time, incident.modifiedTime, incident.createdTime),
    class: 'incident',
    details: said({ event: body.event, status, drill: incident.isDrill, summary: incident.summary, labels: labels.length > 0 ? labels : undefined }),
    links: [{ href: url, text: 'Incident' }],
    client: 'Grafana Incident',
    clientUrl: url,
  })] };
}
