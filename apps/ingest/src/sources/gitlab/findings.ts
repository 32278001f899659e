import { ignored, problem } from '../contract.js';
import { meaning, type Words } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { alert, type Reader } from './alert.js';
import { numberIn, projectOf } from './project.js';

/** docs.gitlab.com, "Alerts": statuses. An ignored alert is one that nobody will work on. */
const ALERT_STATES: Words = { triggered: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve', ignored: 'resolve' };

/** docs.gitlab.com, "Vulnerability status values". */
const VULNERABILITY_STATES: Words = { detected: 'trigger', confirmed: 'trigger', resolved: 'resolve', dismissed: 'resolve' };

/** docs.gitlab.com, "Webhook events", issue events: what happened to an incident. */
const INCIDENT_ACTIONS: Words = { open: 'trigger', reopen: 'trigger', close: 'resolve' };

export const alertHook: Reader = (body, severity) => {
  const found = fields(body.object_attributes);
  const state = word(found.status);
  const title = text(found.title);
  if (state === undefined && title === undefined) return problem('object_attributes.status', 'is missing: it says whether the alert is open');
  const project = projectOf(body);
  const identity = firstText(found.iid, numberIn(found.url), found.id, title) ?? 'unknown';
  return alert(project, {
    action: actionOf(state, ALERT_STATES),
    dedupKey: `gitlab-alert-${project.identity}-${identity}`,
    summary: `${title ?? `Alert ${identity}`} (${project.name})`,
    severity: severity(text(found.severity)),
    occurredAt: firstText(found.started_at, found.created_at),
    component: found.service, class: 'alert',
    details: said({
      project: project.name, status: state, severity: found.severity, events: found.events,
      description: found.description, tool: found.monitoring_tool,
    }),
    links: [{ href: found.url, text: 'Alert' }],
  });
};

export const vulnerability: Reader = (body, severity) => {
  const found = fields(body.object_attributes);
  const title = text(found.title);
  const state = word(found.state);
  const identity = firstText(found.id, numberIn(found.url), title);
  if (identity === undefined) return problem('object_attributes.url', 'is missing: it says which vulnerability this is');
  const project = projectOf(body);
  const location = fields(found.location);
  const names = list(found.identifiers).flatMap((identifier) => text(fields(identifier).name) ?? []);
  return alert(project, {
    action: actionOf(state, VULNERABILITY_STATES),
    dedupKey: `gitlab-vulnerability-${project.identity}-${identity}`,
    summary: `${title ?? names[0] ?? `Vulnerability ${identity}`} (${project.name})`,
    severity: severity(text(found.severity)),
    occurredAt: firstText(found.updated_at, found.created_at),
    component: firstText(fields(fields(location.dependency).package).name, location.file), class: 'vulnerability',
    details: said({
      project: project.name, state, severity: found.severity, report: found.report_type, identifiers: names, file: location.file, line: location.start_line,
      version: fields(location.dependency).version, isResolvedOnDefaultBranch: found.resolved_on_default_branch,
    }),
    links: [{ href: found.url, text: 'Vulnerability' }, ...list(found.issues).map((issue) => ({ href: fields(issue).url, text: 'Issue' }))],
  });
};

/** Issues and other work items are no alerts, but for those of type Incident. */
export const incident: Reader = (body, severity) => {
  const found = fields(body.object_attributes);
  const type = word(firstText(found.type, found.issue_type, body.object_kind)) ?? 'issue';
  if (type !== 'incident') return ignored(`a work item of type '${type.slice(0, 64)}' is not an alert`);
  const identity = firstText(found.iid, numberIn(found.url), found.id);
  if (identity === undefined) return problem('object_attributes.iid', 'is missing: it says which incident this is');
  const did = word(found.action);
  const action = did === 'update' ? escalation(body) : did === undefined ? byState(found) : meaning(did, INCIDENT_ACTIONS);
  if (action === 'ignored') return ignored("the incident's update changes nothing about whether it is open");
  const project = projectOf(body);
  return alert(project, {
    action,
    dedupKey: `gitlab-incident-${project.identity}-${identity}`,
    summary: `${text(found.title) ?? `Incident ${identity}`} (${project.name})`,
    severity: severity(text(found.severity)),
    occurredAt: action === 'resolve' ? firstText(found.closed_at, found.updated_at) : firstText(found.updated_at, found.created_at),
    class: 'incident',
    details: said({
      project: project.name, incident: identity, state: found.state, severity: found.severity, escalation: found.escalation_status,
      description: found.description, labels: list(body.labels).map((label) => fields(label).title), user: fields(body.user).username,
    }),
    links: [{ href: found.url, text: 'Incident' }],
  });
};

/** GitLab tells of it 60, 30, 7 and 1 days ahead, and never that the token was renewed. */
export const expiringToken: Reader = (body, severity) => {
  const token = fields(body.object_attributes);
  const group = fields(body.group);
  const project = projectOf(body);
  const owner = firstText(group.full_path, group.group_path) ?? project.name;
  const identity = firstText(token.id, token.name);
  if (identity === undefined) return problem('object_attributes.id', 'is missing: it says which token this is');
  return alert(project, {
    action: 'trigger',
    dedupKey: `gitlab-token-${text(group.group_id) === undefined ? project.identity : `group-${text(group.group_id)}`}-${identity}`,
    summary: `Token ${text(token.name) ?? identity} expires on ${text(token.expires_at)?.slice(0, 10) ?? 'an unknown day'} (${owner})`,
    severity: severity('expiring'),
    component: token.name, class: 'token',
    details: said({ owner, token: token.name, expiresAt: token.expires_at, createdAt: token.created_at }),
  });
};

function actionOf(state: string | undefined, states: Words): 'trigger' | 'acknowledge' | 'resolve' {
  const action = state === undefined ? 'trigger' : meaning(state, states);
  return action === 'ignored' ? 'trigger' : action;
}

/** An update can set the escalation status, which the incident's page calls its status; what else it changes is not our concern. */
function escalation(body: Fields): ReturnType<typeof meaning> {
  const status = word(fields(fields(body.changes).escalation_status).current);
  return status === undefined ? 'ignored' : meaning(status, ALERT_STATES);
}

function byState(found: Fields): ReturnType<typeof meaning> {
  return word(found.state) === 'closed' ? 'resolve' : 'trigger';
}
