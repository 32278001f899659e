import type { EventAction } from '@signalbox/contracts';
import { own } from '../reading.js';
import type { SeverityRow } from '../severity.js';

/**
 * pingdom.com, "Webhooks": UP and DOWN of uptime checks, SUCCESS and FAILING of transactions. The legacy webhook says `assign` and
 * `notify_of_close`, and `down` and `up`. The API's other statuses (unconfirmed_down, paused) stand here too.
 */
const WORDS: Readonly<Record<string, EventAction | 'ignored'>> = {
  down: 'trigger', failing: 'trigger', unconfirmed_down: 'trigger', assign: 'trigger',
  up: 'resolve', success: 'resolve', successful: 'resolve', ok: 'resolve', notify_of_close: 'resolve', close: 'resolve', closed: 'resolve',
  paused: 'ignored',
};

/** What a word of Pingdom's means; undefined for a word of nobody's. */
export function actionOf(word: string | undefined): EventAction | 'ignored' | undefined {
  return word === undefined ? undefined : own(WORDS, word.toLowerCase()) as EventAction | 'ignored' | undefined;
}

/** By the check's importance. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'critical', to: 'critical' },
  { from: 'high', to: 'critical' },
  { from: 'medium', to: 'error' },
  { from: 'low', to: 'warning' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
