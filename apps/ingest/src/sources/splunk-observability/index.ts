import type { EventAction } from '@signalbox/contracts';
import { bareFields, type BareFields } from '../bare-fields.js';
import { JSON_TYPES, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { isFields, jsonIn, said, type Fields } from '../reading.js';
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
  anomalous: 'trigger',
  ok: 'resolve', manuallyresolved: 'resolve', autoresolved: 'resolve',
  stopped: 'resolve', resolved: 'resolve', cleared: 'resolve', normal: 'resolve',
};

/** A variable that the custom payload names and Splunk does not fill. */
const UNFILLED = /^\{\{[^}]*\}{2,3}$/;

/** Splunk Observability Cloud (SignalFx): the webhooks of its detectors, by default or with a payload of one's own. */
export const splunkObservability: Source<unknown, 'splunk-observability'> = {
  type: 'splunk-observability',
  displayName: 'Splunk Observability',
  methods: ['POST', 'PUT'],
  successStatus: 200,
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
  const detector = found.text('detector', 'detectorname');
  const rule = found.text('rule', 'rulename', 'detectlabel', 'inputsrule');
  const title = titleOf(found, detector, rule);
  const dedupKey = identityOf(found, inputs, detector, rule, title);
  if (dedupKey === undefined) return problem('incidentId', 'is missing, and so are detector, rule and messageTitle: nothing says which alert this is');
  const detectorUrl = found.value('detectorurl');
  return { kind: 'events', events: [event({
    action: actionOf(found),
    dedupKey,
    summary: title ?? dedupKey,
    source: thingOf(inputs) ?? detector ?? rule ?? 'Splunk Observability',
    severity: severityOf(found.text('severity', 'ruleseverity'), SEVERITIES, severities),
    occurredAt: found.text('timestamp', 'timestampiso8601', 'time', 'anomalystateupdatetimestamp'),
    component: found.text('originatingmetric'),
    class: rule,
    details: detailsOf(body, found, detector, inputs),
    links: [
      { href: detectorUrl, text: 'Detector' },
      { href: found.value('runbookurl'), text: 'Runbook' },
    ],
    images: [{ src: found.value('imageurl'), href: detectorUrl, alt: rule }],
    client: 'Splunk Observability',
    clientUrl: detectorUrl,
  })] };
}

/** `statusExtended` tells more than `status`, which Splunk keeps for old receivers; the first word that the table knows counts. */
function actionOf(found: BareFields): EventAction {
  for (const name of ['statusextended', 'anomalystate', 'status', 'state']) {
    const word = found.text(name)?.toLowerCase().replace(/[^a-z]/g, '') ?? '';
    if (Object.hasOwn(ACTIONS, word)) return ACTIONS[word]!;
  }
  return 'trigger';
}

function titleOf(found: BareFields, detector: string | undefined, rule: string | undefined): string | undefined {
  const message = found.text('description', 'inputsdescription', 'readablerule');
  const given = found.text('messagetitle', 'title', 'summary', 'subject', 'inputsmessagetitle');
  if (given !== undefined) return given;
  const name = rule === undefined || detector === undefined || detector.includes(rule) ? detector ?? rule : `${detector}: ${rule}`;
  if (name !== undefined) return message === undefined ? name : `${name}: ${message}`;
  return message ?? found.text('messagebody', 'message', 'body', 'text', 'originatingmetric');
}

/**
 * The incident's id, which its clearing repeats. A payload of one's own that leaves it out is known by detector, rule and the dimensions of its inputs;
 * the id of the event (`eventType`) belongs to a version of the detector only.
 */
function identityOf(
  found: BareFields,
  inputs: readonly Input[],
  detector: string | undefined,
  rule: string | undefined,
  title: string | undefined,
): string | undefined {
  const incident = found.text('incidentid', 'incident', 'alertid');
  if (incident !== undefined) return `splunk-observability-${incident}`;
  const about = found.text('detectorid') ?? detector;
  const known = about ?? rule ?? title;
  if (known === undefined) return undefined;
  const where = JSON.stringify(inputs.map(({ name, dimensions }) => [name, dimensions]));
  return `splunk-observability-${digest(known, about === undefined ? '' : rule ?? '', where)}`;
}

function detailsOf(body: Fields, found: BareFields, detector: string | undefined, inputs: readonly Input[]): Fields {
  return said({
    detector,
    detectorId: found.value('detectorid'),
    rule: found.text('rule', 'rulename', 'detectlabel'),
    description: found.value('description'),
    message: found.text('messagebody', 'message', 'body'),
    tip: found.value('tip'),
    status: found.text('statusextended', 'anomalystate', 'status', 'state'),
    detectOnCondition: found.value('detectoncondition'),
    detectOffCondition: found.value('detectoffcondition'),
    originatingMetric: found.value('originatingmetric'),
    triggeredWhileMuted: found.value('triggeredwhilemuted'),
    dimensions: isFields(body.dimensions) ? body.dimensions : jsonIn(body.dimensions),
    inputs: Object.fromEntries(inputs.filter(({ name }) => name !== WHOLE).map(({ name, dimensions, value, fragment }) => [
      name, said({ value, dimensions: Object.fromEntries(dimensions), fragment }),
    ])),
  });
}
