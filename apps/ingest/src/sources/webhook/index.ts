import {
  FORM_TYPE, JSON_TYPES, MULTIPART_TYPE, ignored, problem, together,
  type Rejected, type Source, type SourceEvent, type SourceResult,
} from '../contract.js';
import { parseEventsApi } from '../events/events-api.js';
import { readAlerts } from '../prometheus/index.js';
import { isResolvedByStatus } from '../prometheus/alert.js';
import { isFields, jsonIn, text, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { WebhookMapping } from './mapping.js';
import { netlifyDeploy } from './netlify.js';
import { readOne, type Input } from './one.js';
import { cloudEventId } from './shapes.js';
import { SEVERITIES } from './words.js';

/** Any tool that can post JSON or a form: by the integration's mapping, and where that says nothing by the usual names. */
export const webhook: Source<WebhookMapping | undefined, 'webhook'> = {
  type: 'webhook',
  displayName: 'Webhook',
  methods: ['POST', 'PUT'],
  contentTypes: [...JSON_TYPES, FORM_TYPE, MULTIPART_TYPE, 'text/plain'],
  config: WebhookMapping,
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  deliveryId: (headers, body) => headers['webhook-id']?.trim() || cloudEventId(headers, body),
  parse(input) {
    if (Array.isArray(input.body)) return parseMany(input.body, input, '');
    return isFields(input.body) ? parseBody(unwrapped(input.body), input) : problem('body', 'must be a JSON object, or a list of them');
  },
};

/** Slack's form: JSON in the only field, `payload`. */
function unwrapped(body: Fields): Fields {
  const inner = Object.keys(body).length === 1 ? jsonIn(body.payload) : undefined;
  return isFields(inner) ? inner : body;
}

/** Without a mapping a body may also be a group of Alertmanager's, a list in `alerts`, or an event of the Events API. */
function parseBody(body: Fields, input: Input): SourceResult {
  const isMapped = Object.keys(input.config ?? {}).length > 0;
  if (!isMapped && Array.isArray(body.alerts) && body.alerts.some(isFields)) {
    return body.alerts.some((alert) => isFields(alert) && isFields(alert.labels))
      ? parseGroup(body, body.alerts, input)
      : parseMany(body.alerts, input, 'alerts');
  }
  return parseItem(body, input, '');
}

function parseItem(body: Fields, input: Input, prefix: string): SourceResult {
  const isMapped = Object.keys(input.config ?? {}).length > 0;
  if (!isMapped && text(body.event_action) !== undefined && (isFields(body.payload) || text(body.dedup_key) !== undefined)) {
    const result = parseEventsApi(body, { keyIfMissing: input.requestId, severities: input.severities });
    if (result.ok) return { kind: 'events', events: [result.event] };
  }
  const deploy = isMapped ? undefined : netlifyDeploy(body, input.headers, (word) => severityOf(word, SEVERITIES, input.severities));
  if (deploy !== undefined) return deploy;
  const read = readOne(body, input, prefix);
  if (typeof read === 'string') return ignored(read);
  return Array.isArray(read) ? { kind: 'problem', errors: read } : { kind: 'events', events: [read] };
}

/** The webhook of Alertmanager, and of all that took over its form. */
function parseGroup(body: Fields, alerts: readonly unknown[], { severities }: Input): SourceResult {
  const group = { namespace: 'webhook', client: 'Alertmanager', externalUrl: body.externalURL, details: {}, severities, table: SEVERITIES };
  return readAlerts(alerts, group, (alert) => isResolvedByStatus(alert, body.status));
}

function parseMany(items: readonly unknown[], input: Input, path: string): SourceResult {
  const events: SourceEvent[] = [];
  const rejected: Rejected[] = [];
  let reason = 'the list is empty';
  for (const [index, item] of items.entries()) {
    const result = isFields(item)
      ? parseItem(item, { ...input, requestId: `${input.requestId}-${index}` }, `${path}[${index}].`)
      : problem(`${path}[${index}]`, 'must be a JSON object');
    if (result.kind === 'events') events.push(...result.events);
    else if (result.kind === 'problem') rejected.push({ index, errors: result.errors });
    else reason = result.reason;
  }
  return together(events, rejected, ignored(reason));
}
