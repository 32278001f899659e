import type { EventAction } from '@signalbox/contracts';
import { bareFields, type BareFields } from '../bare-fields.js';
import type { FieldError, SourceEvent, SourceInput } from '../contract.js';
import { digest, event } from '../event.js';
import { address, instant, text, word, type Fields } from '../reading.js';
import { severityOf } from '../severity.js';
import type { WebhookMapping } from './mapping.js';
import { NAMES, SECRETS } from './names.js';
import { parsePath, valueAt, type Path } from './path.js';
import { notAnAlert, partsOf, signalAction } from './shapes.js';
import { ACTION_WORDS, SEVERITIES, WELL, markerOf, usualAction } from './words.js';

export type Input = Pick<SourceInput<WebhookMapping | undefined>, 'config' | 'severities' | 'requestId' | 'headers'>;

/** A variable that the sender's template names and nothing filled: `$NAME`, `{{name}}`, `${name}`. */
const UNFILLED = /^(?:\$[A-Z][A-Z0-9_]*\$?|\$\{\{?[^{}]*\}?\}|\{\{[^{}]*\}\})$/;

/** One body as an event; why it is none; or what it lacks. `prefix` stands before the names in faults. */
export function readOne(body: Fields, input: Input, prefix: string): SourceEvent | FieldError[] | string {
  const mapping = input.config ?? {};
  const found = bareFields(partsOf(body, input.headers), UNFILLED);
  const reason = Object.keys(mapping).length === 0 ? notAnAlert(body, found) : undefined;
  if (reason !== undefined) return reason;
  const title = titleOf(body, found, mapping);
  const marker = markerOf(title?.about ?? '');
  const state = stateOf(body, found, mapping, marker.action);
  const key = at(body, mapping.dedupKeyField) ?? found.text(...NAMES.dedupKey);
  if (title === undefined && state.action === 'trigger') return [noSummary(mapping, prefix)];
  if (title === undefined && key === undefined) return [noKey(mapping, prefix)];
  const source = at(body, mapping.sourceField) ?? found.text(...NAMES.source);
  const part = found.text(...NAMES.part);
  return event({
    action: state.action,
    dedupKey: key === undefined ? `webhook-${digest(source ?? 'webhook', marker.rest, ...(part === undefined ? [] : [part]))}`
      : isEventsForm(body, mapping) ? key
      : `webhook-${key}`,
    summary: title?.shown ?? key!,
    source: source ?? 'webhook',
    severity: severityOf(severityWord(body, found, mapping, state.word), SEVERITIES, { ...mapping.severityValues, ...input.severities }),
    occurredAt: NAMES.time.map((name) => found.value(name)).find((value) => instant(value) !== undefined),
    details: Object.fromEntries(Object.entries(body).filter(([name]) => !SECRETS.has(name.toLowerCase().replace(/[^a-z]/g, '')))),
    links: [{ href: firstAddress(found, NAMES.link) }, { href: firstAddress(found, NAMES.runbook), text: 'Runbook' }],
    images: [{ src: firstAddress(found, NAMES.image) }],
  });
}

/** A body in the Events API's form that its rules refuse: its dedup key stays as it is, or the body that closes it would name another alert. */
function isEventsForm(body: Fields, mapping: WebhookMapping): boolean {
  return Object.keys(mapping).length === 0 && text(body.event_action) !== undefined && text(body.dedup_key) !== undefined;
}

interface Title {
  readonly shown: string;
  /** What of it stays the same while the alert lasts. */
  readonly about: string;
}

/** A title as it is; else the name of what is watched, with what is said of it or else its state; else what is said. */
function titleOf(body: Fields, found: BareFields, mapping: WebhookMapping): Title | undefined {
  const title = at(body, mapping.summaryField) ?? found.text(...NAMES.title);
  if (title !== undefined) return { shown: title, about: title };
  const name = found.text(...NAMES.name);
  const said = found.text(...NAMES.said) ?? sentence(found.value('event'));
  if (name === undefined) return said === undefined ? undefined : { shown: said, about: said };
  const more = said ?? found.text('status', 'state', 'monitorstatus', 'buildstatus', 'componentstatus');
  return { shown: more === undefined || more.includes(name) ? more ?? name : `${name}: ${more.split('\n', 1)[0]}`, about: name };
}

