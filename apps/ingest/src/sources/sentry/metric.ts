import { LEFT_EMPTY } from '../bare-fields.js';
import { problem } from '../contract.js';
import { digest } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import type { Reading } from './issue.js';
import { dataOf } from './resource.js';
import { METRIC_ACTIONS } from './words.js';

/** `metric_alert` hooks: an incident of a metric alert rule, which keeps its id from the first warning to resolved. */
export function metricHook(body: Fields): Reading {
  const data = dataOf(body);
  const incident = fields(data.metric_alert);
  const rule = fields(incident.alert_rule);
  const action = word(body.action);
  const titled = firstText(data.description_title, rule.name, incident.title);
  const id = firstText(incident.id, incident.identifier) ?? /\/alerts\/([\w-]+)/.exec(text(data.web_url) ?? '')?.[1] ?? ruleKey(rule);
  if (id === undefined && titled === undefined) return problem('data.metric_alert.id', 'is missing, and so is the title: nothing says which alert this is');
  const projects = [...new Set([...list(incident.projects), ...list(rule.projects)].flatMap((project) => firstText(project, fields(project).slug) ?? []))];
  const means = firstMeaning(METRIC_ACTIONS, [action]) ?? 'trigger';
  const about = text(data.description_text)?.split(/\n|\\n/, 1)[0];
  return {
    kind: 'alert', level: action,
    draft: {
      action: means,
      dedupKey: `sentry-metric-alert-${id ?? digest(text(rule.name) ?? titled!)}`,
      summary: `${titled ?? `Metric alert ${id}`}${about === undefined ? '' : `: ${about}`}${projects.length === 0 ? '' : ` (${projects.join(', ')})`}`,
      source: projects[0] ?? 'Sentry',
      occurredAt: means === 'resolve' ? incident.date_closed ?? undefined : firstText(incident.date_started, incident.date_detected, incident.date_created),
      component: projects[0], group: rule.environment, class: 'metric_alert',
      details: said({
        incident: id, action, rule: rule.name, ruleId: rule.id, description: data.description_text,
        projects, aggregate: rule.aggregate, query: rule.query, dataset: rule.dataset,
        timeWindowMinutes: rule.time_window, environment: rule.environment, startedAt: incident.date_started,
      }, LEFT_EMPTY),
      links: [{ href: data.web_url, text: 'Alert' }],
    },
  };
}

function ruleKey(rule: Fields): string | undefined {
  const id = text(rule.id);
  return id === undefined ? undefined : `rule-${id}`;
}
