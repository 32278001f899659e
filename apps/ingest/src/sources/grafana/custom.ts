import type { EventAction } from '@signalbox/contracts';
import { LEFT_EMPTY, bareFields, wrappedIn, type BareFields } from '../bare-fields.js';
import type { SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { said, type Fields } from '../reading.js';
import { likeliest, severityOf } from '../severity.js';
import { titleOf } from './title.js';
import { ALERT_STATES, SEVERITIES } from './words.js';

const CONTAINERS = [
  'alert', 'payload', 'data', 'labels', 'commonlabels', 'grouplabels',
  'annotations', 'commonannotations', 'details', 'customdetails',
] as const;
const TITLES = [
  'title', 'alerttitle', 'alertname', 'rulename', 'name', 'summary',
  'subject', 'text', 'message', 'content', 'body', 'msg', 'description',
] as const;
const KEYS = [
  'dedupkey', 'deduplicationkey', 'fingerprint', 'alertuid', 'alertid', 'ruleuid',
  'uid', 'incidentkey', 'incidentid', 'alias', 'groupkey', 'id', 'key',
] as const;
const STATES = ['status', 'state', 'alertstatus', 'alertstate', 'eventaction', 'action', 'event'] as const;

/**
 * A body of none of Grafana's own forms: OnCall's formatted webhook (`alert_uid`, `title`, `state`, `message`, `image_url`,
 * `link_to_upstream_details`), or a payload template of a user's contact point. Undefined when nothing in it names an alert.
 */
export function customEvent(body: Fields, severities: SeverityOverrides | undefined): SourceEvent | undefined {
  const known = bareFields([body, ...wrappedIn(body, CONTAINERS)], LEFT_EMPTY);
  const titles = TITLES.flatMap((field) => known.text(field) ?? []).map(titleOf);
  const key = known.text(...KEYS);
  const name = titles.find((title) => title.name !== '')?.name ?? key;
  if (name === undefined) return undefined;
  const message = known.text('message', 'description', 'text');
  const link = known.text('linktoupstreamdetails', 'url', 'link', 'alerturl', 'ruleurl', 'generatorurl', 'panelurl', 'dashboardurl', 'externalurl');
  return event({
    action: actionOf(known) ?? titles[0]?.action ?? 'trigger',
    dedupKey: `grafana-${key ?? digest(name)}`,
    summary: name,
    source: known.text('instance', 'host', 'hostname', 'source', 'service', 'server', 'node') ?? 'Grafana',
    severity: severityOf(likeliest([known.text('severity'), known.text('priority'), known.text('level')], SEVERITIES, severities), SEVERITIES, severities),
    occurredAt: known.text('startsat', 'timestamp', 'time', 'date', 'createdat'),
    component: known.text('service', 'job'),
    group: known.text('cluster', 'namespace', 'folder', 'grafanafolder'),
    class: known.text('alertname', 'rulename'),
    details: said({
      message: message === name ? undefined : message, status: known.text(...STATES), labels: known.value('labels', 'commonlabels'),
      annotations: known.value('annotations', 'commonannotations'), values: known.value('values', 'valuestring', 'value'),
    }),
    links: [{ href: link, text: 'Grafana' }, { href: known.text('runbookurl', 'runbook'), text: 'Runbook' }],
    images: [{ src: known.text('imageurl', 'image'), href: link, alt: name }],
    client: 'Grafana',
    clientUrl: link,
  });
}

function actionOf(known: BareFields): EventAction | undefined {
  for (const name of STATES) {
    const action = firstMeaning(ALERT_STATES, [known.text(name)?.replace(/ /g, '_')]);
    if (action !== undefined && action !== 'ignored') return action;
  }
  return undefined;
}
