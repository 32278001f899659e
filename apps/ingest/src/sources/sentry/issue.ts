import { LEFT_EMPTY } from '../bare-fields.js';
import type { SourceResult } from '../contract.js';
import { ignored, problem } from '../contract.js';
import { digest, type EventDraft } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, firstText, isFields, list, said, text, word, type Fields } from '../reading.js';
import { dataOf } from './resource.js';
import { ISSUE_ACTIONS, ISSUE_STATUSES } from './words.js';

/** What a hook means; its level is not yet looked up. */
export type Reading = SourceResult | {
  readonly kind: 'alert';
  readonly draft: Omit<EventDraft, 'severity' | 'client' | 'clientUrl'>;
  readonly level: string | undefined;
};

/** `issue` hooks, also of crons and uptime monitors: the issue as it is, and what happened to it. */
export function issueHook(body: Fields): Reading {
  const issue = fields(dataOf(body).issue ?? body.issue);
  const action = word(body.action);
  const means = firstMeaning<string>(ISSUE_ACTIONS, [action]) ?? firstMeaning(ISSUE_STATUSES, [issue.status]) ?? 'trigger';
  if (means === 'ignored') return ignored(`'${action}' changes nothing about whether the issue is open`);
  // Sentry's ownership rules assign issues by themselves: then nobody has taken it on yet.
  if (means === 'assigned' && word(fields(body.actor).type) === 'application') {
    return ignored('Sentry assigned the issue by itself: nobody has taken it on yet');
  }
  const project = projectOf(body, issue);
  const id = firstText(issue.id, issue.shortId) ?? issueIn(issue.web_url, issue.permalink, issue.url);
  const title = titleOf(issue);
  if (id === undefined && title === undefined) return problem('data.issue.id', 'is missing, and so is the title: nothing says which issue this is');
  const assignee = fields(issue.assignedTo);
  return {
    kind: 'alert', level: text(issue.level),
    draft: {
      action: means === 'resolve' ? 'resolve' : means === 'assigned' ? 'acknowledge' : 'trigger',
      dedupKey: keyOf(id, title, project),
      summary: summaryOf(title ?? `Issue ${id}`, project),
      source: project ?? 'Sentry',
      occurredAt: means === 'trigger' ? issue.lastSeen ?? issue.firstSeen : undefined,
      component: project, group: issue.platform, class: firstText(issue.issueType, issue.issueCategory, issue.type),
      details: said({
        issue: id, shortId: issue.shortId, action, status: issue.status, substatus: issue.substatus,
        culprit: issue.culprit, level: issue.level, priority: issue.priority,
        category: issue.issueCategory, project, events: issue.count, users: issue.userCount, firstSeen: issue.firstSeen, lastSeen: issue.lastSeen,
        assignee: firstText(assignee.name, assignee.email), actor: fields(body.actor).name,
      }, LEFT_EMPTY),
      links: [{ href: firstText(issue.web_url, issue.permalink), text: 'Issue' }],
    },
  };
}

/** `event_alert` (an issue alert fired), `error` (any error), the legacy plugin and service hooks: an event, and the issue that it belongs to. */
export function eventHook(body: Fields): Reading {
  const data = dataOf(body);
  const found = fields(data.event ?? data.error ?? body.event);
  const occurrence = fields(found.occurrence);
  const group = fields(body.group);
  const project = projectOf(body, found);
  const id = firstText(found.issue_id, found.groupID, found.group_id, found.groupId, group.id)
    ?? issueIn(found.issue_url, found.web_url)
    ?? idOfPlugin(body)
    ?? issueIn(body.url, group.url);
  const title = titleOf(found) ?? firstText(occurrence.issueTitle, occurrence.issue_title, body.title, body.message, body.culprit);
  if (id === undefined && title === undefined) return problem('data.event.issue_id', 'is missing, and so is the title: nothing says which issue this is');
  const metadata = fields(found.metadata);
  const address = firstText(found.web_url, body.url, group.url);
  const rules = list(body.triggering_rules).flatMap((rule) => text(rule) ?? text(fields(rule).name) ?? []);
  return {
    kind: 'alert', level: firstText(found.level, body.level, occurrence.level, tagOf(found, 'level')),
    draft: {
      action: 'trigger',
      dedupKey: keyOf(id, title, project),
      summary: summaryOf(title ?? `Issue ${id}`, project),
      source: project ?? 'Sentry',
      occurredAt: firstText(found.datetime, found.timestamp, found.received),
      component: project, group: found.platform, class: found.type,
      details: said({
        issue: id, event: firstText(found.event_id, found.id, found.eventID),
        rule: firstText(data.triggered_rule, fields(data.issue_alert).title, fields(body.rule).label) ?? rules,
        culprit: firstText(found.culprit, body.culprit), message: firstText(found.message, fields(found.logentry).formatted, body.message, metadata.value),
        location: firstText(found.location, metadata.filename), level: firstText(found.level, body.level),
        environment: firstText(found.environment, tagOf(found, 'environment')),
        release: releaseOf(found), server: firstText(tagOf(found, 'server_name'), found.server_name),
        transaction: firstText(found.transaction, tagOf(found, 'transaction')),
        url: tagOf(found, 'url'), evidence: fields(found.occurrence).subtitle, project,
      }, LEFT_EMPTY),
      links: [{ href: address, text: 'Issue' }],
    },
  };
}

/** The plugin's `id` is the issue's; other bodies' top-level ids are not. */
function idOfPlugin(body: Fields): string | undefined {
  return body.data === undefined || body.data === null ? text(body.id) : undefined;
}

function keyOf(id: string | undefined, title: string | undefined, project: string | undefined): string {
  return `sentry-issue-${id?.trim() ?? digest(project ?? '', title!)}`;
}

/** The issue's id in one of its addresses (API or web). */
function issueIn(...addresses: readonly unknown[]): string | undefined {
  return addresses.flatMap((address) => /\/(?:issues|group)\/([\w-]+)/.exec(text(address) ?? '')?.[1] ?? [])[0];
}

function titleOf(found: Fields): string | undefined {
  const metadata = fields(found.metadata);
  const type = text(metadata.type);
  const said = firstText(metadata.title, metadata.value);
  return firstText(found.title)
    ?? (type !== undefined && said !== undefined ? `${type}: ${said}` : firstText(said, type, found.message, fields(found.logentry).formatted));
}

function summaryOf(title: string, project: string | undefined): string {
  return project === undefined ? title : `${title} (${project})`;
}

/** The project by name: an event itself only tells its number, but its API address the slug. */
function projectOf(body: Fields, found: Fields): string | undefined {
  const { name, slug } = fields(isFields(found.project) ? found.project : body.project);
  const inAddress = /\/projects\/[^/]+\/([^/]+)\//.exec(firstText(found.url, found.project_url) ?? '')?.[1];
  return firstText(slug, name, body.project_slug, body.project_name, dataOf(body).project_slug) ?? inAddress ?? firstText(body.project);
}

/** Tags are `[[key, value], …]`, `[{key, value}, …]` or an object. */
function tagOf(found: Fields, name: string): string | undefined {
  if (isFields(found.tags)) return Object.hasOwn(found.tags, name) ? text(found.tags[name]) : undefined;
  for (const tag of list(found.tags)) {
    const [key, value] = Array.isArray(tag) ? tag as unknown[] : [fields(tag).key, fields(tag).value];
    if (key === name) return text(value);
  }
  return undefined;
}

function releaseOf(found: Fields): string | undefined {
  return firstText(fields(found.release).version, found.release, tagOf(found, 'sentry:release'), tagOf(found, 'release'));
}
