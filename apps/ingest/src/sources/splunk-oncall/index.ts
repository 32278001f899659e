import type { EventAction } from '@signalbox/contracts';
import { bareFields, type BareFields } from '../bare-fields.js';
import { FORM_TYPE, JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { isFields, jsonIn, said, text, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { annotationsOf, type Annotations } from './annotations.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** The message types of an alert and the states of an entity: help.splunk.com, "Incident fields glossary". */
const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'down', to: 'critical' },
  { from: 'unreachable', to: 'error' },
  { from: 'unknown', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** Message types (RECOVERY or OK resolve), phases of an incident (UNACKED, ACKED, RESOLVED) and states; what is in no line opens. */
const ACTIONS: Readonly<Record<string, EventAction>> = {
  critical: 'trigger', warning: 'trigger', info: 'trigger', problem: 'trigger', down: 'trigger', unreachable: 'trigger', unknown: 'trigger',
  unacked: 'trigger', triggered: 'trigger', trigger: 'trigger', custom: 'trigger',
  acknowledgement: 'acknowledge', acknowledgment: 'acknowledge', acknowledged: 'acknowledge',
  acknowledge: 'acknowledge', acked: 'acknowledge', ack: 'acknowledge',
  recovery: 'resolve', recovered: 'resolve', resolved: 'resolve', resolve: 'resolve', ok: 'resolve', up: 'resolve',
};

/** Where the state stands. An incident's phase goes before the type of the alert that opened it, which a webhook about its end still carries. */
const STATES = [
  'incidentcurrentphase', 'currentphase', 'incidentphase', 'phase', 'messagetype', 'alertmessagetype', 'statecurrentalertphase', 'currentalertphase',
  'alertnotificationtype', 'notificationtype', 'alertalerttype', 'alerttype', 'entitystate',
  'alertentitystate', 'incidententitystate', 'statecurrentstate', 'currentstate', 'state',
  'status', 'incidentstatus', 'incidentstate', 'eventtype', 'event', 'action',
];
const SEVERITY_NAMES = [
  'severity', 'messagetype', 'alertmessagetype', 'entitystate', 'alertentitystate',
  'incidententitystate', 'statecurrentstate', 'currentstate', 'state', 'alertseverity',
];

/** A variable that a webhook's payload names and Splunk does not fill. */
const UNFILLED = /^\$\{\{[^}]*\}\}$/;
const OTHER_HOOKS = /^(?:chat|oncall|page|paging)(?:\.|$)/i;

/** Splunk On-Call (VictorOps): what its REST endpoint takes, its escalation webhooks, and its outgoing webhooks. */
export const splunkOncall: Source<unknown, 'splunk-oncall'> = {
  type: 'splunk-oncall',
  displayName: 'Splunk On-Call',
  methods: ['POST', 'PUT'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, 'text/plain'],
  severities: SEVERITIES,
  signature: [SIGNATURES.splunkOnCall, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body: received, severities, requestId }: SourceInput): SourceResult {
  const body = isFields(received) ? jsonIn(received.payload) ?? received : received;
  if (!isFields(body)) return problem('body', 'must be a JSON object or a form, as Splunk On-Call takes and sends it');
  const found = bareFields([body], UNFILLED);
  const action = actionOf(found);
  const type = found.text('messagetype', 'alertmessagetype');
  const names = Object.keys(body);
  if (names.some((name) => OTHER_HOOKS.test(name)) && type === undefined && found.text(...PHASES) === undefined) {
    return ignored('a chat, an on-call change or a page is not an alert');
  }
  const dedupKey = identityOf(found) ?? (type !== undefined && action === 'trigger' ? `splunk-oncall-${requestId}` : undefined);
  if (dedupKey === undefined) {
    return problem('entity_id', 'is missing, and so are the incident and everything that could name it: nothing says which alert this is');
  }
  const annotations = annotationsOf(body);
  const url = firstUrl(found);
  return { kind: 'events', events: [event({
    action,
    dedupKey,
    summary: summaryOf(found) ?? [type, toolOf(found)].filter((part) => part !== undefined).join(' from '),
    source: found.text('hostname', 'host', 'alerthostname', 'alerthost', 'incidenthost', 'statehost') ?? toolOf(found) ?? 'Splunk On-Call',
    severity: severityOf(severityWord(found), SEVERITIES, severities),
    occurredAt: found.text('timestamp', 'alerttimestamp', 'statelasttimestamp', 'incidentincidenttimestamp', 'incidenttimestamp', 'statestarttime'),
    component: found.text('service', 'servicedesc', 'alertservice', 'incidentservice', 'stateservice'),
    group: found.text('routingkey', 'alertroutingkey'),
    class: found.text('entitytype', 'incidententitytype', 'voalerttype'),
    details: detailsOf(found, annotations),
    links: [{ href: url, text: 'Alert' }, ...annotations.links],
    images: annotations.images,
    client: toolOf(found) ?? 'Splunk On-Call',
  })] };
}

const PHASES = STATES.slice(0, 4);

function actionOf(found: BareFields): EventAction {
  for (const name of STATES) {
    const word = found.text(name)?.toLowerCase().replace(/[^a-z]/g, '') ?? '';
    if (Object.hasOwn(ACTIONS, word)) return ACTIONS[word]!;
  }
  return 'trigger';
}

/** The first word that tells how bad it is; RECOVERY and ACKNOWLEDGEMENT do not. */
function severityWord(found: BareFields): string | undefined {
  const words = SEVERITY_NAMES.flatMap((name) => found.text(name)?.toLowerCase() ?? []);
  return words.find((word) => !Object.hasOwn(ACTIONS, word) || ACTIONS[word] === 'trigger');
}

/**
 * What Splunk On-Call itself joins alerts by; without it the incident's number; and for a body with neither what it says it is about. Nothing but a type
 * is an alert of its own, as Splunk On-Call makes one up for it.
 */
function identityOf(found: BareFields): string | undefined {
  const entity = found.text('entityid', 'alertentityid', 'stateentityid', 'incidententityid');
  if (entity !== undefined) return `splunk-oncall-${entity}`;
  const incident = found.text('incidentincidentid', 'incidentid', 'incidentnumber', 'incident', 'incidentname', 'incidentincidentname')?.replace(/^#/, '');
  if (incident !== undefined) return `splunk-oncall-incident-${incident}`;
  const about = [
    nameOf(found), found.text('hostname', 'host', 'servicedesc', 'service'), found.text('servicedesc', 'service'),
  ].filter((part) => part !== undefined);
  if (about.length > 0) return `splunk-oncall-${digest(...about)}`;
  const message = found.text('statemessage', 'message', 'text');
  return message === undefined ? undefined : `splunk-oncall-${digest(message)}`;
}

function nameOf(found: BareFields): string | undefined {
  return found.text('entitydisplayname', 'alertentitydisplayname', 'incidententitydisplayname', 'summary', 'title', 'subject');
}

function summaryOf(found: BareFields): string | undefined {
  const name = nameOf(found)
    ?? found.text('incidentservice', 'stateservice', 'servicedesc', 'service', 'entityid', 'alertentityid', 'stateentityid', 'hostname', 'host');
  const message = found.text(
    'statemessage', 'alertstatemessage', 'message', 'text', 'details',
    'description', 'output', 'serviceoutput', 'hostoutput',
  )?.split('\n', 1)[0]?.trim();
  if (name === undefined || message === undefined || message === '') return name ?? message;
  return message.includes(name) ? message : `${name}: ${message}`;
}

function toolOf(found: BareFields): string | undefined {
  return found.text('monitoringtool', 'alertmonitoringtool', 'incidentmonitorname', 'monitorname');
}

function firstUrl(found: BareFields): unknown {
  return ['alerturl', 'alertalerturl', 'incidenturl', 'incidentlink', 'infourl', 'stateinfourl', 'url', 'link']
    .map((name) => found.value(name))
    .find((value) => text(value) !== undefined);
}

function detailsOf(found: BareFields, { notes }: Annotations): Fields {
  return said({
    message: found.text('statemessage', 'alertstatemessage', 'message', 'details', 'description'),
    messageType: found.text('messagetype', 'alertmessagetype'),
    state: found.text('entitystate', 'alertentitystate', 'incidententitystate', 'statecurrentstate', 'currentstate'),
    phase: found.text(...PHASES, 'statecurrentalertphase', 'currentalertphase'),
    incident: found.text('incidentincidentid', 'incidentid', 'incidentnumber', 'incident'),
    alerts: found.text('incidentalertcount', 'statealertcount', 'alertcount'),
    by: found.text('ackauthor', 'alertackauthor', 'stateackuser', 'ackuser'),
    comment: found.text('ackmsg', 'ackmessage', 'stateackmsg'),
    notes,
  });
}
