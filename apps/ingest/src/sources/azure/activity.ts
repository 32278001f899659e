import { fields, firstText, isFields, said, text, word, type Fields } from '../reading.js';
import { actionOf, portal, resourceGroup, resourceName, sameId, type AlertDraft } from './reading.js';

/** What the activity log says of an event: the context of the common schema, and `context.activityLog` of the older one, hold the same fields. */
export interface ActivityEvent {
  readonly kind: string | undefined;
  readonly thing: string | undefined;
  /** Undefined: this event is its own, and nothing else closes it. */
  readonly identity: string | undefined;
  readonly told: string | undefined;
  readonly details: Fields;
}

/** Undefined for what is no event of the activity log. learn.microsoft.com, "Azure activity log event schema". */
export function activityAlert(log: Fields, target: string | undefined): ActivityEvent | undefined {
  const operation = text(log.operationName);
  if (operation === undefined && log.eventDataId === undefined && log.eventSource === undefined) return undefined;
  const properties = fields(log.properties);
  const resource = firstText(log.resourceId, fields(log.authorization).scope, target);
  const details = said({
    operation, status: log.status, subStatus: log.subStatus, caller: log.caller, level: log.level, resource, correlationId: log.correlationId,
    title: properties.title, trackingId: properties.trackingId, stage: properties.stage, service: properties.service, region: properties.region,
    health: properties.currentHealthStatus, cause: properties.cause,
  });
  const thing = resourceName(resource);
  if (isServiceHealth(log)) {
    const told = [firstText(properties.title, properties.defaultLanguageTitle), text(properties.region)].filter(Boolean).join(', ');
    return { kind: 'Service Health', thing: text(properties.service), identity: `servicehealth-${text(properties.trackingId)}`, told, details };
  }
  if (isResourceHealth(log)) {
    const told = [thing, [text(properties.currentHealthStatus), text(properties.title)].filter(Boolean).join(', ')].filter(Boolean).join(' is ');
    return { kind: 'Resource Health', thing, identity: resource === undefined ? undefined : `resourcehealth-${sameId(resource)}`, told, details };
  }
  const told = firstText(properties.title, [operation, text(log.status), thing].filter(Boolean).join(' '));
  return { kind: text(log.eventSource), thing, identity: undefined, told, details };
}

/**
 * Activity log alerts only ever fire: whether the thing itself is over stands in the event.
 * The test button's event calls itself resolved and synthetic; it is to be seen.
 */
export function isEnded(log: Fields): boolean {
  const properties = fields(log.properties);
  if (word(properties.IsSynthetic) === 'true') return false;
  if (isServiceHealth(log)) return word(log.status) === 'resolved' || word(properties.stage) === 'resolved';
  return isResourceHealth(log) && (word(log.status) === 'resolved' || word(properties.currentHealthStatus) === 'available');
}

function isServiceHealth(log: Fields): boolean {
  return text(fields(log.properties).trackingId) !== undefined;
}

function isResourceHealth(log: Fields): boolean {
  return text(fields(log.properties).currentHealthStatus) !== undefined;
}

/** `{"status": "Activated", "context": {"activityLog": {…}}}`: learn.microsoft.com, "Configure a webhook to get activity log alerts". */
export function activityLogAlert(data: Fields): AlertDraft | undefined {
  const log = fields(fields(data.context).activityLog);
  const resource = firstText(log.resourceId, fields(log.authorization).scope);
  const activity = activityAlert(log, undefined);
  const own = firstText(log.operationId, log.correlationId, log.eventDataId);
  const identity = activity?.identity ?? (own === undefined ? undefined : `activity-${own}`);
  if (identity === undefined) return undefined;
  return {
    action: isEnded(log) ? 'resolve' : actionOf(data.status),
    dedupKey: `azure-${identity}`, summary: firstText(activity?.told, log.description) ?? 'Azure activity log alert',
    source: firstText(activity?.thing, log.subscriptionId) ?? 'azure',
    severityWord: levelWord(text(log.level)), occurredAt: firstText(log.eventTimestamp, log.submissionTimestamp),
    component: activity?.kind ?? log.resourceProviderName, group: resourceGroup(resource) ?? log.resourceGroupName, class: log.operationName,
    details: said({ ...activity?.details, description: log.description, properties: fields(data.properties) }),
    links: [{ href: portal(resource), text: resourceName(resource) }],
  };
}

/** In the order of .NET's EventLevel, which some events number. */
const LEVELS = ['', 'critical', 'error', 'warning', 'informational', 'verbose'];

function levelWord(level: string | undefined): string | undefined {
  return level !== undefined && /^[1-5]$/.test(level) ? LEVELS[Number(level)] : level;
}

export function isActivityLog(data: unknown): data is Fields {
  return isFields(data) && isFields(fields(data.context).activityLog);
}

/** Event Grid's envelope, for what Azure says about resources outside of alerts. learn.microsoft.com, "Azure Event Grid event schema". */
export function gridEvent(body: Fields): AlertDraft | undefined {
  const kind = firstText(body.eventType, body.specversion === undefined ? undefined : body.type);
  const subject = firstText(body.subject, body.topic, body.source);
  if (kind === undefined || subject === undefined) return undefined;
  return {
    action: 'trigger', dedupKey: `azure-eventgrid-${kind}-${subject.toLowerCase()}`,
    summary: `${kind.split('.').slice(-2).join(' ')}: ${resourceName(subject) ?? subject}`,
    source: resourceName(subject) ?? subject, severityWord: undefined, occurredAt: firstText(body.eventTime, body.time), component: 'Event Grid', class: kind,
    details: said({
      event: kind, subject, topic: body.topic,
      ...Object.fromEntries(Object.entries(fields(body.data)).filter(([, value]) => text(value) !== undefined)),
    }),
    links: [{ href: portal(subject), text: resourceName(subject) }],
  };
}
