import { LEFT_EMPTY, bareFields, type BareFields } from '../bare-fields.js';
import type { FieldError, SeverityOverrides, SourceEvent } from '../contract.js';
import { digest, event } from '../event.js';
import { firstMeaning } from '../meaning.js';
import { instant, said, withoutTags, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { DISPLAY_NAMES, EVENT_TYPES, SEVERITIES, WORDS } from './event-types.js';

/** Before a field's name, the objects that templates put it in: none, `event`, `latestEvent`, `details` or `custom_details`. */
const PLACES = ['', 'event', 'latestevent', 'details', 'payloadcustomdetails', 'customdetails', 'payload'];

/** One event of a controller, whatever template wrote it; `path` names it in faults. */
export function violation(body: Fields, path: string, severities: SeverityOverrides | undefined): SourceEvent | FieldError[] {
  const own = bareFields([body], LEFT_EMPTY);
  const of = (...names: readonly string[]): string | undefined => own.text(...names.flatMap((name) => PLACES.map((place) => place + name)));
  const type = typeOf(own);
  const rule = of('healthrulename', 'incidentname', 'anomalyname', 'healthrule', 'rulename', 'violationname');
  const shown = of('displayname', 'eventname', 'name');
  const message = withoutTags(of('eventmessage', 'summarymessage', 'summary', 'message', 'statemessage', 'description', 'text'));
  const title = rule ?? shown ?? of('policyname', 'policy', 'title') ?? type;
  const places = [
    of('applicationname', 'appname', 'application'), of('tiername', 'tier'),
    of('nodename', 'node', 'affectedentityname', 'entityname', 'hostname', 'host'),
  ];
  const incident = incidentOf(own, of);
  if (title === undefined && message === undefined && incident === undefined) {
    return [{
      path: `${path}incident_id`,
      message: 'is missing, and so are the event name and message: nothing says which violation this is (see the payload template in the README)',
    }];
  }
  const where = places.filter((place) => place !== undefined);
  const told: Told = { type, rule, shown, title, message, where };
  return event({
    action: firstMeaning(EVENT_TYPES, [type])
      ?? firstMeaning(DISPLAY_NAMES, [shown, own.text('description')])
      ?? firstMeaning(WORDS, actionWords(own))
      ?? 'trigger',
    dedupKey: `appdynamics-${incident ?? keyWithoutIncident(told)}`,
    summary: summaryOf(told) ?? message ?? `Incident ${incident}`,
    source: where.at(-1) ?? of('source') ?? 'AppDynamics',
    severity: severityOf(severityWord(type, of), SEVERITIES, severities),
    occurredAt: timeOf(of('eventtime', 'time', 'timestamp', 'lastreceived', 'starttime')),
    component: places[1], group: places[0], class: type,
    details: said({
      eventType: type, eventName: shown, message, healthRule: rule, policy: of('policyname', 'policy'),
      application: places[0], tier: places[1], node: places[2],
      incident, severity: of('severity'), event: of('guid', 'eventguid', 'eventid'),
    }, LEFT_EMPTY),
    links: [{ href: linkOf(of), text: 'Event' }],
    client: 'AppDynamics', clientUrl: of('controllerurl', 'clienturl'),
  });
}

/** What a violation says of itself; `where` from the application down to the node. */
interface Told {
  readonly type: string | undefined;
  readonly rule: string | undefined;
  readonly shown: string | undefined;
  readonly title: string | undefined;
  readonly message: string | undefined;
  readonly where: readonly string[];
}

/** The event type: of all the names that may hold one, the first with a type of the table; else what stands under its own name and is no other tool's word. */
function typeOf(own: BareFields): string | undefined {
  const typed = ['adeventtype', ...PLACES.flatMap((place) => [`${place}eventtype`, `${place}eventtypekey`])].flatMap((name) => own.text(name)?.trim() ?? []);
  const loose = [...PLACES.map((place) => `${place}type`), 'payloadclass', 'class'].flatMap((name) => own.text(name)?.trim() ?? []);
  return [...typed, ...loose].find((type) => firstMeaning(EVENT_TYPES, [type]) !== undefined)
    ?? typed.find((type) => firstMeaning(WORDS, [type]) === undefined);
}

function actionWords(own: BareFields): (string | undefined)[] {
  return ['eventaction', 'messagetype', 'eventtype', 'action', 'status', 'state', 'alertstatus', 'incidentstatus'].map((name) => own.text(name));
}

/** What stays the same from opened to ended: the incident. An event's own id does not. */
function incidentOf(own: BareFields, of: (...names: string[]) => string | undefined): string | undefined {
  const said = of('incidentid', 'incident', 'anomalyid', 'violationid', 'pvnid') ?? own.text('entityid', 'incidentkey', 'dedupkey', 'alias');
  return said?.trim() ?? /[#&?]incident=(\d+)/.exec(linkOf(of) ?? '')?.[1];
}

/** By what and where: a violation ends under another type and name than it begins, so that these are left out of its key. */
function keyWithoutIncident({ type, rule, shown, message, where }: Told): string {
  const goesOn = firstMeaning(EVENT_TYPES, [type]) ?? firstMeaning(DISPLAY_NAMES, [shown]);
  const about = [rule ?? '', ...where, ...(goesOn === undefined ? [type ?? shown ?? ''] : [])];
  return about.some((part) => part !== '') ? digest(...about) : digest(message ?? shown ?? '');
}

function summaryOf({ rule, shown, title, message, where }: Told): string | undefined {
  if (title === undefined) return undefined;
  const more = rule === undefined ? message : shown;
  const said = more === undefined || more === title ? title : `${title}: ${more}`;
  return where.length === 0 ? said : `${said} (${where.join(' / ')})`;
}

function severityWord(type: string | undefined, of: (...names: string[]) => string | undefined): string | undefined {
  const key = word(type);
  return SEVERITIES.some(({ from }) => from !== '' && from === key) ? key : of('severity', 'eventseverity', 'topseverity', 'priority', 'messagetype');
}

function linkOf(of: (...names: string[]) => string | undefined): string | undefined {
  return of('deeplink', 'eventdeeplink', 'alerturl', 'deeplinkurl', 'url', 'link');
}

const JAVA_DATE = /^\w{3} (\w{3}) (\d{1,2}) (\d\d:\d\d:\d\d) (UTC|GMT|Z) (\d{4})$/;

/** ISO 8601, or Java's `Mon Apr 03 02:04:55 UTC 2023`, which is what `eventTime` is; other zones' abbreviations are ambiguous and left out. */
function timeOf(value: string | undefined): string | undefined {
  const known = instant(value);
  if (known !== undefined || value === undefined) return known;
  const [, month, day, time, , year] = JAVA_DATE.exec(value.trim()) ?? [];
  const ms = month === undefined ? Number.NaN : Date.parse(`${day} ${month} ${year} ${time} UTC`);
  return Number.isNaN(ms) ? undefined : instant(ms);
}
