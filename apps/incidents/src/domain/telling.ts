import type { Quiet } from '@signalbox/contracts';
import type { Change } from './incident-state.js';

/**
 * Why nobody is to be told of a change; null when people are. The end of what was
 * told is told, and so is a page that a person asked for, whatever keeps it quiet.
 */
export function quietOf({ kind, page, incident: { plan } }: Change): Quiet | null {
  if ((kind === 'resolved' && plan.told) || page?.step === null) return null;
  return plan.quiet;
}
