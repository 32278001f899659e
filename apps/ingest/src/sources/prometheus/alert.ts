import type { FieldError, SeverityOverrides, SourceEvent } from '../contract.js';
import { event } from '../event.js';
import { fields, firstText, instant, isFields, own, text, word, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { fingerprintOf } from './fingerprint.js';

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'page', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'high', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'medium', to: 'warning' },
  { from: '*', to: 'info' },
  { from: '', to: 'error' },
];

/** What an alert's group says about all of its alerts. */
export interface Group {
  /** What the dedup keys begin with. */
  readonly namespace: string;
  readonly client: string;
  readonly externalUrl?: unknown;
  /** What an alert without labels and annotations is called. */
  readonly title?: string;
  readonly details: Fields;
  /** The table of the source. */
  readonly table: readonly SeverityRow[];
  readonly severities?: SeverityOverrides;
}

/** One alert in Alertmanager's form, firing or resolved, as an event; `path` names it in faults. */
export function alertEvent(alert: unknown, isResolved: boolean, group: Group, path: string): SourceEvent | FieldError[] {
  if (!isFields(alert)) return [{ path, message: 'must be an object with labels' }];
  const labels = texts(alert.labels);
  const annotations = texts(alert.annotations);
  const fingerprint = text(alert.fingerprint) ?? (Object.keys(labels).length > 0 ? fingerprintOf(labels) : undefined);
  if (fingerprint === undefined) {
    return [{ path: `${path}.labels`, message: 'must hold at least one label (or the alert a fingerprint): it says which alert this is' }];
  }
  return event({
    action: isResolved ? 'resolve' : 'trigger',
    dedupKey: `${group.namespace}-${fingerprint}`,
    summary: summaryOf(labels, annotations, alert) || group.title || '',
    source: firstText(labels.instance, labels.host, labels.node, labels.pod, labels.service, labels.job) ?? group.client,
    severity: severityOf(labels.severity, group.table, group.severities),
    occurredAt: isResolved ? instant(alert.endsAt) ?? alert.startsAt : alert.startsAt,
    component: firstText(labels.service, labels.job),
    group: firstText(labels.cluster, labels.namespace),
    class: labels.alertname,
    details: { ...group.details, labels, annotations, fingerprint, ...present(alert, ['startsAt', 'endsAt', 'values', 'valueString']) },
    links: [
      { href: alert.generatorURL, text: group.client === 'Grafana' ? 'Rule' : 'Expression' },
      { href: annotations.runbook_url ?? annotations.runbook, text: 'Runbook' },
      { href: annotations.dashboard_url ?? annotations.dashboard, text: 'Dashboard' },
      { href: alert.dashboardURL, text: 'Dashboard' },
      { href: alert.panelURL, text: 'Panel' },
      { href: alert.silenceURL, text: 'Silence' },
      { href: group.externalUrl, text: group.client },
    ],
    images: [{ src: alert.imageURL, alt: labels.alertname }],
    client: group.client,
    clientUrl: group.externalUrl,
  });
}

/** Grafana's "Test" button of a contact point: an alert of this name, from this instance. */
export function isTestAlert(alert: unknown): boolean {
  const labels = fields(fields(alert).labels);
  return labels.alertname === 'TestAlert' && labels.instance === 'Grafana';
}

/** firing or resolved by its own word; what is neither is firing. */
export function isResolvedByStatus(alert: unknown, groupStatus: unknown): boolean {
  return (word(fields(alert).status) ?? word(groupStatus)) === 'resolved';
}

/**
 * The names that Grafana gives to an alert when its rule has no data, or cannot be
 * evaluated; the rule's own is then in `rulename` (grafana.com, "Stale alert instances").
 */
const STATE_ALERTS: Readonly<Record<string, string>> = { DatasourceNoData: 'no data', DatasourceError: 'cannot be evaluated' };

function summaryOf(labels: Texts, annotations: Texts, alert: Fields): string {
  const state = labels.rulename !== undefined && Object.hasOwn(STATE_ALERTS, labels.alertname ?? '') ? STATE_ALERTS[labels.alertname!] : undefined;
  const name = state === undefined ? labels.alertname : `${labels.rulename} (${state})`;
  const said = firstText(annotations.summary, annotations.title, annotations.message, annotations.description, alert.summary, alert.description);
  if (name === undefined) return said ?? Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ');
  return said === undefined ? name : said.includes(name) ? said : `${name}: ${said}`;
}

type Texts = Readonly<Record<string, string>>;

/** Labels or annotations: texts by name, numbers as texts, nulls and empty ones left out (to Prometheus an empty label is no label). */
function texts(value: unknown): Texts {
  const found: [string, string][] = [];
  for (const [name, raw] of Object.entries(fields(value))) {
    const known = text(raw);
    if (known !== undefined) found.push([name, known]);
  }
  return Object.fromEntries(found);
}

function present(alert: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, own(alert, name)]).filter(([, value]) => value !== undefined && value !== null));
}
