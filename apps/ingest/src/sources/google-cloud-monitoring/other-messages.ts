import type { EventAction } from '@signalbox/contracts';
import { digest } from '../event.js';
import { fields, firstText, isFields, list, said, text, word, type Fields } from '../reading.js';
import type { Message } from './pubsub.js';
import { NAMESPACE, alert, ignored, type Reading } from './reading.js';

/** What else Google Cloud says through webhooks and topics. Undefined: none of it. */
export function otherMessage(data: Fields, { attributes }: Message): Reading | undefined {
  if (text(data.budgetDisplayName) !== undefined) return budget(data, attributes);
  if (isFields(data.group_info) || isFields(data.exception_info)) return errorReport(data);
  if (isFields(data.finding)) return finding(data, data.finding);
  if (text(data.logName) !== undefined || (text(data.insertId) !== undefined && data.resource !== undefined)) return logEntry(data);
  if (text(data.status) !== undefined && (text(data.buildTriggerId) !== undefined || text(attributes.buildId) !== undefined)) return build(data);
  return undefined;
}

/** cloud.google.com, Billing, "Programmatic notifications": sent many times a day, whether or not a threshold is passed. */
function budget(data: Fields, attributes: Fields): Reading {
  const name = text(data.budgetDisplayName)!;
  const share = Number(firstText(data.alertThresholdExceeded, data.forecastThresholdExceeded) ?? Number.NaN);
  if (Number.isNaN(share)) return ignored(`the budget '${name.slice(0, 255)}' has passed no threshold`);
  const forecast = text(data.alertThresholdExceeded) === undefined;
  const passed = `${forecast ? 'forecast to pass' : 'passed'} ${Math.round(share * 100)} %`;
  const cost = [text(data.costAmount), 'of', text(data.budgetAmount), text(data.currencyCode)].filter(Boolean).join(' ');
  return alert({
    action: 'trigger', dedupKey: `${NAMESPACE}-budget-${text(attributes.budgetId) ?? name}-${text(data.costIntervalStart) ?? ''}-${share}`,
    summary: `Budget ${name}: ${passed} (${cost})`,
    source: name, severityWord: share >= 1 && !forecast ? 'error' : 'budget', component: 'Billing', group: attributes.billingAccountId, class: 'budget',
    details: said({ ...data, ...attributes }), links: [{ href: 'https://console.cloud.google.com/billing/budgets', text: 'Budgets' }],
  });
}

/** cloud.google.com, Error Reporting, "Notifications for Error Reporting": the webhook's schema. */
function errorReport(data: Fields): Reading {
  const [group, thrown, event] = [fields(data.group_info), fields(data.exception_info), fields(data.event_info)];
  const told = [text(thrown.type), text(thrown.message)].filter(Boolean).join(': ') || firstText(event.log_message, data.subject) || 'an error';
  const id = /\/errors\/([\w-]+)/.exec(text(group.detail_link)?.slice(0, 4096) ?? '')?.[1];
  return alert({
    action: 'trigger', dedupKey: `${NAMESPACE}-error-${text(group.project_id) ?? ''}-${id ?? digest(text(event.service) ?? '', text(thrown.type) ?? '', told)}`,
    summary: firstText(event.service) === undefined ? told : `${text(event.service)}: ${told}`,
    source: firstText(event.service, group.project_id) ?? 'google-cloud', severityWord: undefined,
    component: 'Error Reporting', group: group.project_id, class: thrown.type,
    details: said({
      subject: data.subject, exception: thrown.type, message: thrown.message, log: event.log_message, version: event.version,
      request: [text(event.request_method), text(event.request_url)].filter(Boolean).join(' '), status: event.response_status,
    }),
    links: [{ href: group.detail_link, text: 'Error group' }],
  });
}

/** cloud.google.com, Security Command Center, "Finding notifications for Pub/Sub". */
function finding(data: Fields, found: Fields): Reading {
  const state = word(found.state);
  const resource = firstText(fields(data.resource).displayName, fields(data.resource).name, found.resourceName);
  return alert({
    action: state === 'inactive' || word(found.mute) === 'muted' ? 'resolve' : 'trigger',
    dedupKey: `${NAMESPACE}-finding-${firstText(found.canonicalName, found.name) ?? digest(text(found.category) ?? '', resource ?? '')}`,
    summary: `Security: ${firstText(found.category, found.description) ?? 'finding'}${resource === undefined ? '' : ` in ${resource.split('/').at(-1)}`}`,
    source: resource ?? 'google-cloud', severityWord: word(found.severity),
    occurredAt: firstText(found.eventTime, found.createTime), component: 'Security Command Center', class: found.category,
    details: said({
      category: found.category, state: found.state, description: found.description, resource: found.resourceName, nextSteps: found.nextSteps,
    }), links: [{ href: found.externalUri, text: 'Finding' }],
  });
}

/** cloud.google.com, Logging, "LogEntry": what a sink routes to a topic. Every entry is its own alert. */
function logEntry(data: Fields): Reading {
  const [payload, resource] = [fields(data.jsonPayload ?? data.protoPayload), fields(data.resource)];
  const told = firstText(data.textPayload, payload.message, payload.msg, fields(payload.status).message, payload.methodName)
    ?? text(data.logName)!.split('/').at(-1)!;
  const labels = fields(resource.labels);
  return alert({
    action: 'trigger',
    dedupKey: `${NAMESPACE}-log-${text(data.insertId) ?? digest(text(data.logName) ?? '', told, text(data.timestamp) ?? '')}`,
    summary: told.split('\n', 1)[0]!,
    source: firstText(
      labels.service_name, labels.instance_id, labels.pod_name, labels.function_name,
      labels.cluster_name, labels.module_id, resource.type,
    ) ?? 'google-cloud',
    severityWord: word(data.severity),
    occurredAt: firstText(data.timestamp, data.receiveTimestamp), component: resource.type,
    group: labels.project_id, class: text(data.logName)?.split('/').at(-1),
    details: said({
      log: data.logName, resource: resource.type, labels, message: told, trace: data.trace,
      operation: payload.methodName, actor: fields(payload.authenticationInfo).principalEmail,
    }),
  });
}

/** cloud.google.com, Build, "Subscribe to build notifications". */
const BUILDS: Readonly<Record<string, EventAction>> = {
  failure: 'trigger', internal_error: 'trigger', timeout: 'trigger', expired: 'trigger',
  success: 'resolve',
};

function build(data: Fields): Reading {
  const status = word(data.status)!;
  const known = ['queued', 'pending', 'working', 'cancelled', 'status_unknown'].includes(status);
  if (known) return ignored(`the build is '${status}', which is neither red nor green`);
  const names = fields(data.substitutions);
  const name = firstText(names.TRIGGER_NAME, names.REPO_NAME, data.buildTriggerId, data.projectId) ?? 'build';
  return alert({
    action: Object.hasOwn(BUILDS, status) ? BUILDS[status]! : 'trigger',
    dedupKey: `${NAMESPACE}-build-${text(data.projectId) ?? ''}-${firstText(data.buildTriggerId) ?? name}-${text(names.BRANCH_NAME) ?? ''}`,
    summary: `Cloud Build: ${name} ${text(data.status)}`, source: name, severityWord: status === 'success' ? 'info' : 'error',
    occurredAt: firstText(data.finishTime, data.createTime), component: 'Cloud Build', group: data.projectId,
    details: said({
      build: data.id, status: data.status, detail: data.statusDetail, branch: names.BRANCH_NAME, commit: names.COMMIT_SHA, images: list(data.images),
    }), links: [{ href: data.logUrl, text: 'Log' }],
  });
}
