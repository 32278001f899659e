import { event } from '../event.js';
import type { FieldError, Image, Link, SourceEvent } from '../contract.js';
import { fields, instant, isFields, list, text, type Fields } from '../reading.js';
import { checkLength, checkLists, detailsOf, isAbsent, readEvent, type EventRules, type Fault } from './fields.js';

/** PagerDuty's answer to a body that it does not take: always with status 400. */
export interface PagerDutyRefusal {
  readonly status: 'invalid event' | 'Unrecognized object';
  readonly message: string;
  readonly errors: readonly string[];
}

/** What is refused; with its routing key, when one of the right form is there. */
export interface PagerDutyRefused { readonly ok: false; readonly routingKey?: string; readonly refusal: PagerDutyRefusal }

export type PagerDutyResult = { readonly ok: true; readonly routingKey: string; readonly event: SourceEvent } | PagerDutyRefused;

/** What changed, for `/v2/change/enqueue`: shown beside incidents, never opens one. */
export interface SourceChange {
  readonly summary: string;
  readonly source?: string;
  readonly occurredAt?: string;
  readonly details: Record<string, unknown>;
  readonly links: Link[];
  readonly images?: Image[];
}

export type PagerDutyChangeResult = { readonly ok: true; readonly routingKey: string; readonly change: SourceChange } | PagerDutyRefused;

export interface PagerDutyOptions extends Omit<EventRules, 'strict'> {
  /** From the X-Routing-Key header; the body's `routing_key` goes first. */
  readonly routingKey?: string;
}

const ROUTING_KEY_LENGTH = 32;

/** The answer to a body that is no JSON, or no object. */
export const UNRECOGNIZED: PagerDutyRefusal = {
  status: 'Unrecognized object', message: 'Event object format is unrecognized', errors: ['JSON parse error'],
};

/** The answer to a body with faults; also for a key that nobody has: `invalidEvent(['Invalid routing key'])`. */
export function invalidEvent(errors: readonly string[]): PagerDutyRefusal {
  return { status: 'invalid event', message: 'Event object is invalid', errors };
}

/** A refusal field by field; its sentences have the field in quotes. */
export function fieldErrors({ errors }: PagerDutyRefusal): FieldError[] {
  return errors.map((message) => ({ path: /'([a-z_.]+)'/.exec(message)?.[1] ?? 'body', message }));
}

/** `POST /v2/enqueue`: PagerDuty's own rules, and its own words when they are broken, all faults at once. */
export function parsePagerDuty(body: unknown, options: PagerDutyOptions): PagerDutyResult {
  if (!isFields(body)) return refused(options.routingKey, UNRECOGNIZED);
  const faults: string[] = [];
  const routingKey = routingKeyOf(body, options, faults);
  const read = readEvent(body, { ...options, strict: true });
  if (Array.isArray(read)) faults.push(...read.map(inPagerDutysWords));
  if (faults.length > 0 || Array.isArray(read)) return refused(routingKey, invalidEvent(faults));
  return { ok: true, routingKey, event: read };
}

function refused(routingKey: string | undefined, refusal: PagerDutyRefusal): PagerDutyRefused {
  return routingKey?.length === ROUTING_KEY_LENGTH ? { ok: false, routingKey, refusal } : { ok: false, refusal };
}

/** `POST /v2/change/enqueue`: only `payload.summary` is required beside the key. */
export function parsePagerDutyChange(body: unknown, options: Pick<PagerDutyOptions, 'routingKey'>): PagerDutyChangeResult {
  if (!isFields(body)) return refused(options.routingKey, UNRECOGNIZED);
  const errors: string[] = [];
  const routingKey = routingKeyOf(body, options, errors);
  const faults: Fault[] = [];
  const payload = fields(body.payload);
  const summary = text(payload.summary);
  if (!isAbsent(body.payload) && !isFields(body.payload)) faults.push({ path: 'payload', kind: 'type', wanted: 'an object' });
  else if (summary === undefined) faults.push({ path: 'payload.summary', kind: 'missing' });
  checkLength('payload.summary', summary, 1024, faults);
  if (!isAbsent(payload.timestamp) && instant(payload.timestamp) === undefined) {
    faults.push({ path: 'payload.timestamp', kind: 'type', wanted: 'an ISO 8601 date and time' });
  }
  checkLists(body, faults);
  errors.push(...faults.map(inPagerDutysWords));
  if (errors.length > 0) return refused(routingKey, invalidEvent(errors));
  return { ok: true, routingKey, change: changeOf(body, payload, summary!) };
}

/** The limits of an event are those of a change: made as one, without what only an alert has. */
function changeOf(body: Fields, payload: Fields, summary: string): SourceChange {
  const source = text(payload.source);
  const { action: _action, dedupKey: _dedupKey, severity: _severity, source: cleanSource, ...change } = event({
    action: 'trigger', dedupKey: 'change', severity: 'info', summary, source: source ?? '', occurredAt: payload.timestamp,
    details: detailsOf(payload.custom_details), links: list(body.links), images: list(body.images),
  });
  return source === undefined ? change : { ...change, source: cleanSource };
}

function routingKeyOf(body: Fields, options: Pick<PagerDutyOptions, 'routingKey'>, errors: string[]): string {
  const key = text(body.routing_key) ?? text(options.routingKey);
  if (key === undefined) errors.push("'routing_key' is missing or blank");
  else if (key.length !== ROUTING_KEY_LENGTH) errors.push(`Length of 'routing_key' is incorrect (should be ${ROUTING_KEY_LENGTH} characters)`);
  return key ?? '';
}

function inPagerDutysWords(fault: Fault): string {
  switch (fault.kind) {
    case 'missing': return `'${fault.path}' is missing or blank`;
    case 'choice': return `'${fault.path}' is invalid (must be one of the following: ${choices(fault.of)})`;
    case 'type': return `'${fault.path}' is invalid (must be ${fault.wanted})`;
    case 'length': return `'${fault.path}' is too long (must be at most ${fault.most} characters)`;
  }
}

/** `'critical', 'warning', 'error' or 'info'` */
function choices(of: readonly string[]): string {
  const quoted = of.map((choice) => `'${choice}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
