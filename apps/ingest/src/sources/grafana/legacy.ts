import { ignored, type SeverityOverrides, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { meaning } from '../meaning.js';
import { fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { titleOf } from './title.js';
import { LEGACY_STATES, SEVERITIES } from './words.js';

/** Whether a body is the webhook of a dashboard's alert rule, as Grafana sent it until version 10. */
export function isLegacy(body: Fields): boolean {
  return text(body.state) !== undefined && (Array.isArray(body.evalMatches) || firstText(body.ruleId, body.ruleName, body.ruleUrl, body.panelId) !== undefined);
}

/** One rule, one event, however many series matched: the rule is what opens and closes. */
export function parseLegacy(body: Fields, severities: SeverityOverrides | undefined): SourceResult {
  if (isTestMessage(body)) return ignored("the Test button of Grafana's notification channel: it arrived, and opens nothing");
  const state = word(body.state)!.replace(/ /g, '_');
  const action = meaning(state, LEGACY_STATES);
  if (action === 'ignored') return ignored(`the rule is '${state}', which says neither red nor green`);
  const title = titleOf(text(body.title) ?? '').name;
  const name = firstText(body.ruleName, title) ?? `Grafana rule ${text(body.ruleId) ?? ''}`.trim();
  const message = text(body.message);
  const matches = list(body.evalMatches).map(fields);
  const tags = tagsOf(body, matches);
  return { kind: 'events', events: [event({
    action,
    dedupKey: `grafana-rule-${text(body.ruleId) ?? digest(name)}`,
    summary: message === undefined || message.trim() === name ? name : `${name}: ${message}`,
    source: firstText(tags.instance, tags.host, tags.hostname, tags.server, tags.node, tags.service) ?? 'Grafana',
    severity: severityOf(firstText(tags.severity, tags.priority), SEVERITIES, severities),
    component: firstText(tags.service, tags.job),
    group: firstText(tags.cluster, tags.environment, tags.env),
    class: name,
    details: said({
      state, title: text(body.title), message, tags: Object.keys(tags).length > 0 ? tags : undefined,
      matches: matches.length > 0 ? matches.slice(0, MATCHES_KEPT) : undefined,
      dashboardId: body.dashboardId, panelId: body.panelId, ruleId: body.ruleId,
    }),
    links: [{ href: body.ruleUrl, text: 'Rule' }],
    images: [{ src: body.imageUrl, href: body.ruleUrl, alt: name }],
    client: 'Grafana',
    clientUrl: body.ruleUrl,
  })] };
}

const MATCHES_KEPT = 50;
const TEST_MESSAGE = 'someone is testing the alert notification within grafana.';
const TEST_NAMES = ['test notification', 'test rule'];

/** grafana/grafana, pkg/services/alerting/test_notification.go: one name (another one in old versions) and one sentence. */
function isTestMessage(body: Fields): boolean {
  return word(body.message) === TEST_MESSAGE && TEST_NAMES.includes(word(body.ruleName) ?? '');
}

/** The rule's own tags, and what all series that matched have in common. */
function tagsOf(body: Fields, matches: readonly Fields[]): Fields {
  const [first = {}, ...others] = matches.map((match) => fields(match.tags));
  const common = Object.entries(first).filter(([name, value]) => others.every((tags) => tags[name] === value));
  return { ...Object.fromEntries(common), ...fields(body.tags) };
}
