import type { Severity } from '@signalbox/contracts';
import type { SeverityOverrides } from './contract.js';

/** One line of a source's table. `from` is the sender's word in lower case; `*` is any other word, and an empty one means that none was given. */
export interface SeverityRow {
  readonly from: string;
  readonly to: Severity;
}

const BY_NAME: Readonly<Record<string, Severity>> = {
  critical: 'critical', error: 'error', warning: 'warning', info: 'info', high: 'error', medium: 'warning', low: 'info',
};

/** The house's own words, as rows of a source's table. */
export const HOUSE_SEVERITIES: readonly SeverityRow[] = Object.entries(BY_NAME).map(([from, to]) => ({ from, to }));

/** The names that a person may use for a severity. */
export const SEVERITY_NAMES = Object.keys(BY_NAME);

/** A severity by its name or alias, in any case; undefined when it is neither. */
export function severityNamed(name: string): Severity | undefined {
  const key = name.trim().toLowerCase();
  return Object.hasOwn(BY_NAME, key) ? BY_NAME[key] : undefined;
}

/** The severity of a sender's word: the integration's override, the source's table, or `error`. */
export function severityOf(word: string | undefined, table: readonly SeverityRow[], overrides: SeverityOverrides = NO_OVERRIDES): Severity {
  const key = word?.trim().toLowerCase() ?? '';
  return overridden(key, overrides) ?? row(key, table)
    ?? (key === '' ? undefined : overridden('*', overrides) ?? row('*', table))
    ?? 'error';
}

/** Whether the override or the table names the sender's word. */
export function isInTable(word: string, table: readonly SeverityRow[], overrides: SeverityOverrides = NO_OVERRIDES): boolean {
  const key = word.trim().toLowerCase();
  return (overridden(key, overrides) ?? row(key, table) ?? overridden('*', overrides) ?? row('*', table)) !== undefined;
}

const NO_OVERRIDES: SeverityOverrides = Object.freeze({});

function overridden(key: string, overrides: SeverityOverrides): Severity | undefined {
  if (overrides === NO_OVERRIDES) return undefined;
  for (const [from, to] of Object.entries(overrides)) if (from.trim().toLowerCase() === key) return severityNamed(to);
  return undefined;
}

function row(key: string, table: readonly SeverityRow[]): Severity | undefined {
  return table.find(({ from }) => from === key)?.to;
}

/** The first of several words that the override or the table has by name, else the first of all: of a body that says it in several places. */
export function likeliest(
  words: readonly (string | undefined)[],
  table: readonly SeverityRow[],
  overrides: SeverityOverrides = NO_OVERRIDES,
): string | undefined {
  const given = words.flatMap((said) => said?.trim().toLowerCase() || []);
  return given.find((said) => (overridden(said, overrides) ?? row(said, table)) !== undefined) ?? given[0];
}
