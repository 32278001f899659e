import type { InletKind } from './contract.js';
import { mqtt } from './mqtt/mqtt.js';
import { nats } from './nats/nats.js';

/** Every kind of inlet: one line each. */
export const INLETS: readonly InletKind[] = [
  mqtt,
  nats,
];

/** The inlet of a kind; undefined when there is none. */
export function inletOf(kind: string): InletKind | undefined {
  return INLETS.find((inlet) => inlet.kind === kind);
}
