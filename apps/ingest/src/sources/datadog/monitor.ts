import type { EventAction } from '@signalbox/contracts';
import type { BareFields } from '../bare-fields.js';
import type { SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { list, plainWord, said } from '../reading.js';
import { likeliest, severityOf } from '../severity.js';
import { tagged } from './tags.js';
import { titleOf, type Title } from './title.js';
import { SEVERITIES, isWell, severityForm, stateNamed } from './words.js';

const TITLES = [
  'title', 'eventtitle', 'alerttitle', 'monitortitle', 'summary', 'subject', 'securitysignaltitle', 'monitorname', 'alertname', 'name', 'securityrulename',
  'syntheticstestname', 'alertstatus', 'message', 'text', 'textonlymsg', 'body', 'eventmsg', 'msg', 'description',
] as const;
const STATES = [
  'alerttransition', 'transition', 'eventaction', 'status', 'state', 'alertstate',
  'monitorstatus', 'monitorstate', 'alertstatus', 'action', 'event', 'eventtransition',
] as const;
const TYPES = ['alerttype', 'eventalerttype', 'level', 'severity', 'type'] as const;

/** What a monitor (or an event, a security signal, a synthetic test) says; undefined when nothing names it. */
export function monitorEvent(body: BareFields, severities: SeverityOverrides | undefined): SourceEvent | undefined {
  const summary = body.text(...TITLES);
  const title = titleOf(summary ?? '');
  const dedupKey = keyOf(body, title);
  if (dedupKey === undefined) return undefined;
  const tags = body.texts('tags', 'eventtags', 'alerttags');
  const action = actionOf(body, title);
  const monitorLink = body.text('link', 'url', 'eventurl', 'eventlink', 'alerturl', 'alertlink', 'monitorurl', 'monitorlink');
  return event({
    action,
    dedupKey,
    summary: summary ?? `Datadog monitor ${dedupKey.replace(/^datadog-(?:monitor-)?/, '')}`,
    source: sourceOf(body, tags, title),
    severity: severityOf(severityWord(body, title, severities), SEVERITIES, severities),
    occurredAt: body.text('date', 'lastupdated', 'datehappened', 'timestamp', 'receivedat', 'eventtime', 'dateposix'),
    component: tagged(tags, 'service') ?? body.text('service'),
    group: tagged(tags, 'env', 'environment', 'cluster_name', 'kube_cluster_name') ?? body.text('env', 'environment'),
    class: body.text('alertmetric', 'metric', 'eventtype'),
    details: detailsOf(body, tags),
    links: [
      { href: monitorLink, text: 'Datadog' },
      ...list(body.value('links')),
      { href: body.text('syntheticsresulturl', 'resulturl'), text: 'Test result' },
      { href: body.text('runbook', 'runbookurl'), text: 'Runbook' },
    ],
    images: [{ src: body.text('snapshot', 'snapshoturl', 'imageurl', 'image'), href: monitorLink, alt: 'Snapshot' }, ...list(body.value('images'))],
    client: 'Datadog',
    clientUrl: monitorLink,
  });
}

function actionOf(body: BareFields, title: Title): EventAction {
  for (const name of STATES) {
    const action = stateNamed(plainWord(body.text(name)));
    if (action !== undefined) return action;
  }
  const byTitle = stateNamed(title.state);
  return byTitle ?? (TYPES.some((name) => isWell(plainWord(body.text(name)))) ? 'resolve' : 'trigger');
}

/** What the vendor keeps the same from trigger to recovery; `id` (`$ID`) is the event's, another one each time. */
function keyOf(body: BareFields, title: Title): string | undefined {
  const own = body.text('alertcyclekey', 'cyclekey', 'cycleid', 'alertcycle')
    ?? body.text('aggregationkey', 'aggregkey', 'aggregatekey', 'alertaggregationkey')
    ?? body.text('dedupkey', 'deduplicationkey', 'uniquekey', 'fingerprint', 'incidentkey', 'alias', 'securitysignalid');
  if (own !== undefined) return `datadog-${own}`;
  const monitor = body.text('alertid', 'monitorid');
  const scope = scopeOf(body, title);
  if (monitor !== undefined) return `datadog-monitor-${monitor}${scope === undefined ? '' : `-${scope}`}`;
  if (title.name !== '') return `datadog-title-${digest(title.name, scope ?? '')}`;
  const id = body.text('id', 'eventid');
  return id === undefined ? undefined : `datadog-event-${id}`;
}

/** Which of the many that a monitor watches: its tags in one order. */
function scopeOf(body: BareFields, title: Title): string | undefined {
  const tags = body.texts('alertscope', 'scope', 'scopes', 'monitorgroups');
  const scope = (tags.length > 0 ? tags : (title.scope ?? '').split(',').map((tag) => tag.trim()).filter((tag) => tag !== '')).toSorted().join(',');
  return scope !== '' ? scope : body.text('hostname', 'host');
}

/** The type of the alert; where a template has none, its priority, and then what the title says. */
function severityWord(body: BareFields, title: Title, severities: SeverityOverrides | undefined): string | undefined {
  const types = TYPES.map((name) => body.text(name));
  // `$PRIORITY` is the event's, `normal` or `low`: no severity.
  const priorities = [
    body.text('alertpriority'), body.text('monitorpriority'), body.text('priority'),
  ].filter((word) => word !== undefined && /^p?[1-5]$/i.test(word));
  const words = [...types, body.text('securitysignalseverity'), ...priorities, title.priority, body.text('alerttransition', 'transition'), title.state];
  return likeliest(words.map(severityForm), SEVERITIES, severities);
}

function sourceOf(body: BareFields, tags: readonly string[], title: Title): string {
  return body.text('hostname', 'host') ?? tagged(tags, 'host') ?? tagged((title.scope ?? '').split(','), 'host')
    ?? body.text('source', 'service') ?? tagged(tags, 'service') ?? scopeOf(body, title) ?? 'Datadog';
}

function detailsOf(body: BareFields, tags: readonly string[]) {
  return said({
    message: body.text('textonlymsg', 'body', 'eventmsg', 'message', 'text', 'alertmessage', 'securitysignalmsg', 'description'),
    transition: body.text('alerttransition', 'transition'),
    monitorId: body.text('alertid', 'monitorid'),
    scope: body.text('alertscope', 'scope', 'scopes'),
    metric: body.text('alertmetric', 'metric'),
    query: body.text('alertquery', 'query'),
    status: body.text('alertstatus'),
    priority: body.text('alertpriority', 'monitorpriority', 'priority'),
    eventType: body.text('eventtype'),
    organisation: body.text('orgname'),
    tags: tags.length > 0 ? tags : undefined,
    rule: body.text('securityrulename'),
    logs: body.value('logssample'),
    synthetics: body.value('syntheticssummary'),
    annotations: body.value('annotations'),
  });
}
