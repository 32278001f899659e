import type { EventAction } from '@signalbox/contracts';
import { FORM_TYPE, JSON_TYPES, idInHeader, ignored, problem, together, type FieldError, type Rejected, type Source, type SourceEvent, type SourceInput, type SourceResult } from '../contract.js';
import { digest, event } from '../event.js';
import { parseEventsApi } from '../events/events-api.js';
import { isFields, text, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { WebhookMapping } from './mapping.js';
import { parsePath, valueAt, type Path } from './path.js';
import { ACTION_WORDS, SEVERITIES, USUAL, WELL } from './words.js';
import { KINDS, TEST_ALERT } from './kinds.js';

type Input = Pick<SourceInput<WebhookMapping | undefined>, 'config' | 'severities' | 'requestId'>;

/** Any tool that can post JSON or a form: by the integration's mapping, and where that says nothing by the usual names. */
export const webhook: Source<WebhookMapping | undefined, 'webhook'> = {
  type: 'webhook',
  displayName: 'Webhook',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE],
  config: WebhookMapping,
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  deliveryId: idInHeader('webhook-id'),
  parse(input) {
    if (Array.isArray(input.body)) return parseMany(input.body, input);
    if (!isFields(input.body)) return problem('body', 'must be a JSON object, or a list of them');
    const read = parseOne(input.body, input, '');
    return Array.isArray(read) ? { kind: 'problem', errors: read } : { kind: 'events', events: [read] };
  },
};

function parseMany(items: readonly unknown[], input: Input): SourceResult {
  const events: SourceEvent[] = [];
  const rejected: Rejected[] = [];
  for (const [index, item] of items.entries()) {
    const path = `[${index}]`;
    const itemInput = { ...input, requestId: `${input.requestId}-${index}` };
    const read = isFields(item) ? parseOne(item, itemInput, `${path}.`) : [{ path, message: 'must be a JSON object' }];
    if (Array.isArray(read)) rejected.push({ index, errors: read });
    else events.push(read);
  }
  return together(events, rejected, ignored('the list is empty'));
}

function parseOne(body: Fields, input: Input, prefix: string): SourceEvent | FieldError[] {
  const mapping = input.config ?? {};
  if (Object.keys(mapping).length === 0 && text(body.event_action) !== undefined && (isFields(body.payload) || text(body.dedup_key) !== undefined)) {
    const result = parseEventsApi(body, { keyIfMissing: input.requestId, severities: input.severities });
    if (result.ok) return result.event;
  }
  const action = actionOf(body, mapping);
  const summary = textAt(body, mapping.summaryField, USUAL.summary);
  const source = textAt(body, mapping.sourceField, USUAL.source) ?? 'webhook';
  const key = textAt(body, mapping.dedupKeyField, USUAL.dedupKey);
  if (summary === undefined && action === 'trigger') return [noSummary(mapping, prefix)];
  if (summary === undefined && key === undefined) return [noKey(mapping, prefix)];
  return event({
    action,
    dedupKey: `webhook-${key ?? digest(source, summary!)}`,
    summary: summary ?? key!,
    source,
    severity: severityOf(textAt(body, mapping.severityField, USUAL.severity), SEVERITIES, { ...mapping.severityValues, ...input.severities }),
    occurredAt: valueOf(body, USUAL.time),
    details: body,
    links: [{ href: valueOf(body, USUAL.link) }],
    images: [{ src: valueOf(body, USUAL.image) }],
  });
}

function actionOf(body: Fields, mapping: WebhookMapping): EventAction {
  const configured = { trigger: mapping.triggerValues, acknowledge: mapping.acknowledgeValues, resolve: mapping.resolveValues };
  const paths = mapping.actionField === undefined ? USUAL.action : [pathOf(mapping.actionField)];
  const words = paths.map((path) => word(valueAt(body, path))).filter((found) => found !== undefined);
  for (const found of words) {
    const action = actionNamed(found, (kind) => configured[kind]?.map((value) => value.trim().toLowerCase()) ?? [])
      ?? actionNamed(found, (kind) => (configured[kind] === undefined ? ACTION_WORDS[kind] : []));
    if (action !== undefined) return action;
  }
  const severity = mapping.actionField === undefined ? word(textAt(body, mapping.severityField, USUAL.severity)) : undefined;
  return WELL.some((well) => well === severity) ? 'resolve' : 'trigger';
}

function actionNamed(found: string, wordsOf: (kind: EventAction) => readonly string[]): EventAction | undefined {
  return (['trigger', 'acknowledge', 'resolve'] as const).find((kind) => wordsOf(kind).includes(found));
}

/** The text at the configured path, or else at the first of the usual ones that holds one. */
function textAt(body: Fields, configured: string | undefined, usual: readonly Path[]): string | undefined {
  const paths = configured === undefined ? usual : [[configured], pathOf(configured), ...usual];
  for (const path of paths) {
    const found = text(valueAt(body, path));
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueOf(body: Fields, usual: readonly Path[]): unknown {
  return usual.map((path) => valueAt(body, path)).find((value) => value !== undefined && value !== null);
}

function pathOf(configured: string): Path {
  return parsePath(configured) ?? [configured];
}

function noSummary({ summaryField }: WebhookMapping, prefix: string): FieldError {
  return { path: `${prefix}${summaryField ?? 'summary'}`, message: "is missing, and so are the usual names (title, message, …): set summaryField to the path of the alert's title" };
}

function noKey({ dedupKeyField }: WebhookMapping, prefix: string): FieldError {
  return { path: `${prefix}${dedupKeyField ?? 'dedup_key'}`, message: 'is missing, and there is no summary either: nothing says which alert is meant' };
}
