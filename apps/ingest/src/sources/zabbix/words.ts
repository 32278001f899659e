import type { EventAction } from '@signalbox/contracts';
import { own } from '../reading.js';
import type { SeverityRow } from '../severity.js';

/**
 * {EVENT.VALUE}, {TRIGGER.VALUE}: 1 is a problem, 0 is over. {EVENT.STATUS}, {TRIGGER.STATUS},
 * {EVENT.RECOVERY.STATUS}: PROBLEM, RESOLVED, OK. The rest are words of templates.
 */
const STATES: Readonly<Record<string, EventAction>> = {
  1: 'trigger', problem: 'trigger', firing: 'trigger', alerting: 'trigger', trigger: 'trigger',
  triggered: 'trigger', open: 'trigger', active: 'trigger', down: 'trigger',
  0: 'resolve', ok: 'resolve', resolved: 'resolve', resolve: 'resolve', recovery: 'resolve', recovered: 'resolve', closed: 'resolve', up: 'resolve',
  acknowledge: 'acknowledge', acknowledged: 'acknowledge', ack: 'acknowledge',
};

/** What a state says; undefined for a word of nobody's. */
export function stateOf(word: string | undefined): EventAction | undefined {
  return word === undefined ? undefined : own(STATES, word.toLowerCase()) as EventAction | undefined;
}

/**
 * {EVENT.UPDATE.ACTION} lists what a person did, as "acknowledged, commented and changed severity from High to Warning".
 * What only tells is ignored; `undefined` when the list holds nothing that we know.
 */
export function updateMeaning(actions: string): EventAction | 'ignored' | undefined {
  const done = actions.slice(0, 1024)
    .toLowerCase()
    .split(/\s*,\s*|\s+and\s+/)
    .map((action) => (/^changed severity from .+ to .+$/.test(action) ? 'changed severity' : action.trim()));
  if (done.includes('closed')) return 'resolve';
  if (done.includes('acknowledged')) return 'acknowledge';
  if (done.includes('changed severity')) return 'trigger';
  return done.some((action) => TELLING.includes(action)) ? 'ignored' : undefined;
}

const TELLING: readonly string[] = [
  'commented', 'unacknowledged', 'suppressed', 'unsuppressed', 'ranked as cause',
  'ranked as symptom', 'changed rank to cause', 'changed rank to symptom',
];

/**
 * {EVENT.NSEVERITY} and {EVENT.SEVERITY}, mapped as Zabbix' own PagerDuty media type
 * does; then priorities as in its Opsgenie media type, and words of templates.
 */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: '5', to: 'critical' },
  { from: 'disaster', to: 'critical' },
  { from: '4', to: 'error' },
  { from: 'high', to: 'error' },
  { from: '3', to: 'warning' },
  { from: 'average', to: 'warning' },
  { from: '2', to: 'warning' },
  { from: 'warning', to: 'warning' },
  { from: '1', to: 'info' },
  { from: 'information', to: 'info' },
  { from: '0', to: 'info' },
  { from: 'not classified', to: 'info' },
  { from: 'discovery', to: 'info' },
  { from: 'autoregistration', to: 'info' },
  { from: 'p1', to: 'critical' },
  { from: 'p2', to: 'error' },
  { from: 'p3', to: 'warning' },
  { from: 'p4', to: 'warning' },
  { from: 'p5', to: 'info' },
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'info', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
