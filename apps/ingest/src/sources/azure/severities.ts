import type { SeverityRow } from '../severity.js';

/** Azure's five severities by number and by name (learn.microsoft.com, "What are Azure Monitor alerts?"), then Defender's words. */
export const SEVERITIES: readonly SeverityRow[] = [
  { from: 'sev0', to: 'critical' },
  { from: 'sev1', to: 'error' },
  { from: 'sev2', to: 'warning' },
  { from: 'sev3', to: 'info' },
  { from: 'sev4', to: 'info' },
  { from: 'critical', to: 'critical' },
  { from: 'error', to: 'error' },
  { from: 'warning', to: 'warning' },
  { from: 'informational', to: 'info' },
  { from: 'verbose', to: 'info' },
  { from: 'high', to: 'error' },
  { from: 'medium', to: 'warning' },
  { from: 'low', to: 'info' },
  { from: 'budget', to: 'warning' },
  { from: 'scaled', to: 'info' },
  { from: '*', to: 'error' },
  { from: '', to: 'error' },
];

/** `3`, `Sev3` and `sev3` are one word. */
export function severityWord(value: string | undefined): string | undefined {
  const said = value?.trim().toLowerCase();
  return said !== undefined && /^\d$/.test(said) ? `sev${said}` : said;
}
