import type { Severity, Urgency } from '@signalbox/contracts';
import { RE2JS } from 're2js';

/** What matchers look at: an incident, or the event that would open one. */
export interface Matched {
  readonly serviceId: string;
  readonly integrationId: string | null;
  readonly title: string;
  readonly source: string;
  readonly dedupKey: string;
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly details: Readonly<Record<string, unknown>>;
}

export const OPERATORS = ['=', '!=', '=~', '!~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** `field` is `serviceId`, `integrationId`, `title`, `source`, `dedupKey`, `severity`, `urgency`, or `details.` and a path. */
export interface Matcher { readonly field: string; readonly operator: Operator; readonly value: string }

const FIELDS = new Set(['serviceId', 'integrationId', 'title', 'source', 'dedupKey', 'severity', 'urgency']);

/** What is wrong with a matcher, in words for its author; null when nothing is. Expressions are RE2: they take linear time, whatever they are matched with. */
export function faultOf({ field, operator, value }: Matcher): string | null {
  if (!FIELDS.has(field) && !/^details\../.test(field)) return `field must be one of ${[...FIELDS].join(', ')}, or 'details.' and the path of a detail`;
  if (operator !== '=~' && operator !== '!~') return null;
  try {
    expression(value);
    return null;
  } catch (error) {
    return `value is not a regular expression (RE2): ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Whether all matchers hold. None at all match everything. A field that is absent is an empty text, as in Alertmanager. */
export function matchesAll(matchers: readonly Matcher[], incident: Matched): boolean {
  return matchers.every(({ field, operator, value }) => {
    const text = textOf(incident, field);
    switch (operator) {
      case '=': return text === value;
      case '!=': return text !== value;
      case '=~': return expression(value).matches(text);
      case '!~': return !expression(value).matches(text);
    }
  });
}

/** A field as text: numbers and truth values as they are written, anything deeper as JSON. */
export function textOf(incident: Matched, field: string): string {
  const value = FIELDS.has(field) ? incident[field as keyof Matched] : detail(incident.details, field.slice('details.'.length));
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A detail by its own name, dots and all, or by its path. */
function detail(details: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(details, path)) return details[path];
  let value: unknown = details;
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const compiled = new Map<string, RE2JS>();
const COMPILED_KEPT = 2_000;

function expression(text: string): RE2JS {
  let known = compiled.get(text);
  if (known === undefined) {
    known = RE2JS.compile(text);
    if (compiled.size >= COMPILED_KEPT) compiled.delete(compiled.keys().next().value!);
    compiled.set(text, known);
  }
  return known;
}
