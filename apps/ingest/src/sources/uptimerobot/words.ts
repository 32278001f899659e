import type { EventAction } from '@signalbox/contracts';
import { own } from '../reading.js';
import { HOUSE_SEVERITIES, type SeverityRow } from '../severity.js';

/** `other` is a word of nobody's, or none: an alert all the same. */
export type Meaning = 'down' | 'up' | 'expiry' | 'other' | 'ignored';

/**
 * uptimerobot.com, "Webhook alert contacts": `*alertType*` is 1 down, 2 up, 3 SSL or domain expiry. The API's statuses and log types stand here too
 * (8 seems down, 9 down, 0 and 99 paused, 98 started): templates of users mix them.
 */
const WORDS: Readonly<Record<string, Meaning>> = {
  1: 'down', 8: 'down', 9: 'down', down: 'down', 'seems down': 'down', seems_down: 'down',
  offline: 'down', 'monitor.down': 'down', 'incident.started': 'down', 'incident.ongoing': 'down',
  2: 'up', up: 'up', online: 'up', resolved: 'up', recovered: 'up', 'monitor.up': 'up', 'incident.resolved': 'up',
  3: 'expiry', 'ssl expiry': 'expiry', ssl_expiry: 'expiry', 'ssl expiry reminder': 'expiry',
  'ssl & domain expiry': 'expiry', 'ssl & domain expiry reminder': 'expiry',
  'ssl certificate expiry': 'expiry', 'domain expiry': 'expiry', domain_expiry: 'expiry', 'domain expiry reminder': 'expiry', ssl: 'expiry', domain: 'expiry',
  0: 'ignored', 98: 'ignored', 99: 'ignored', paused: 'ignored', started: 'ignored', 'not checked yet': 'ignored', not_checked_yet: 'ignored',
};

export const ACTIONS: Readonly<Record<Exclude<Meaning, 'ignored'>, EventAction>> = { down: 'trigger', up: 'resolve', expiry: 'trigger', other: 'trigger' };

/** What a word of UptimeRobot's says; undefined for a word of nobody's. */
export function meaningOf(word: string | undefined): Meaning | undefined {
  return word === undefined ? undefined : own(WORDS, word.toLowerCase()) as Meaning | undefined;
}

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'down', to: 'critical' },
  { from: 'expiry', to: 'warning' },
  { from: 'up', to: 'info' },
  ...HOUSE_SEVERITIES,
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
