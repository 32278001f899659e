import type { EventAction } from '@signalbox/contracts';
import { digest } from '../event.js';
import { fields, firstText, isFields, objects, said, text, word, type Fields } from '../reading.js';
import { NAMESPACE, alert, ignored, type Reading } from './reading.js';

/** cloud.google.com, Monitoring, "Incidents for metric-based alerting policies". `ended_at` says nothing: it is set while an incident is open, too. */
const STATES: Readonly<Record<string, EventAction>> = { open: 'trigger', closed: 'resolve', acknowledged: 'acknowledge' };

/** cloud.google.com, Monitoring, "Create and manage notification channels", schema of webhooks and Pub/Sub: versions 1.0, 1.1 (Stackdriver) and 1.2. */
export function incident(body: Fields): Reading {
  const found = fields(body.incident);
  if (word(body.version) === 'test') return ignored("the channel's connection test: it arrived, and opens nothing");
  const policy = firstText(found.policy_name);
  const condition = firstText(found.condition_name, fields(found.condition).displayName);
  const summary = firstText(found.summary, documentation(found).subject);
  const name = policy ?? condition ?? summary;
  const id = text(found.incident_id) ?? firstText(incidentIn(found.url));
  if (id === undefined && name === undefined) return { kind: 'fault', error: NOTHING_SAYS_WHICH };
  const state = word(found.state) ?? '';
  const action = Object.hasOwn(STATES, state) ? STATES[state]! : 'trigger';
  const resource = fields(found.resource);
  const labels = Object.values(fields(resource.labels)).map((one) => text(one) ?? '');
  return alert({
    action,
    dedupKey: `${NAMESPACE}-${id ?? digest(policy ?? '', condition ?? '', firstText(found.resource_name, found.resource_id) ?? '', ...labels)}`,
    summary: summary === undefined || policy === undefined || summary.includes(policy) ? summary ?? name ?? `Incident ${id}` : `${policy}: ${summary}`,
    source: thingOf(found, resource),
    severityWord: severityOf(found), occurredAt: action === 'resolve' ? firstText(found.ended_at, found.started_at) : firstText(found.started_at),
    component: firstText(found.resource_type_display_name, resource.type),
    group: firstText(found.scoping_project_id, fields(resource.labels).project_id), class: condition ?? policy,
    details: detailsOf(found, resource, policy, condition),
    links: [
      { href: found.url, text: 'Incident' },
      ...objects(documentation(found).links).map((link) => ({ href: link.url, text: link.displayName })),
      { href: found.apigee_url, text: 'Apigee' },
    ],
  });
}

const NOTHING_SAYS_WHICH = {
  path: 'incident.incident_id',
  message: 'is missing, and so are policy_name, condition_name and summary: nothing says which incident this is',
};

export function isIncident(data: unknown): data is Fields {
  return isFields(data) && isFields(data.incident);
}

/** Text in test messages, an object else. */
function documentation(found: Fields): Fields {
  return isFields(found.documentation) ? found.documentation : { content: found.documentation };
}

/** The policy's severity; before there was one, policies carried a user label of that name. */
function severityOf(found: Fields): string | undefined {
  const said = word(found.severity);
  const labels = fields(found.policy_user_labels);
  return said !== undefined && said !== 'no severity' ? said : firstText(labels.severity, labels.priority) ?? said;
}

function thingOf(found: Fields, resource: Fields): string {
  const labels = fields(resource.labels);
  return firstText(
    found.resource_display_name, labels.host, labels.instance_id, labels.service_name, labels.pod_name,
    labels.database_id, labels.cluster_name, labels.function_name, labels.bucket_name,
    found.resource_name, found.resource_id, found.scoping_project_id, found.policy_name,
  ) ?? 'google-cloud';
}

function detailsOf(found: Fields, resource: Fields, policy: string | undefined, condition: string | undefined): Fields {
  const metric = fields(found.metric);
  return said({
    incident: found.incident_id, state: found.state, policy, condition, severity: found.severity, project: found.scoping_project_id,
    metric: firstText(metric.displayName, metric.type), metricLabels: fields(metric.labels),
    observedValue: found.observed_value, thresholdValue: found.threshold_value,
    resource: resource.type, resourceLabels: fields(resource.labels), policyLabels: fields(found.policy_user_labels),
    systemLabels: fields(fields(found.metadata).system_labels),
    userLabels: fields(fields(found.metadata).user_labels), documentation: documentation(found).content,
  });
}

function incidentIn(url: unknown): string | undefined {
  return /\/incidents\/([\w.-]+)/.exec(text(url)?.slice(0, 4096) ?? '')?.[1];
}
