import { FORM_TYPE, JSON_TYPES, ignored, problem, type Source, type SourceInput, type SourceResult } from '../contract.js';
import { event } from '../event.js';
import { fields, isFields, jsonFields, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES, SIGNATURES } from '../signature.js';
import { eventHook, issueHook, type Reading } from './issue.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { metricHook } from './metric.js';
import { dataOf, resourceByShape } from './resource.js';
import { NO_ALERTS, SEER_ACTIVITIES, SEVERITIES } from './words.js';

const READERS: Readonly<Record<string, (body: Fields) => Reading>> = {
  issue: issueHook,
  event_alert: eventHook,
  error: eventHook,
  metric_alert: metricHook,
  activity_alert: activityHook,
  service_hook: eventHook,
  plugin: eventHook,
};

/** Sentry's integration platform (internal and public integrations), its service hooks, and the legacy webhooks plugin. */
export const sentry: Source<unknown, 'sentry'> = {
  type: 'sentry',
  displayName: 'Sentry',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, FORM_TYPE],
  severities: SEVERITIES,
  signature: [SIGNATURES.sentry, ...GENERIC_SIGNATURES],
  kinds: KINDS,
  testAlert: TEST_ALERT,
  parse,
};

function parse({ body: received, headers, severities }: SourceInput): SourceResult {
  const body = unwrapped(received);
  if (body === undefined) return problem('body', "must be a JSON object, as Sentry's webhooks send it");
  const named = word(headers['sentry-hook-resource']);
  const resource = named !== undefined && isKnown(named) ? named : resourceByShape(body) ?? named;
  if (resource === undefined) return problem('sentry-hook-resource', 'is missing, and the body is of no hook that we know');
  const reader = Object.hasOwn(READERS, resource) ? READERS[resource] : undefined;
  if (reader === undefined) {
    return ignored(`Sentry tells of ${Object.hasOwn(NO_ALERTS, resource) ? NO_ALERTS[resource] : `'${resource.slice(0, 64)}'`}, which is no alert`);
  }
  const reading = reader(body);
  if (reading.kind !== 'alert') return reading;
  const { draft, level } = reading;
  return { kind: 'events', events: [event({ ...draft, severity: severityOf(level, SEVERITIES, severities), client: 'Sentry' })] };
}

function isKnown(resource: string): boolean {
  return Object.hasOwn(READERS, resource) || Object.hasOwn(NO_ALERTS, resource);
}

/** An activity of another kind than Seer's is read as the issue that it is about. */
function activityHook(body: Fields): Reading {
  const type = word(fields(dataOf(body).activity).type);
  return SEER_ACTIVITIES.some((one) => one === type) ? ignored(`Sentry tells of ${NO_ALERTS.seer}, which is no alert`) : issueHook(body);
}

/** Very old versions of the plugin sent a form with the JSON in `payload` or `data`. */
function unwrapped(received: unknown): Fields | undefined {
  if (!isFields(received)) return undefined;
  const names = Object.keys(received);
  return names.length === 1 && typeof received[names[0]!] === 'string' ? jsonFields(received[names[0]!]) ?? received : received;
}
