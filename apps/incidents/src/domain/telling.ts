import type { Quiet } from '@signalbox/contracts';
import type { Change } from './incident-state.js';

/** Why nobody is to be told of a change; null when people are. The end of what was told is told, whatever keeps it quiet by now. */
export function quietOf({ kind, incident: { plan } }: Change): Quiet | null {
  if (kind === 'resolved' && plan.told) return null;
  return plan.quiet;
}
