import type { EventAction } from '@signalbox/contracts';
import { bareFields, type BareFields } from '../bare-fields.js';
import { ignored, problem, type SeverityOverrides, type SourceEvent, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { instant, isFields, jsonIn, said, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { macro, macroValue, NAMES } from './macros.js';

/** Whose notification it is: what keys begin with and what people read. */
export interface Core {
  readonly type: string;
  readonly displayName: string;
  readonly severities: readonly SeverityRow[];
}

type Meaning = EventAction | 'ignored' | 'by-state' | 'flapping' | 'flapping-over' | 'soft';

/**
 * Notification types by bare name: Nagios' $NOTIFICATIONTYPE$ (nagios-core, "Standard Macros"), Icinga 2's notification.type, the event stream of its API and
 * Icinga Notifications, Checkmk's NOTIFY_NOTIFICATIONTYPE, and the words that PagerDuty's and Splunk On-Call's plugins make of them.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  problem: 'trigger', trigger: 'trigger', recovery: 'resolve', resolve: 'resolve', resolved: 'resolve',
  acknowledgement: 'acknowledge', acknowledgementset: 'acknowledge', acknowledge: 'acknowledge', ack: 'acknowledge', acknowledgementcleared: 'ignored',
  flappingstart: 'flapping', flappingstop: 'flapping-over', flappingend: 'flapping-over', flappingdisabled: 'flapping-over',
  downtimestart: 'ignored', downtimestarted: 'ignored', downtimeend: 'ignored', downtimestop: 'ignored',
  downtimecancelled: 'ignored', downtimecanceled: 'ignored', downtimeremoved: 'ignored',
  downtimeadded: 'ignored', downtimetriggered: 'ignored', commentadded: 'ignored',
  commentremoved: 'ignored', mute: 'ignored', unmute: 'ignored', incidentage: 'ignored',
  custom: 'by-state', state: 'by-state', statechange: 'by-state', checkresult: 'by-state', hostalert: 'by-state', servicealert: 'by-state',
};

const SERVICE_STATES = ['ok', 'warning', 'critical', 'unknown'];
const HOST_STATES = ['up', 'down', 'unreachable'];
/** What Icinga makes of the result of a host's check, which has the state of a service: "Monitoring Basics", Hosts. */
const CHECKED_HOST_STATES = ['up', 'up', 'down', 'down'];
/** Short and syslog forms of the same states: Checkmk's SHORTSTATE, Icinga Notifications' severities, SNMP-like dashboards. */
const ALIASES: Readonly<Record<string, string>> = {
  crit: 'critical', alert: 'critical', emerg: 'critical', err: 'error', warn: 'warning', unkn: 'unknown', unreach: 'unreachable', notice: 'info', debug: 'info',
};
const WELL = ['ok', 'up', 'pending'];
const KNOWN = [...SERVICE_STATES, ...HOST_STATES, 'pending', 'error', 'info'];

/** What the notification of a Nagios-like core means. `body`: its macros as JSON, as form fields, or as JSON in a field `payload`. */
export function parseNotification(body: unknown, core: Core, severities: SeverityOverrides | undefined): SourceResult {
  const fields = isFields(body) ? jsonIn(body.payload) ?? body : body;
  if (!isFields(fields)) return problem('body', `must be a JSON object or a form with the macros of ${core.displayName}`);
  const found = bareFields([fields, ...NAMES.wrappers.map((name) => fields[name])], NAMES.unfilled);
  const about = subjectOf(found);
  const state = stateOf(found, about?.service !== undefined);
  const meaning = meaningOf(found, state);
  if (meaning === 'ignored') return ignored(`'${(macro(found, ...NAMES.type) ?? 'custom').slice(0, 64)}' is not an alert`);
  if (meaning === 'soft') return ignored('a soft state is checked again before it is a notification');
  const output = macro(found, ...NAMES.output);
  const dedupKey = about === undefined ? keyOfText(found, output, core) : `${core.type}-${about.host}${about.service === undefined ? '' : `/${about.service}`}`;
  if (dedupKey === undefined) return problem('host_name', 'is missing, and so are the service and any text: nothing says what this is about');
  return { kind: 'events', events: [made({ found, about, state, meaning, output, dedupKey, core, severities })] };
}

interface Notification {
  readonly found: BareFields;
  readonly about: Subject | undefined;
  readonly state: string | undefined;
  readonly meaning: EventAction | 'flapping' | 'flapping-over';
  readonly output: string | undefined;
  readonly dedupKey: string;
  readonly core: Core;
  readonly severities: SeverityOverrides | undefined;
}

/** Flapping has a key of its own: that it stops flapping does not say that it is well. */
function made({ found, about, state, meaning, output, dedupKey, core, severities }: Notification): SourceEvent {
  const isFlapping = meaning === 'flapping' || meaning === 'flapping-over';
  const name = about?.shown ?? macro(found, ...NAMES.title);
  const condition = meaning === 'flapping' ? 'is flapping'
    : meaning === 'flapping-over' ? 'stopped flapping'
    : state === undefined ? undefined
    : `is ${state.toUpperCase()}`;
  const head = about === undefined ? name : [name, condition].filter((part) => part !== undefined).join(' ');
  return event({
    action: meaning === 'flapping' ? 'trigger' : meaning === 'flapping-over' ? 'resolve' : meaning,
    dedupKey: isFlapping ? `${dedupKey}-flapping` : dedupKey,
    summary: [head, output].filter((part) => part !== undefined).join(': '),
    source: about?.host ?? core.displayName,
    severity: severityOf(isFlapping ? 'flapping' : state, core.severities, severities),
    occurredAt: timeOf(found),
    component: about?.service,
    group: macro(found, ...NAMES.group),
    class: macro(found, ...NAMES.check)?.split('!', 1)[0],
    details: detailsOf(found, state, output),
    links: NAMES.links.flatMap(([text, ...names]) => {
      const href = macroValue(found, ...names);
      return href === undefined ? [] : [{ href, text }];
    }),
    client: core.displayName,
  });
}

interface Subject {
  readonly host: string;
  readonly service: string | undefined;
  /** As people call it. */
  readonly shown: string;
}

/** Icinga calls a service `host!service` where a name must be unique. */
function subjectOf(found: BareFields): Subject | undefined {
  const named = macro(found, ...NAMES.service);
  const [first, ...rest] = named?.split('!') ?? [];
  const host = macro(found, ...NAMES.host) ?? (rest.length > 0 ? first : undefined);
  const isHost = macro(found, ...NAMES.kind)?.toLowerCase() === 'host';
  const service = isHost || named === undefined ? undefined : rest.length > 0 && first === host ? rest.join('!') : named;
  if (host === undefined) return service === undefined ? undefined : { host: service, service: undefined, shown: service };
  const shownHost = macro(found, ...NAMES.shownHost) ?? host;
  if (service === undefined) return { host, service, shown: shownHost };
  return { host, service, shown: `${macro(found, ...NAMES.shownService) ?? service} on ${shownHost}` };
}

/** The state in one of the words of the tables; what is none of them as it is said. Numbers are the states' ids. */
function stateOf(found: BareFields, isService: boolean): string | undefined {
  const words = (isService ? NAMES.serviceState : NAMES.hostState).flatMap((name) => {
    const word = macro(found, name)?.toLowerCase();
    if (word === undefined) return [];
    const ids = isService ? SERVICE_STATES : name === 'checkresultstate' ? CHECKED_HOST_STATES : HOST_STATES;
    return (/^\d(?:\.0)?$/.test(word) ? ids[Number(word)] : undefined) ?? (Object.hasOwn(ALIASES, word) ? ALIASES[word]! : word);
  });
  return words.find((word) => KNOWN.includes(word)) ?? words[0];
}

/** The notification's type decides; the state where the type says nothing of it. A state that is still being checked again (SOFT) is no notification. */
function meaningOf(found: BareFields, state: string | undefined): Exclude<Meaning, 'by-state'> {
  const type = macro(found, ...NAMES.type, ...NAMES.title)?.toLowerCase().replace(/[^a-z]/g, '') ?? '';
  if (type === 'flapping') return /^(?:false|0)$/i.test(macro(found, 'isflapping') ?? '') ? 'flapping-over' : 'flapping';
  const meaning = Object.hasOwn(MEANINGS, type) ? MEANINGS[type]! : 'by-state';
  if (meaning !== 'by-state') return meaning;
  const isWell = WELL.includes(state ?? '');
  if (type === 'custom') return isWell ? 'ignored' : 'trigger';
  if (/^(?:soft|0(?:\.0)?)$/i.test(macro(found, ...NAMES.stateType) ?? '')) return 'soft';
  return isWell ? 'resolve' : 'trigger';
}

function keyOfText(found: BareFields, output: string | undefined, core: Core): string | undefined {
  const id = macro(found, ...NAMES.id);
  if (id !== undefined) return `${core.type}-${id}`;
  const titles = [macro(found, ...NAMES.title), output].filter((text) => text !== undefined);
  const title = titles.find((text) => !Object.hasOwn(MEANINGS, text.toLowerCase())) ?? titles[0];
  return title === undefined ? undefined : `${core.type}-${digest(title)}`;
}

/** Only a time that says where it is meant: $LONGDATETIME$ is the monitoring host's own. Checkmk's MICROTIME is in microseconds. */
function timeOf(found: BareFields): string | undefined {
  for (const name of NAMES.time) {
    const given = macro(found, name) ?? '';
    if (/^\d{16}$/.test(given)) return instant(given.slice(0, 13));
    if (/^\d+(?:\.\d+)?$|(?:Z|UTC|[+-]\d\d:?\d\d)$/i.test(given) && instant(given) !== undefined) return instant(given);
  }
  return undefined;
}

function detailsOf(found: BareFields, state: string | undefined, output: string | undefined): Fields {
  return said({
    notificationType: macro(found, ...NAMES.type),
    state,
    ...Object.fromEntries(NAMES.details.map(([label, ...names]) => [label, macro(found, ...names)])),
    output,
  });
}
