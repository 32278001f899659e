import type { EventAction } from '@signalbox/contracts';
import type { EventDraft } from '../event.js';
import { objects, said, text, word, type Fields } from '../reading.js';

/** What a reader makes of one alert; the severity is a word of the table, not yet looked up. */
export interface AlertDraft extends Omit<EventDraft, 'severity' | 'client' | 'clientUrl'> {
  readonly severityWord: string | undefined;
}

/** learn.microsoft.com: `monitorCondition` of the common alert schema, `status` of the classic ones. */
const CONDITIONS: Readonly<Record<string, EventAction>> = { fired: 'trigger', activated: 'trigger', resolved: 'resolve', deactivated: 'resolve' };

/** What a person has made of an alert in the portal ("Manage your alert instances"): only exports of alerts say so. */
const STATES: Readonly<Record<string, EventAction>> = { acknowledged: 'acknowledge', closed: 'resolve' };

export function actionOf(condition: unknown, state?: unknown): EventAction {
  const byCondition = lookedUp(CONDITIONS, condition);
  return byCondition === 'resolve' ? 'resolve' : lookedUp(STATES, state) ?? byCondition ?? 'trigger';
}

function lookedUp(table: Readonly<Record<string, EventAction>>, value: unknown): EventAction | undefined {
  const found = word(value) ?? '';
  return Object.hasOwn(table, found) ? table[found] : undefined;
}

/** The last part of a resource's id: what a person calls it. */
export function resourceName(id: unknown): string | undefined {
  return text(id)?.split('/').findLast((part) => part.trim() !== '');
}

/** The resource group in a resource's id. */
export function resourceGroup(id: unknown): string | undefined {
  return /\/resourcegroups\/([^/]+)/i.exec(text(id) ?? '')?.[1];
}

/** Azure writes one id in many cases: as part of a key it has but one. */
export function sameId(id: unknown): string | undefined {
  return text(id)?.trim().toLowerCase();
}

export function portal(id: unknown): string | undefined {
  const found = text(id)?.trim();
  return found !== undefined && /^\/[\w\-./() ]+$/.test(found) ? `https://portal.azure.com/#resource${found.replaceAll(' ', '%20')}` : undefined;
}

/** `[{name, value}]` as an object of texts. */
export function named(pairs: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(objects(pairs).flatMap((one): [string, string][] => {
    const [name, value] = [text(one.name), text(one.value)];
    return name === undefined || value === undefined ? [] : [[name, value]];
  }));
}

/** What a person wants to know of each criterion. */
export function criterionDetails(criteria: readonly Fields[]): Fields[] {
  return criteria.slice(0, 10).map((one) => said({
    metric: one.metricName, namespace: one.metricNamespace, unit: one.metricUnit, value: one.metricValue, operator: one.operator, threshold: one.threshold,
    aggregation: one.timeAggregation, query: one.searchQuery, webTest: one.webTestName, failures: one.failureDetails, dimensions: named(one.dimensions),
  })).filter((one) => Object.keys(one).length > 0);
}

const OPERATORS: Readonly<Record<string, string>> = {
  greaterthan: '>', greaterthanorequal: '≥', lessthan: '<', lessthanorequal: '≤',
  lowerthan: '<', lowerthanorequal: '≤', equals: '=', equal: '=', greaterorlessthan: '<>',
};

/** `Percentage CPU 93 (> 90)` of one criterion, or as much of it as there is. */
export function criterion(one: Fields): string | undefined {
  const name = text(one.metricName) ?? text(one.webTestName) ?? (text(one.searchQuery) === undefined ? undefined : 'query result');
  if (name === undefined) return undefined;
  const operator = (word(one.operator) ?? '').replace(/\W/g, '');
  const threshold = text(one.threshold);
  const bound = threshold === undefined ? '' : ` (${OPERATORS[operator] ?? text(one.operator) ?? 'threshold'} ${threshold})`;
  return `${name} ${text(one.metricValue) ?? ''}`.trim() + bound;
}
