import type { BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { address, fields, firstText, list, said, text, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { sentenceIn, type Sentence } from './sentence.js';
import { SEVERITIES, meaningOf } from './words.js';

type Expiry = Extract<Sentence, { kind: 'certificate' | 'domain' }>;

/** Where a template may put `msg`, and what it may call the status. */
const TEXTS = ['msg', 'message', 'body', 'text', 'content', 'description', 'detail', 'details', 'title', 'summary', 'heartbeatmsg'];
const STATUSES = ['heartbeatstatus', 'status', 'state', 'event', 'monitorstatus'];

/** One notification: a heartbeat, or one of the sentences that come without one. */
export function readBeat(sent: BareFields, severities?: SeverityOverrides): SourceResult {
  const sentences = TEXTS.map((name) => sentenceIn(sent.text(name)));
  const expiry = sentences.find((found): found is Expiry => found !== undefined && found.kind !== 'status');
  const status = STATUSES.map((name) => sent.text(name)).find((found) => found !== undefined);
  const meaning = meaningOf(status) ?? sentences.find((found) => found?.kind === 'status')?.meaning;
  if (expiry !== undefined && sent.text('heartbeatstatus') === undefined) return one(expiryEvent(expiry, sent, severities));
  if (meaning === 'test' || (meaning === undefined && isTest(sent, status))) {
    return ignored("the Test button of Uptime Kuma's notification: it arrived, and opens nothing");
  }
  if (meaning === 'pending') return ignored('the monitor is pending: it is tried again before it counts as down');
  if (meaning === 'maintenance') return ignored('the monitor is in maintenance');
  return heartbeat(sent, meaning, status, severities);
}

/** server/server.js: the test sends the notification's name and " Testing", with neither monitor nor heartbeat. */
function isTest(sent: BareFields, status: string | undefined): boolean {
  return status === undefined && monitorId(sent) === undefined && TEXTS.some((name) => sent.text(name)?.endsWith(' Testing') === true);
}

function monitorId(sent: BareFields): string | undefined {
  return sent.text('heartbeatmonitorid', 'monitorid', 'monitorjsonid', 'heartbeatjsonmonitorid', 'id');
}

function heartbeat(sent: BareFields, meaning: 'down' | 'up' | undefined, status: string | undefined, severities?: SeverityOverrides): SourceResult {
  const texts = TEXTS.map((field) => sent.text(field)).filter((found) => found !== undefined);
  const sentence = texts.map(sentenceIn).find((found) => found?.kind === 'status');
  const where = addressOf(sent);
  const name = sent.text('monitorname', 'name', 'monitor', 'monitorpathname', 'service') ?? sentence?.name;
  const id = monitorId(sent) ?? name ?? where;
  if (id === undefined && texts.length === 0) {
    return problem('monitor.id', 'is missing, and so are monitor.name and msg: nothing says which monitor this is about');
  }
  const detail = sentence?.detail || sent.text('heartbeatmsg') || texts[0];
  const title = name ?? where ?? (id === undefined ? texts[0]! : `Monitor ${id}`);
  const unknown = id === undefined ? 'message' : status;
  return one(event({
    action: meaning === 'up' ? 'resolve' : 'trigger',
    dedupKey: `uptime-kuma-${id ?? digest(texts[0]!)}`,
    summary: summaryOf(title, detail, meaning),
    source: where ?? title,
    severity: severityOf(meaning === 'up' ? meaning : severityWord(sent) ?? meaning ?? unknown, SEVERITIES, severities),
    occurredAt: sent.text('heartbeattime', 'time', 'timestamp'),
    component: title,
    group: groupOf(sent, name),
    class: sent.text('monitortype', 'type'),
    details: detailsOf(sent, name, detail),
    links: [{ href: where, text: 'Monitored address' }],
    client: 'Uptime Kuma',
  }));
}

function summaryOf(title: string, detail: string | undefined, meaning: 'down' | 'up' | undefined): string {
  if (meaning === 'up') return `${title} is up again`;
  const said = meaning === 'down' ? `${title} is down` : title;
  return detail === undefined || detail === title ? said : `${said}: ${detail}`;
}

function expiryEvent(expiry: Expiry, sent: BareFields, severities?: SeverityOverrides) {
  const isCertificate = expiry.kind === 'certificate';
  return event({
    action: 'trigger',
    dedupKey: `uptime-kuma-${expiry.kind}-${expiry.name}`,
    summary: `${isCertificate ? 'Certificate' : 'Domain'} of ${expiry.name} expires in ${expiry.days} days`,
    source: address(expiry.url) ?? expiry.name,
    severity: severityOf(expiry.kind, SEVERITIES, severities),
    component: expiry.name,
    class: expiry.kind,
    details: said({ message: sent.text(...TEXTS), daysLeft: expiry.days, url: expiry.url }),
    links: [{ href: expiry.url, text: 'Monitored address' }],
    client: 'Uptime Kuma',
  });
}

/** As Uptime Kuma itself names what it watches (notification-provider.js, extractAddress): a host with its port, or a URL that is more than its default. */
function addressOf(sent: BareFields): string | undefined {
  const url = sent.text('monitorurl', 'url', 'hostnameorurl', 'monitorjsonurl');
  if (url !== undefined && !['https://', 'http://'].includes(url)) return url;
  const host = sent.text('monitorhostname', 'hostname', 'host');
  const port = sent.text('monitorport', 'port');
  return host === undefined || port === undefined ? host : `${host}:${port}`;
}

/** The groups above a monitor: "Shop / Prod" of "Shop / Prod / API". */
function groupOf(sent: BareFields, name: string | undefined): string | undefined {
  const path = sent.text('monitorpathname');
  return path === undefined || path === name ? undefined : path.split(' / ').slice(0, -1).join(' / ') || undefined;
}

function tagsOf(sent: BareFields): readonly Fields[] {
  return list(sent.value('monitortags')).flatMap((tag) => [fields(tag)]);
}

/** A monitor's tag named severity or priority says how bad it is. */
function severityWord(sent: BareFields): string | undefined {
  const tag = tagsOf(sent).find(({ name }) => word(name) === 'severity' || word(name) === 'priority');
  return firstText(sent.text('severity'), tag?.value)?.trim();
}

function detailsOf(sent: BareFields, name: string | undefined, message: string | undefined) {
  const pick = (...names: readonly string[]) => sent.text(...names);
  return said({
    monitor: name, monitorId: monitorId(sent), message, type: pick('monitortype'), address: addressOf(sent), hostname: pick('monitorhostname', 'hostname'),
    port: pick('monitorport', 'port'), keyword: pick('monitorkeyword'), description: pick('monitordescription'),
    group: pick('monitorpathname'), pingMs: pick('heartbeatping', 'ping'),
    durationSeconds: pick('heartbeatduration', 'duration'), retries: pick('heartbeatretries'), lastDownTime: pick('heartbeatlastdowntime'),
    tags: tagsOf(sent)
      .flatMap(({ name: tag, value }) => (text(tag) === undefined ? [] : [text(value) === undefined ? text(tag) : `${text(tag)}: ${text(value)}`]))
      .join(', '),
  });
}

function one(made: ReturnType<typeof event>): SourceResult {
  return { kind: 'events', events: [made] };
}
