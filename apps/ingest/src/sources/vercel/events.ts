import type { Severity } from '@signalbox/contracts';
import type { SourceEvent } from '../contract.js';
import { event, type EventDraft } from '../event.js';
import { address, fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { branchOf, commitOf, domainsOf, projectOf, targetOf, type Project } from './subject.js';
import type { EventType } from './types.js';

export interface Received {
  readonly name: string;
  readonly type: EventType;
  readonly payload: Fields;
  readonly createdAt: unknown;
  readonly severity: (word: string | undefined) => Severity;
}

/** The events of one webhook: one, or one for each alert of `alerts`. */
export function eventsOf(received: Received): SourceEvent[] {
  switch (received.type.family) {
    case 'deployment': return [deployment(received)];
    case 'checks': return [checks(received)];
    case 'alert': return alerts(received);
    default: return [other(received)];
  }
}

/** By project, target and (but for production) branch: the next deployment of the same branch closes what this one opened. */
function placeOf(payload: Fields): string {
  const target = targetOf(payload);
  const branch = target === 'production' ? undefined : branchOf(payload);
  return branch === undefined ? target : `${target}-${branch}`;
}

function deployment({ name, type, payload, createdAt, severity }: Received): SourceEvent {
  const project = projectOf(payload);
  const made = fields(payload.deployment);
  const target = targetOf(payload);
  const branch = branchOf(payload);
  const reason = firstText(payload.errorMessage, fields(payload.error).message, made.errorMessage);
  const from = branch === undefined ? '' : ` (${branch})`;
  const why = reason === undefined || type.action === 'resolve' ? '' : `: ${reason}`;
  return withProject(project, payload, {
    action: type.action,
    dedupKey: `vercel-deployment-${project.identity}-${placeOf(payload)}`,
    summary: `Deployment of ${project.name} to ${target}${from} ${type.says}${why}`,
    severity: severity(type.action === 'resolve' ? 'ready' : target),
    occurredAt: createdAt,
    component: target, group: branch, class: 'deployment',
    details: said({
      event: name, target, branch, ...commitOf(payload), reason,
      deployment: firstText(made.id, payload.deploymentId), regions: payload.regions, plan: payload.plan,
    }),
    links: [
      { href: firstText(fields(payload.links).deployment, made.inspectorUrl), text: 'Deployment' },
      { href: site(firstText(made.url, payload.url)), text: 'Site' },
    ],
  });
}

function checks({ name, type, payload, createdAt, severity }: Received): SourceEvent {
  const project = projectOf(payload);
  const failed = failedChecks(payload);
  return withProject(project, payload, {
    action: type.action,
    dedupKey: `vercel-checks-${project.identity}-${placeOf(payload)}`,
    summary: `Checks of ${project.name} ${type.says}${type.action === 'trigger' && failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
    severity: severity(type.action === 'resolve' ? 'ready' : 'checks'),
    occurredAt: createdAt,
    component: targetOf(payload), group: branchOf(payload), class: 'checks',
    details: said({
      event: name, failed, branch: branchOf(payload), ...commitOf(payload),
      deployment: firstText(fields(payload.deployment).id, payload.deploymentId),
    }),
    links: [{ href: fields(payload.links).deployment, text: 'Deployment' }, { href: site(fields(payload.deployment).url), text: 'Site' }],
  });
}

/** vercel.com/docs, "Checks API reference": conclusions of checks. */
export function failedChecks(payload: Fields): string[] {
  return list(payload.checks)
    .map(fields)
    .filter((check) => ['failed', 'failure'].includes(word(check.conclusion) ?? ''))
    .map((check) => firstText(check.name, check.id) ?? 'check');
}

function alerts(received: Received): SourceEvent[] {
  const { payload } = received;
  const each = list(payload.alerts).map(fields).filter((found) => Object.keys(found).length > 0);
  return (each.length > 0 ? each : [payload]).map((found) => alert(received, found));
}

function alert({ name, type, payload, createdAt, severity }: Received, found: Fields): SourceEvent {
  const project = projectOf(payload);
  const kind = firstText(found.type, payload.type);
  const subject = firstText(found.alertId, found.id, payload.groupId)
    ?? [kind, text(found.metric), text(found.route)].filter((part) => part !== undefined).join('-');
  return withProject(project, payload, {
    action: isOver(found) ? 'resolve' : type.action,
    dedupKey: `vercel-alert-${project.identity}-${subject === '' ? name : subject}`,
    summary: `${firstText(found.title, payload.title) ?? type.says} (${project.name})`,
    severity: severity(firstText(found.severity, found.level, payload.severity, kind)),
    occurredAt: firstText(found.startedAt, payload.startedAt) ?? createdAt,
    component: firstText(found.metric, found.route), class: 'alert',
    details: said({
      event: name, kind, metric: found.metric, unit: found.unit, count: found.count, average: found.average, stddev: found.stddev, zscore: found.zscore,
      zscoreThreshold: found.zscoreThreshold, values: found.formattedValues, group: payload.groupId, route: found.route,
    }),
    links: [{ href: fields(payload.links).observability, text: 'Observability' }],
  });
}

const OVER: readonly string[] = ['resolved', 'recovered', 'closed'];

function isOver(found: Fields): boolean {
  return text(found.resolvedAt) !== undefined || OVER.includes(word(found.status) ?? word(found.state) ?? '');
}

/** What is about a domain, a project or the team, by the event's own name. */
function other({ name, type, payload, createdAt, severity }: Received): SourceEvent {
  const domains = domainsOf(payload);
  const project = namedBy(domains[0], projectOf(payload));
  const isOneOfSeveral = type.family === 'firewall' || type.family === 'function';
  const subject = firstText(domains.join(','), payload.invoiceId) ?? (isOneOfSeveral ? `${project.identity}-${name}` : project.identity);
  const about = domains.length > 0 ? domains.join(', ') : project.name;
  const reason = firstText(payload.errorReason, payload.reason);
  return withProject(project, payload, {
    action: type.action,
    dedupKey: `vercel-${type.family}-${subject}`,
    summary: `${type.says}: ${about}${reason === undefined ? '' : ` (${reason})`}`,
    severity: severity(type.action === 'resolve' ? 'ready' : type.family),
    occurredAt: firstText(payload.failedAt, payload.startedAt) ?? createdAt,
    component: domains[0], class: type.family,
    details: said({ event: name, domains, reason, invoice: payload.invoiceId, ...plain(payload) }),
    links: Object.values(fields(payload.links)).map((href) => ({ href, text: 'Vercel' })),
  });
}

/** Events of domains name their project, or only the team, by an id at most. */
function namedBy(domain: string | undefined, project: Project): Project {
  return domain !== undefined && project.name === project.identity ? { ...project, name: domain } : project;
}

/** The texts and numbers of a payload, without ids of people and teams. */
function plain(payload: Fields): Fields {
  return Object.fromEntries(Object.entries(payload)
    .filter(([key, value]) => text(value) !== undefined && !['userId', 'teamId', 'invoiceId', 'errorReason', 'reason'].includes(key))
    .slice(0, 20));
}

function withProject(project: Project, payload: Fields, draft: Omit<EventDraft, 'source' | 'client' | 'clientUrl'>): SourceEvent {
  const links = [...(draft.links ?? []), { href: project.url, text: project.name }];
  return event({ ...draft, links, source: project.name, client: 'Vercel', clientUrl: project.url ?? fields(payload.links).project });
}

/** Vercel names a deployment's address without its scheme. */
function site(value: unknown): string | undefined {
  const found = text(value);
  return found === undefined ? undefined : address(found) ?? address(`https://${found}`);
}
