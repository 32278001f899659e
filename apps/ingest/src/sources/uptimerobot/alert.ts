import type { BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { address, said } from '../reading.js';
import { severityOf } from '../severity.js';
import { ACTIONS, SEVERITIES, meaningOf, type Meaning } from './words.js';

interface Monitor {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly url: string | undefined;
}

/** Where a template may say what happened, the surest first. */
const STATES = ['alerttype', 'alerttypefriendlyname', 'alerttypename', 'monitorstatus', 'status', 'state', 'event', 'eventtype', 'type'];

/**
 * The sentences that UptimeRobot and the usual chat templates make of name and status:
 * "Monitor is DOWN: Shop", "Shop is Up", "Shop Down", "Down - Shop: timeout".
 */
const SENTENCES = [
  /^monitor is (?<status>down|up): (?<name>.+?)$/i,
  /^(?<status>down|up) [-–|] (?<name>.+?)(?:: .*)?$/i,
  /^(?:monitor )?(?<name>.+?)(?: is(?: now| back)?|:| [-–|])? (?<status>down|up)[.!]?$/i,
];

/** Where a template may put a sentence, or at least a title. */
const TEXTS = ['title', 'subject', 'text', 'message', 'content', 'summary', 'friendlymessage'];

/** One notification, by the bare names of its variables. */
export function readAlert(sent: BareFields, severities?: SeverityOverrides): SourceResult {
  const sentence = TEXTS.map((field) => sentenceOf(sent.text(field))).find((found) => found !== undefined);
  const monitor: Monitor = {
    id: sent.text('monitorid', 'id'),
    name: sent.text('monitorfriendlyname', 'friendlyname', 'monitorname', 'name', 'monitor') ?? sentence?.name,
    url: sent.text('monitorurl', 'url'),
  };
  const words = [...STATES.map((name) => sent.text(name)), incidentWord(sent)];
  const meaning = words.map(meaningOf).find((known) => known !== undefined) ?? sentence?.meaning ?? (saysExpiry(sent) ? 'expiry' : 'other');
  const identity = monitor.id ?? monitor.url ?? monitor.name ?? sent.text(...TEXTS);
  if (meaning === 'ignored') return ignored('the monitor was paused or started, which is neither down nor up');
  if (identity === undefined) {
    return problem('monitorID', 'is missing, and so are monitorURL and monitorFriendlyName: nothing says which monitor this is about');
  }
  return { kind: 'events', events: [alertEvent(sent, monitor, identity, meaning, severities)] };
}

/** An incident that started is a monitor that is down; a monitor that was started is one that is watched again. */
function incidentWord(sent: BareFields): string | undefined {
  const status = sent.text('incidentstatus');
  return status === undefined ? undefined : `incident.${status}`;
}

function alertEvent(sent: BareFields, monitor: Monitor, identity: string, meaning: Exclude<Meaning, 'ignored'>, severities?: SeverityOverrides) {
  const name = monitor.name ?? monitor.url ?? (monitor.id === undefined ? identity : `Monitor ${identity}`);
  const details = sent.text('alertdetails', 'details', 'reason', 'incidentreason', 'cause', 'message', 'text', 'description');
  return event({
    action: ACTIONS[meaning],
    dedupKey: `uptimerobot-${identity}${meaning === 'expiry' ? '-expiry' : ''}`,
    summary: summaryOf(name, details, meaning, sent),
    source: monitor.url ?? name,
    severity: severityOf((meaning === 'up' ? undefined : sent.text('severity')) ?? (meaning === 'other' ? wordOf(sent) : meaning), SEVERITIES, severities),
    occurredAt: sent.text('alertdatetime', 'timestamp', ...(meaning === 'up' ? ['incidentresolvedat', 'incidentendedat'] : ['incidentstartedat'])),
    component: name,
    group: sent.text('monitorgroup', 'group', 'groupname'),
    class: meaning,
    details: said({
      monitor: name, monitorId: monitor.id, url: monitor.url, status: wordOf(sent) ?? meaning, details,
      durationSeconds: sent.text('alertduration'), duration: sent.text('alertfriendlyduration'),
      type: sent.text('monitortype'), httpStatus: sent.text('httpstatuscode', 'statuscode'), regions: sent.value('monitoringregions'),
      tags: sent.value('tags') ?? sent.value('monitortags'), incidentId: sent.text('incidentid'),
      incidentStartedAt: sent.text('incidentstartedat', 'incidentstartdatetime'),
      sslExpiryDate: sent.text('sslexpirydate'), sslExpiryDaysLeft: sent.text('sslexpirydaysleft'),
      domainExpiryDate: domainExpiry(sent), contacts: sent.text('monitoralertcontacts'),
    }),
    links: linksOf(sent, monitor),
    client: 'UptimeRobot',
    clientUrl: 'https://dashboard.uptimerobot.com',
  });
}

function summaryOf(name: string, details: string | undefined, meaning: Meaning, sent: BareFields): string {
  if (meaning === 'expiry') {
    const days = sent.text('sslexpirydaysleft');
    if (days !== undefined) return `${name}: SSL certificate expires in ${days} days`;
    const domain = domainExpiry(sent);
    return `${name}: ${details ?? (domain === undefined ? 'SSL certificate or domain expires soon' : `domain expires on ${domain}`)}`;
  }
  const duration = sent.text('alertfriendlyduration');
  if (meaning === 'up') return `${name} is up again${duration === undefined ? '' : ` (was down for ${duration})`}`;
  const word = wordOf(sent);
  const said = meaning === 'down' ? `${name} is down` : word === undefined ? name : `${name}: ${word}`;
  return details === undefined || details === name || sentenceOf(details) !== undefined ? said : `${said}: ${details}`;
}

/** What happened, in UptimeRobot's words. */
function wordOf(sent: BareFields): string | undefined {
  return sent.text('alerttypefriendlyname', ...STATES);
}

function linksOf(sent: BareFields, { id, url }: Monitor) {
  const dashboard = address(sent.text('dashboardurl'))
    ?? (id !== undefined && /^\d+$/.test(id) ? `https://dashboard.uptimerobot.com/monitors/${id}` : undefined);
  return [{ href: dashboard, text: 'UptimeRobot' }, { href: url, text: 'Monitored address' }];
}

/**
 * The first line of a text, when it is one of the sentences from its first letter to
 * its last; chat's marks (`*`, `[`, `]`) and symbols before it do not count.
 */
function sentenceOf(text: string | undefined): { readonly name: string; readonly meaning: Meaning } | undefined {
  const line = text?.slice(0, 512).split(/[\r\n]/, 1)[0]!.replace(/[*[\]]/g, '').replace(/^[^\p{L}\p{N}]+/u, '').trim();
  const match = line === undefined ? undefined : SENTENCES.map((sentence) => sentence.exec(line)?.groups).find((groups) => groups !== undefined);
  return match === undefined ? undefined : { name: match.name!, meaning: meaningOf(match.status)! };
}

/** Of a sparse template: an expiry date and nothing of up or down. */
function saysExpiry(sent: BareFields): boolean {
  return sent.text('sslexpirydaysleft', 'sslexpirydate') !== undefined || domainExpiry(sent) !== undefined;
}

function domainExpiry(sent: BareFields): string | undefined {
  return sent.text('domainexpiredate', 'domainexpirydate');
}
