import type { Destination } from './contract.js';
import { webhook } from './webhook/webhook.js';

/** Every kind of destination: one line each. */
export const DESTINATIONS: readonly Destination[] = [
  webhook,
];

/** The destination of a kind; undefined when there is none. */
export function destinationOf(kind: string): Destination | undefined {
  return DESTINATIONS.find((destination) => destination.kind === kind);
}
