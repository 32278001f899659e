import type { Severity, EventAction } from '@signalbox/contracts';
import type { SeverityOverrides, SourceEvent } from '../contract.js';
import { event } from '../event.js';
import { fields, instant, isFields, list, text, type Fields } from '../reading.js';
import { HOUSE_SEVERITIES, isInTable, severityOf, type SeverityRow } from '../severity.js';

/** What is wrong with one field; each API puts it into its own words. */
export type Fault =
  | { readonly path: string; readonly kind: 'missing' }
  | { readonly path: string; readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly path: string; readonly kind: 'type'; readonly wanted: string }
  | { readonly path: string; readonly kind: 'length'; readonly most: number };

export interface EventRules {
  /** As PagerDuty: exact words, a severity is required, texts have a length. Otherwise words in any case, aliases, and long texts are cut. */
  readonly strict: boolean;
  /** The dedup key of a trigger without one. */
  readonly keyIfMissing: string;
  readonly severities?: SeverityOverrides;
}

export const ACTIONS = ['trigger', 'acknowledge', 'resolve'] as const;
/** In PagerDuty's order, which its answers repeat. */
export const SEVERITIES = ['critical', 'warning', 'error', 'info'] as const;

export const EVENT_SEVERITIES: readonly SeverityRow[] = [
  ...HOUSE_SEVERITIES,
  { from: '', to: 'error' },
];

/** The event of a body in the Events API's form, or every fault at once. The hot path: nothing is copied, and only faults allocate. */
export function readEvent(body: Fields, rules: EventRules): SourceEvent | Fault[] {
  const faults: Fault[] = [];
  const action = actionOf(body, rules, faults);
  const dedupKey = dedupKeyOf(body, action, rules, faults);
  const payload = fields(body.payload);
  const needsPayload = action === 'trigger' || (action === undefined && !isAbsent(body.payload));
  if (needsPayload) checkPayload(body, payload, rules, faults);
  const severity = severityIn(payload, needsPayload, rules, faults);
  if (rules.strict) checkLists(body, faults);
  if (faults.length > 0) return faults;
  return event({
    action: action!,
    dedupKey,
    summary: text(payload.summary) ?? dedupKey,
    source: text(payload.source) ?? text(body.client) ?? 'unknown',
    severity,
    occurredAt: payload.timestamp,
    component: payload.component,
    group: payload.group,
    class: payload.class,
    details: detailsOf(payload.custom_details),
    links: list(body.links),
    images: list(body.images),
    client: body.client,
    clientUrl: body.client_url,
  });
}

function actionOf(body: Fields, rules: EventRules, faults: Fault[]): EventAction | undefined {
  const given = text(body.event_action);
  if (given === undefined) {
    faults.push({ path: 'event_action', kind: 'missing' });
    return undefined;
  }
  const named = rules.strict ? given : given.trim().toLowerCase();
  const action = ACTIONS.find((known) => known === named);
  if (action === undefined) faults.push({ path: 'event_action', kind: 'choice', of: ACTIONS });
  return action;
}

function dedupKeyOf(body: Fields, action: EventAction | undefined, rules: EventRules, faults: Fault[]): string {
  const key = requiredText(body, 'dedup_key', '', action === 'acknowledge' || action === 'resolve', faults);
  if (rules.strict) checkLength('dedup_key', key, 255, faults);
  return key ?? rules.keyIfMissing;
}

function checkPayload(body: Fields, payload: Fields, rules: EventRules, faults: Fault[]): void {
  if (isAbsent(body.payload) || isFields(body.payload)) {
    const summary = requiredText(payload, 'summary', 'payload.', true, faults);
    requiredText(payload, 'source', 'payload.', true, faults);
    if (rules.strict) checkLength('payload.summary', summary, 1024, faults);
  } else {
    faults.push({ path: 'payload', kind: 'type', wanted: 'an object' });
  }
  if (!isAbsent(payload.timestamp) && payload.timestamp !== '' && instant(payload.timestamp) === undefined) {
    faults.push({ path: 'payload.timestamp', kind: 'type', wanted: 'an ISO 8601 date and time' });
  }
  if (rules.strict && !isAbsent(payload.custom_details) && !isFields(payload.custom_details)) {
    faults.push({ path: 'payload.custom_details', kind: 'type', wanted: 'an object' });
  }
}

function severityIn(payload: Fields, isChecked: boolean, rules: EventRules, faults: Fault[]): Severity {
  const given = text(payload.severity);
  if (isChecked) {
    const isOther = given === undefined && typeof payload.severity === 'object' && payload.severity !== null;
    const isKnown = given === undefined || (rules.strict ? SEVERITIES.some((known) => known === given) : isInTable(given, EVENT_SEVERITIES, rules.severities));
    if (isOther || !isKnown) faults.push({ path: 'payload.severity', kind: 'choice', of: SEVERITIES });
    else if (given === undefined && rules.strict) faults.push({ path: 'payload.severity', kind: 'missing' });
  }
  return severityOf(given, EVENT_SEVERITIES, rules.severities);
}

/** A text that may be needed: numbers are taken as text, whatever has no text form is a fault. */
function requiredText(from: Fields, name: string, prefix: string, needed: boolean, faults: Fault[]): string | undefined {
  const value = from[name];
  const found = text(value);
  if (found !== undefined) return found;
  if (typeof value === 'object' && value !== null) faults.push({ path: prefix + name, kind: 'type', wanted: 'a string' });
  else if (needed) faults.push({ path: prefix + name, kind: 'missing' });
  return undefined;
}

/** In characters, as PagerDuty counts: an emoji is one. */
export function checkLength(path: string, value: string | undefined, most: number, faults: Fault[]): void {
  if (value === undefined || value.length <= most) return;
  if (value.length > 2 * most || [...value].length > most) faults.push({ path, kind: 'length', most });
}

export function checkLists(body: Fields, faults: Fault[]): void {
  for (const name of ['links', 'images']) {
    if (!isAbsent(body[name]) && !Array.isArray(body[name])) faults.push({ path: name, kind: 'type', wanted: 'an array' });
  }
}

export function detailsOf(value: unknown): Fields {
  if (isFields(value)) return value;
  return isAbsent(value) ? {} : { value };
}

export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
