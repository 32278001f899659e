import type { EventAction } from '@signalbox/contracts';
import type { BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { fields, jsonIn, list, own, said, text } from '../reading.js';
import { severityOf } from '../severity.js';
import { toldBy, type Told } from './message.js';
import { SEVERITIES, stateOf, updateMeaning } from './words.js';

const SOURCES: Readonly<Record<string, string>> = { 1: 'discovery', discovery: 'discovery', 2: 'autoregistration', autoregistration: 'autoregistration' };

/** One notification of a media type's script, by the bare names of its parameters. */
export function readProblem(sent: BareFields, severities?: SeverityOverrides): SourceResult {
  const message = sent.text('alertmessage', 'message', 'body', 'text', 'description');
  const subject = sent.text('alertsubject', 'subject', 'eventname', 'title', 'alertname', 'name', 'summary') ?? message?.split(/[\r\n]/, 1)[0];
  const told = toldBy(subject, message);
  const action = actionOf(sent, told);
  if (action === 'ignored') return ignored('an update of a problem that neither acknowledges nor closes it');
  const name = nameOf(sent, told, subject);
  const host = sent.text('hostname', 'hosthost', 'host', 'hostvisiblename', 'service') ?? text(fields(list(sent.value('hosts'))[0]).name) ?? told.host;
  const identity = identityOf(sent, told, host, name);
  if (identity === undefined) return problem('event_id', 'is missing, and so are the trigger id and the name: nothing says which problem this is about');
  return { kind: 'events', events: [problemEvent(sent, { action, identity, name: name ?? `Problem ${identity}`, host, told }, severities)] };
}

/** Where a script may say whether the problem is still one, the surest first; a plain `value` may be an item's. */
const STATES = [
  'eventvalue', 'eventstatus', 'triggerstatus', 'problemstatus', 'eventrecoverystatus',
  'status', 'state', 'eventaction', 'action', 'type', 'eventtype', 'triggervalue', 'value',
];

/**
 * An update is what a person did; otherwise {EVENT.VALUE} decides, then the status, then the subject. Discovery and autoregistration have other values
 * (0 up, 1 down, 2 found, 3 lost), and nothing that would close them.
 */
function actionOf(sent: BareFields, told: Told): EventAction | 'ignored' {
  if (sourceOf(sent) !== undefined) return 'trigger';
  const state = STATES.map((name) => stateOf(sent.text(name))).find((known) => known !== undefined);
  const update = sent.text('eventupdatestatus', 'eventupdate', 'updatestatus');
  const done = sent.text('eventupdateaction', 'updateaction');
  const isUpdate = update === '1' || (update === undefined && (done !== undefined || (state === undefined && told.state === 'update')));
  if (isUpdate && state !== 'resolve') return updateOf(done, sent.text('eventackstatus', 'eventack', 'ackstatus', 'acknowledged'));
  if (state !== undefined) return state;
  return told.state === 'resolved' || sent.text('eventrecoveryid', 'recoveryid', 'eventrecoverytime') !== undefined ? 'resolve' : 'trigger';
}

function updateOf(done: string | undefined, acknowledged: string | undefined): EventAction | 'ignored' {
  const meaning = done === undefined ? undefined : updateMeaning(done);
  return meaning ?? (['yes', '1', 'true', 'acknowledged'].includes(acknowledged?.toLowerCase() ?? '') ? 'acknowledge' : 'ignored');
}

/** Of what is no trigger's: {EVENT.SOURCE} 1 and 2. */
function sourceOf(sent: BareFields): string | undefined {
  const source = sent.text('eventsource');
  return source === undefined ? undefined : own(SOURCES, source.toLowerCase()) as string | undefined;
}

/** The problem's own name before the subject's, which begins with "Problem: " or "Resolved in 5m: ". */
function nameOf(sent: BareFields, told: Told, subject: string | undefined): string | undefined {
  const named = sent.text('problemname', 'triggername', 'eventname', 'name', 'alertname', 'title');
  return (named === undefined || named === subject ? told.name : named) ?? subject ?? sent.text('triggerdescription', 'trigger');
}

/**
 * {EVENT.ID} is the problem's, in its recovery and its updates too; a trigger's id is the same for
 * all of its problems. Of an address only the trigger's counts: where a script builds one with an event's id, that may be the recovery's own.
 */
function identityOf(sent: BareFields, told: Told, host: string | undefined, name: string | undefined): string | undefined {
  const eventId = eventIdOf(sent, told);
  if (eventId !== undefined) return eventId;
  const triggerId = sent.text('triggerid') ?? /[?&]triggerid=(\d+)/.exec(addressOf(sent) ?? '')?.[1];
  if (triggerId !== undefined) return `trigger-${triggerId}`;
  return name === undefined || host === undefined ? name : `${host}-${name}`;
}

function eventIdOf(sent: BareFields, told: Told): string | undefined {
  return sent.text('eventid', 'problemid', 'eventproblemid', 'alertid', 'alertuid', 'dedupkey', 'alias', 'id') ?? told.eventId;
}

interface Read {
  readonly action: EventAction;
  readonly identity: string;
  readonly name: string;
  readonly host: string | undefined;
  readonly told: Told;
}

/** {EVENT.TIMESTAMP} is the problem's start, in its recovery and its updates too. */
const TIMES: Readonly<Record<EventAction, readonly string[]>> = {
  trigger: ['eventtimestamp', 'timestamp'], acknowledge: ['eventupdatetimestamp'], resolve: ['eventrecoverytimestamp'],
};

function problemEvent(sent: BareFields, { action, identity, name, host, told }: Read, severities?: SeverityOverrides) {
  const pick = (...names: readonly string[]) => sent.text(...names);
  const severity = pick('eventnseverity', 'nseverity', 'triggernseverity', 'eventseverity', 'severity', 'triggerseverity', 'priority') ?? told.severity;
  const address = pick('hostip', 'hostconn', 'hostdns', 'ip');
  const operational = pick('eventopdata', 'opdata', 'triggeropdata', 'operationdata', 'operationaldata');
  const what = host === undefined || name.includes(host) ? name : `${host}: ${name}`;
  const now = operational === undefined || action !== 'trigger' ? '' : ` (${operational})`;
  return event({
    action,
    dedupKey: `zabbix-${identity}`,
    summary: `${what}${now}`,
    source: host ?? address ?? 'Zabbix',
    severity: severityOf(severity ?? sourceOf(sent), SEVERITIES, severities),
    occurredAt: pick(...TIMES[action]),
    component: pick('itemname', 'component', 'item'),
    group: pick('triggerhostgroupname', 'hostgroups', 'hostgroup', 'hostgroupname', 'group'),
    class: name,
    details: said({
      host, address, problem: name, severity: pick('eventseverity', 'severity', 'eventnseverity'),
      operationalData: operational, itemValue: pick('itemvalue', 'itemlastvalue'),
      description: pick('triggerdescription', 'triggerdesc', 'description'),
      message: pick('alertmessage', 'message'), eventId: eventIdOf(sent, told), triggerId: pick('triggerid'),
      tags: tagsOf(sent).join(', '), eventTime: together(pick('eventdate'), pick('eventtime')),
      recoveryTime: together(pick('eventrecoverydate'), pick('eventrecoverytime')),
      acknowledged: pick('eventackstatus', 'eventack', 'ackstatus', 'acknowledged'),
      update: pick('eventupdateaction', 'updateaction'), updateMessage: pick('eventupdatemessage', 'updatemessage'),
      by: pick('userfullname', 'zbxuser', 'user'), duration: pick('eventduration', 'eventage'),
    }),
    links: linksOf(sent, eventIdOf(sent, told)),
    client: 'Zabbix',
    clientUrl: frontendOf(sent),
  });
}

function together(date: string | undefined, time: string | undefined): string {
  return `${date ?? ''} ${time ?? ''}`.trim();
}

/** {EVENT.TAGSJSON}, a list of `{tag, value}`; or {EVENT.TAGS}, "service:web, scope:availability". */
function tagsOf(sent: BareFields): readonly string[] {
  const raw = ['eventtagsjson', 'eventtags', 'tagsjson', 'tags'].map((name) => sent.value(name)).find((found) => found !== undefined);
  const parsed = list(jsonIn(raw) ?? raw);
  if (parsed.length === 0) return typeof raw === 'string' && !raw.startsWith('[') ? raw.split(',').map((tag) => tag.trim()).filter((tag) => tag !== '') : [];
  return parsed.flatMap((item) => {
    const [tag, value] = [text(item) ?? text(fields(item).tag), text(fields(item).value)];
    return tag === undefined ? [] : [value === undefined ? tag : `${tag}:${value}`];
  });
}

function frontendOf(sent: BareFields): string | undefined {
  return sent.text('zabbixurl', 'zbxurl', 'frontendurl', 'url')?.slice(0, 2048).replace(/\/+$/, '');
}

/** The problem's own address in the frontend, or the trigger's list of events. */
function addressOf(sent: BareFields): string | undefined {
  return sent.text('eventurl', 'problemurl', 'linktoupstreamdetails', 'link');
}

function linksOf(sent: BareFields, eventId: string | undefined) {
  const frontend = frontendOf(sent);
  const triggerId = sent.text('triggerid');
  const ids = [triggerId, eventId].every((id) => id !== undefined && /^\d+$/.test(id));
  const whole = addressOf(sent);
  return [
    { href: whole ?? (frontend !== undefined && ids ? `${frontend}/tr_events.php?triggerid=${triggerId}&eventid=${eventId}` : frontend), text: 'Zabbix' },
    { href: sent.text('triggerurl', 'runbookurl', 'runbook'), text: 'Runbook' },
  ];
}
