import type { FieldFault } from '@signalbox/adapter-config';
import type { Message } from '@signalbox/contracts';
import type { Outcome } from '@signalbox/delivery-policy';
import type { Outbound } from '@signalbox/outbound';
import type { Static, TObject } from '@sinclair/typebox';

/** `path` within the config: `headers.X-Token`. */
export type { FieldFault } from '@signalbox/adapter-config';

/** Where routes deliver: one folder and one line in `registry.ts`. */
export interface Destination<S extends TObject = TObject> {
  readonly kind: string;
  readonly displayName: string;
  /** What an operator sets: drives validation, sealing, masking and the console's form. Fields marked `secret` are never shown. */
  readonly config: S;
  /** Rules that a schema cannot tell; runs only on a config that fits the schema. */
  check?(config: Static<S>): FieldFault[];
  /** One line that tells destinations apart: never a secret. */
  summary(config: Static<S>): string;
  /** Every address that the config makes us connect to: held against the address guard when the config is saved. */
  targets(config: Static<S>): Target[];
  open(config: Static<S>, way: { readonly outbound: Outbound }): OpenDestination;
}

export interface Target { readonly host: string; readonly port: number }

export interface OpenDestination {
  /** Delivers messages; the answer has one exchange for each, in the same order. Never throws: whatever goes wrong is an outcome. */
  deliver(batch: readonly DeliveryRequest[]): Promise<readonly Exchange[]>;
  /** What `deliver` would send, secrets masked. */
  preview(request: DeliveryRequest): Shown;
  /** Gives up what it keeps open. */
  close(): Promise<void>;
}

export interface DeliveryRequest {
  /** The same for every attempt and every replay, so that the far side can drop a repeat. */
  readonly deliveryId: string;
  /** Counts from 1. */
  readonly attempt: number;
  readonly message: Message;
  readonly now: Date;
}

/** One try as it is kept: no secret in it, bodies cut. */
export interface Exchange {
  readonly outcome: Outcome;
  readonly request: Shown;
  readonly response?: Shown;
  readonly durationMs: number;
}

export type Shown = Readonly<Record<string, unknown>>;
