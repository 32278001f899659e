import type { Configured } from '@signalbox/adapter-config';
import type { AddressPolicy, Outbound } from '@signalbox/outbound';
import type { Static, TObject } from '@sinclair/typebox';
import type { House } from './house.js';

/** Where messages are fetched from: one folder and one line in `registry.ts`. */
export interface InletKind<S extends TObject = TObject> extends Configured<S> {
  readonly kind: string;
  readonly displayName: string;
  /** Every address that the config makes us connect to: held against the address guard when the config is saved. */
  targets(config: Static<S>): Target[];
  /** Connects and reads until it is closed or breaks. Throws InletError. */
  open(config: Static<S>, seat: Seat): Promise<OpenInlet>;
  /** Connects beside whatever runs, takes no message, and says in a sentence what it found. Throws InletError. */
  probe(config: Static<S>, place: Place): Promise<string>;
}

export interface Target { readonly host: string; readonly port: number }

/** Why an inlet does not run, in words for its operator; never a secret. */
export class InletError extends Error {}

export interface InletName { readonly id: string; readonly tenantId: string }

/** What an inlet needs to reach its far side. */
export interface Place {
  readonly inlet: InletName;
  readonly outbound: Outbound;
  readonly policy: AddressPolicy;
  readonly house: House;
}

/** A place in which an inlet runs. */
export interface Seat extends Place {
  /** Resolves once the message is stored (or, when it can be none, its dead letter): only then may it be acknowledged. Throws NowhereToStoreError. */
  take(received: Received): Promise<void>;
  /** What the far side was asked to send when the inlet ran last, whoever held it then. */
  readonly subscribed: readonly string[];
  /** What it is asked for now: kept for whoever holds the inlet next. */
  keepSubscribed(subscribed: readonly string[]): void;
}

/** What came in, as the far side gave it. */
export interface Received {
  /** With slashes; the inlet's prefix is not yet before it. */
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The same whenever the far side sends this message again; undefined when it cannot be told. */
  readonly id?: string;
  readonly timestamp?: Date;
}

export interface OpenInlet {
  /** Resolves when it has ended: with why, unless it was closed by `close`. */
  readonly ended: Promise<InletError | undefined>;
  /** Ends it once what is in hand is stored and acknowledged. `forGood`: the far side need keep nothing for us. */
  close(options: { readonly forGood: boolean }): Promise<void>;
}
