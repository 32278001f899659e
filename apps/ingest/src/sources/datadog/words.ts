import type { EventAction } from '@signalbox/contracts';
import { plainWord } from '../reading.js';
import type { SeverityRow } from '../severity.js';
import { ACTION_WORDS, WELL } from '../webhook/words.js';

/**
 * docs.datadoghq.com, "Webhooks", `$ALERT_TRANSITION`, with every hyphen and underscore
 * as a blank; the recoveries from a warning and from no data stand in titles.
 */
const TRANSITIONS: Readonly<Record<string, EventAction>> = {
  'triggered': 'trigger', 're triggered': 'trigger', 'warn': 'trigger', 're warn': 'trigger',
  'no data': 'trigger', 're no data': 'trigger', 'renotify': 'trigger', 're notify': 'trigger',
  'recovered': 'resolve', 'warn recovered': 'resolve', 'no data recovered': 'resolve',
};

/** States that stand in square brackets at the head of an event's title, beside the transitions. */
const TITLE_STATES: Readonly<Record<string, EventAction>> = {
  ...TRANSITIONS,
  'alert': 'trigger', 'warning': 'trigger',
  'ok': 'resolve', 'resolved': 'resolve',
};

const STATES = tableOf({ ...usual('trigger'), ...usual('acknowledge'), ...usual('resolve'), ...TRANSITIONS });

/** `$ALERT_TYPE` (error, warning, info, success) and what a template may have put where a severity stands: only what says that all is well. */
const WELL_WORDS = new Set<string>([...WELL, 'success', 'warn recovered', 'no data recovered']);

/** docs.datadoghq.com, "Incident management": the states of an incident. A stable one is still open. */
const INCIDENT_STATES = tableOf({ 'active': 'trigger', 'stable': 'trigger', 'resolved': 'resolve', 'completed': 'resolve', 'closed': 'resolve' });

export function stateNamed(said: string | undefined): EventAction | undefined {
  return said === undefined ? undefined : STATES.get(said);
}

export function titleStateNamed(said: string | undefined): EventAction | undefined {
  return said !== undefined && Object.hasOwn(TITLE_STATES, said) ? TITLE_STATES[said] : undefined;
}

export function incidentStateNamed(said: string | undefined): EventAction | undefined {
  return said === undefined ? undefined : INCIDENT_STATES.get(said);
}

export function isWell(said: string | undefined): boolean {
  return said !== undefined && WELL_WORDS.has(said);
}

/** A word in the table's spelling: `2` and `P2` are `p2`, `SEV2` is `sev-2`, `Re-Warn` and `re_warn` are `re-warn`. */
export function severityForm(said: string | undefined): string | undefined {
  const plain = plainWord(said);
  if (plain === undefined) return undefined;
  if (/^[1-5]$/.test(plain)) return `p${plain}`;
  const incident = /^sev ?([0-5])$/.exec(plain);
  return incident !== null ? `sev-${incident[1]}` : plain === 're warn' ? 're-warn' : said;
}

function usual(action: EventAction): Record<string, EventAction> {
  return Object.fromEntries(ACTION_WORDS[action].map((said) => [said, action]));
}

function tableOf(words: Readonly<Record<string, EventAction>>): ReadonlyMap<string, EventAction> {
  return new Map(Object.entries(words));
}

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'error', to: 'critical' },
  { from: 'critical', to: 'critical' },
  { from: 'warning', to: 'warning' },
  { from: 'warn', to: 'warning' },
  { from: 're-warn', to: 'warning' },
  { from: 'info', to: 'info' },
  { from: 'success', to: 'info' },
  { from: 'recovered', to: 'info' },
  { from: 'ok', to: 'info' },
  { from: 'p1', to: 'critical' },
  { from: 'p2', to: 'error' },
  { from: 'p3', to: 'warning' },
  { from: 'p4', to: 'info' },
  { from: 'p5', to: 'info' },
  { from: 'sev-0', to: 'critical' },
  { from: 'sev-1', to: 'critical' },
  { from: 'sev-2', to: 'error' },
  { from: 'sev-3', to: 'warning' },
  { from: 'sev-4', to: 'info' },
  { from: 'sev-5', to: 'info' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
