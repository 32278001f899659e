import { JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { parseEventsApi } from '../events/events-api.js';
import { fields, firstText, isFields, text, word, type Fields } from '../reading.js';
import { isInTable, severityOf, type SeverityRow } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { isEventsApiV1, readEventsApiV1 } from './events-api-v1.js';
import type { SeverityOfWords } from './incident.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { readMessage, readMessages, readV3 } from './webhooks.js';

/**
 * support.pagerduty.com, "Incident priority", for P1 to P5, and "Dynamic
 * notifications", which makes of critical and error high urgency, and low of the rest.
 */
const SEVERITIES: readonly SeverityRow[] = [
  { from: 'p1', to: 'critical' },
  { from: 'p2', to: 'error' },
  { from: 'p3', to: 'warning' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: 'sev-1', to: 'critical' },
  { from: 'sev-2', to: 'error' },
  { from: 'sev-3', to: 'warning' },
  { from: 'sev-4', to: 'info' },
  { from: 'sev-5', to: 'info' },
  { from: 'sev1', to: 'critical' },
  { from: 'sev2', to: 'error' },
  { from: 'sev3', to: 'warning' },
  { from: 'sev4', to: 'info' },
  { from: 'sev5', to: 'info' },
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'high', to: 'error' },
  { from: 'low', to: 'warning' },
  { from: '', to: 'error' },
];

/** PagerDuty's webhooks v3, and v2 and v1 before them: its incidents, here too. Bodies for its Events API are understood as well. */
export const pagerduty: Source<unknown, 'pagerduty'> = {
  type: 'pagerduty',
  displayName: 'PagerDuty',
  methods: ['POST'],
  contentTypes: JSON_TYPES,
  severities: SEVERITIES,
  signature: [SIGNATURES.pagerduty, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  /** developer.pagerduty.com, "Webhook behavior": the same on each attempt. The event's own id stands in for it. */
  deliveryId: (headers, body) => firstText(headers['x-webhook-id'], fields(fields(body).event).id)?.trim(),
  parse,
};

function parse(input: SourceInput): SourceResult {
  const { body } = input;
  if (!isFields(body)) return problem('body', "must be a JSON object, as PagerDuty's webhooks send it");
  const severity = severityAmong(input);
  if (isFields(body.event)) return readV3(body.event, severity);
  if (Array.isArray(body.messages)) return readMessages(body.messages, severity);
  if (text(body.event_action) !== undefined) return eventsApi(input);
  if (isEventsApiV1(body)) return readEventsApiV1(body, input.requestId, severity);
  if (isFields(body.incident)) return readMessage(body, 'body', severity);
  return bare(body, severity);
}

/** The envelope's content alone, as some forwarders pass it on, and what an Events API client can send besides alerts. */
function bare(body: Fields, severity: SeverityOfWords): SourceResult {
  if (text(body.event_type) !== undefined && isFields(body.data)) return readV3(body, severity);
  if (word(body.type) === 'incident' && text(body.id) !== undefined) return readMessage({ incident: body }, 'body', severity);
  if (text(body.routing_key) !== undefined && isFields(body.payload)) return ignored('a change event opens nothing: send it to /v2/change/enqueue');
  return problem('event', 'is missing, and so are messages (v2) and event_action (Events API)');
}

function eventsApi({ body, requestId, severities }: SourceInput): SourceResult {
  const result = parseEventsApi(body, { keyIfMissing: requestId, severities });
  return result.ok ? { kind: 'events', events: [result.event] } : { kind: 'problem', errors: result.errors };
}

/** The priority's name is the account's own choice: one that the table does not name leaves the word to the urgency. */
function severityAmong({ severities }: SourceInput): SeverityOfWords {
  return (...words) => {
    const given = words.filter((found) => found !== undefined);
    return severityOf(given.find((found) => isInTable(found, SEVERITIES, severities)) ?? given.at(-1), SEVERITIES, severities);
  };
}
