import type { EventAction } from '@signalbox/contracts';
import { JSON_TYPES, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { bareFields, bareText, isFields, jsonIn, said, type BareFields, type Fields } from '../reading.js';
import { severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { WHOLE, inputsOf, thingOf, type Input } from './inputs.js';
import { KINDS, TEST_ALERT } from './kinds.js';

/** The severities of a detector's rule: docs.splunk.com, "Alert message variables reference". */
const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'major', to: 'error' },
  { from: 'minor', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/**
 * States by bare name. The webhook documents anomalous, ok, manually resolved and stopped (docs.splunk.com, "Send alerts to a webhook"); the incidents API
 * adds auto resolved. The first versions of SignalFx said what was wrong instead of anomalous (too high, too low): like all else a trigger.
 */
const ACTIONS: Readonly<Record<string, EventAction>> = {
  anomalous: 'trigger', ok: 'resolve', manuallyresolved: 'resolve', autoresolved: 'resolve', stopped: 'resolve', resolved: 'resolve', cleared: 'resolve', normal: 'resolve',
};

/** A variable that the custom payload names and Splunk does not fill. */
const UNFILLED = /^\{\{[^}]*\}{2,3}$/;

/** Splunk Observability Cloud (SignalFx): the webhooks of its detectors, by default or with a payload of one's own. */
export const splunkObservability: Source<unknown, 'splunk-observability'> = {
  type: 'splunk-observability',
  displayName: 'Splunk Observability',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.splunkObservability, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body, severities }: SourceInput): SourceResult {
  if (!isFields(body)) return problem('body', "must be a JSON object, as a detector's webhook sends it");
  const found = bareFields([body], UNFILLED);
  const inputs = inputsOf(body);
  const detector = bareText(found, 'detector', 'detectorname');
  const rule = bareText(found, 'rule', 'rulename', 'detectlabel', 'inputsrule');
  const title = titleOf(found, detector, rule);
  const dedupKey = identityOf(found, inputs, detector, rule, title);
  if (dedupKey === undefined) return problem('incidentId', 'is missing, and so are detector, rule and messageTitle: nothing says which alert this is');
  const detectorUrl = found.get('detectorurl');
  return { kind: 'events', events: [event({
    action: actionOf(found),
    dedupKey,
    summary: title ?? dedupKey,
    source: thingOf(inputs) ?? detector ?? rule ?? 'Splunk Observability',
    severity: severityOf(bareText(found, 'severity', 'ruleseverity'), SEVERITIES, severities),
    occurredAt: bareText(found, 'timestamp', 'timestampiso8601', 'time', 'anomalystateupdatetimestamp'),
    component: bareText(found, 'originatingmetric'),
    class: rule,
    details: detailsOf(body, found, detector, inputs),
    links: [
      { href: detectorUrl, text: 'Detector' },
      { href: found.get('runbookurl'), text: 'Runbook' },
    ],
    images: [{ src: found.get('imageurl'), href: detectorUrl, alt: rule }],
    client: 'Splunk Observability',
    clientUrl: detectorUrl,
  })] };
}

/** `statusExtended` tells more than `status`, which Splunk keeps for old receivers; the first word that the table knows counts. */
function actionOf(found: BareFields): EventAction {
  for (const name of ['statusextended', 'anomalystate', 'status', 'state']) {
    const word = bareText(found, name)?.toLowerCase().replace(/[^a-z]/g, '') ?? '';
    if (Object.hasOwn(ACTIONS, word)) return ACTIONS[word]!;
  }
  return 'trigger';
}

function titleOf(found: BareFields, detector: string | undefined, rule: string | undefined): string | undefined {
  const message = bareText(found, 'description', 'inputsdescription', 'readablerule');
  const given = bareText(found, 'messagetitle', 'title', 'summary', 'subject', 'inputsmessagetitle');
  if (given !== undefined) return given;
  const name = rule === undefined || detector === undefined || detector.includes(rule) ? detector ?? rule : `${detector}: ${rule}`;
  if (name !== undefined) return message === undefined ? name : `${name}: ${message}`;
  return message ?? bareText(found, 'messagebody', 'message', 'body', 'text', 'originatingmetric');
}

/**
 * The incident's id, which its clearing repeats. A payload of one's own that leaves it out is known by detector, rule and the dimensions of its inputs;
 * the id of the event (`eventType`) belongs to a version of the detector only.
 */
function identityOf(found: BareFields, inputs: readonly Input[], detector: string | undefined, rule: string | undefined, title: string | undefined): string | undefined {
  const incident = bareText(found, 'incidentid', 'incident', 'alertid');
  if (incident !== undefined) return `splunk-observability-${incident}`;
  const about = bareText(found, 'detectorid') ?? detector;
  const known = about ?? rule ?? title;
  if (known === undefined) return undefined;
  return `splunk-observability-${digest(known, about === undefined ? '' : rule ?? '', JSON.stringify(inputs.map(({ name, dimensions }) => [name, dimensions])))}`;
}

function detailsOf(body: Fields, found: BareFields, detector: string | undefined, inputs: readonly Input[]): Fields {
  return said({
    detector,
    detectorId: found.get('detectorid'),
    rule: bareText(found, 'rule', 'rulename', 'detectlabel'),
    description: found.get('description'),
    message: bareText(found, 'messagebody', 'message', 'body'),
    tip: found.get('tip'),
    status: bareText(found, 'statusextended', 'anomalystate', 'status', 'state'),
    detectOnCondition: found.get('detectoncondition'),
    detectOffCondition: found.get('detectoffcondition'),
    originatingMetric: found.get('originatingmetric'),
    triggeredWhileMuted: found.get('triggeredwhilemuted'),
    dimensions: isFields(body.dimensions) ? body.dimensions : jsonIn(body.dimensions),
    inputs: Object.fromEntries(inputs.filter(({ name }) => name !== WHOLE).map(({ name, dimensions, value, fragment }) => [name, said({ value, dimensions: Object.fromEntries(dimensions), fragment })])),
  });
}
