import type { EventAction } from '@signalbox/contracts';

const HEAD = /^\s*\[(alerting|firing|no data|nodata|ok|resolved|paused|pending|unknown)(?::\s*\d+)?(?:,\s*resolved(?::\s*\d+)?)?\]\s*/i;
const WELL = ['ok', 'resolved'];

/** A title of Grafana's, `[FIRING:2] Disk full` or `[OK] CPU alert`, without its head, and what the head says. */
export function titleOf(text: string): { readonly name: string; readonly action?: EventAction } {
  const match = HEAD.exec(text);
  if (match === null) return { name: text.trim() };
  return { name: text.slice(match[0].length).trim(), action: WELL.includes(match[1]!.toLowerCase()) ? 'resolve' : 'trigger' };
}