function sentence(value: unknown): string | undefined {
  return typeof value === 'string' && /\S\s\S/.test(value) ? value : undefined;
}

/** What the mapping's action field says; where that leads nowhere what the usual fields say, then the severity, then the first word of the title. */
function stateOf(body: Fields, found: BareFields, mapping: WebhookMapping, marked: EventAction | undefined): { action: EventAction; word?: string } {
  const mapped = word(at(body, mapping.actionField));
  const words = mapped !== undefined ? [mapped] : NAMES.action.flatMap((name) => word(found.value(name)) ?? []);
  for (const given of words) {
    const action = meaningOf(given, mapping);
    if (action !== undefined) return { action, word: given };
  }
  if (mapped !== undefined) return { action: 'trigger', word: mapped };
  const severity = word(at(body, mapping.severityField)) ?? found.text(...NAMES.severity)?.toLowerCase();
  if (severity !== undefined && WELL.includes(severity)) return { action: 'resolve' };
  const action = signalAction(found) ?? (isYes(found, NAMES.over, true) || isYes(found, NAMES.on, false) ? 'resolve' : marked);
  return { action: action ?? 'trigger' };
}

/** A list of the mapping stands in place of the usual words for its action, and goes before the usual words of the others. */
function meaningOf(given: string, { triggerValues, acknowledgeValues, resolveValues }: WebhookMapping): EventAction | undefined {
  const configured = { trigger: triggerValues, acknowledge: acknowledgeValues, resolve: resolveValues };
  const kinds = ['trigger', 'acknowledge', 'resolve'] as const;
  const own = kinds.find((kind) => configured[kind]?.some((value) => value.trim().toLowerCase() === given));
  if (own !== undefined) return own;
  const usual = usualAction(given);
  return usual !== undefined && configured[usual] === undefined ? usual : undefined;
}

function isYes(found: BareFields, names: readonly string[], wanted: boolean): boolean {
  const said = found.text(...names)?.toLowerCase();
  return said !== undefined && (wanted ? ['true', '1', 'yes'] : ['false', '0', 'no']).includes(said);
}

/** The sender's severity; where it has none the word of its state, if that tells how bad it is (`status: CRITICAL`). */
function severityWord(body: Fields, found: BareFields, mapping: WebhookMapping, state: string | undefined): string | undefined {
  const given = at(body, mapping.severityField) ?? found.text(...NAMES.severity);
  if (given !== undefined) return given;
  return state !== undefined && ACTION_WORDS.trigger.includes(state) && SEVERITIES.some(({ from }) => from === state) ? state : undefined;
}

/** The text at a configured path: a flat name with dots goes before the path that it looks like. */
function at(body: Fields, configured: string | undefined): string | undefined {
  if (configured === undefined) return undefined;
  return text(valueAt(body, [configured])) ?? text(valueAt(body, pathOf(configured)));
}

function pathOf(configured: string): Path {
  return parsePath(configured) ?? [configured];
}

function firstAddress(found: BareFields, names: readonly string[]): unknown {
  return names.map((name) => found.value(name)).find((value) => address(value) !== undefined);
}

function noSummary({ summaryField }: WebhookMapping, prefix: string): FieldError {
  return {
    path: `${prefix}${summaryField ?? 'summary'}`,
    message: "is missing, and so are the usual names (title, message, …): set summaryField to the path of the alert's title",
  };
}

function noKey({ dedupKeyField }: WebhookMapping, prefix: string): FieldError {
  return { path: `${prefix}${dedupKeyField ?? 'dedup_key'}`, message: 'is missing, and there is no summary either: nothing says which alert is meant' };
}
