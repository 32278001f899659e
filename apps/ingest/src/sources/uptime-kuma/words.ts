import { own } from '../reading.js';
import { HOUSE_SEVERITIES, type SeverityRow } from '../severity.js';

export type Meaning = 'down' | 'up' | 'pending' | 'maintenance' | 'test';

/** uptime-kuma, server/model/heartbeat.js: 0 DOWN, 1 UP, 2 PENDING, 3 MAINTENANCE; and the words of its templates: "🔴 Down", "✅ Up", "⚠️ Test". */
const WORDS: Readonly<Record<string, Meaning>> = {
  0: 'down', 1: 'up', 2: 'pending', 3: 'maintenance',
  down: 'down', up: 'up', pending: 'pending', maintenance: 'maintenance', test: 'test',
  alerting: 'down', firing: 'down', resolved: 'up', recovered: 'up', ok: 'up', online: 'up', offline: 'down',
};

const SYMBOLS_BEFORE = /^[^\p{L}\p{N}]+/u;

/** What a status says, with or without the symbol before it; undefined for a word of nobody's. */
export function meaningOf(status: string | undefined): Meaning | undefined {
  return status === undefined ? undefined : own(WORDS, status.slice(0, 64).replace(SYMBOLS_BEFORE, '').trim().toLowerCase()) as Meaning | undefined;
}

export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'down', to: 'critical' },
  { from: 'certificate', to: 'warning' },
  { from: 'domain', to: 'warning' },
  { from: 'message', to: 'error' },
  { from: 'up', to: 'info' },
  ...HOUSE_SEVERITIES,
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];
