import type { DeadLetter, Message } from '@signalbox/contracts';
import { TooLargeError } from '../intake/lane.js';
import type { InletName, Received } from './contract.js';
import { inletLetter } from './letter.js';
import { readReceived } from './reading.js';

export type Fate = 'stored' | 'refused' | 'ignored';

export interface MessageStore {
  /** Resolves once the messages are stored. Throws NowhereToStoreError or TooLargeError. */
  messages(tenantId: string, messages: readonly Message[], bytes: number): Promise<void>;
}

export interface LetterStore {
  /** Resolves once the letter is stored. Throws NowhereToStoreError. */
  put(letter: DeadLetter): Promise<void>;
}

/** Letters of one inlet, day and replica: what a broker full of rubbish may fill. What is over it is only counted. */
const MOST_LETTERS = 100;

/** The door of one inlet: what comes in is stored, or, when it can be no message, kept as a dead letter. */
export class Taker {
  private letters = { day: '', count: 0 };

  constructor(
    private readonly inlet: InletName, private readonly topicPrefix: string, private readonly messages: MessageStore, private readonly letterBox: LetterStore,
    private readonly onFate: (fate: Fate, at: Date) => void,
  ) {}

  /** Resolves once nothing can be lost any more: the far side may forget it. Throws NowhereToStoreError. */
  async take(received: Received): Promise<void> {
    const now = new Date();
    const reading = readReceived(received, this.inlet, this.topicPrefix, now);
    if (reading.kind === 'ignored') return this.onFate('ignored', now);
    if (reading.kind === 'refused') return this.refuse(received, reading.why, now);
    try {
      await this.messages.messages(this.inlet.tenantId, [reading.message], received.bytes.byteLength);
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error;
      return this.refuse(received, 'As JSON it is larger than a message may be.', now);
    }
    this.onFate('stored', now);
  }

  private async refuse(received: Received, why: string, now: Date): Promise<void> {
    const day = now.toISOString().slice(0, 10);
    if (this.letters.day !== day) this.letters = { day, count: 0 };
    if (this.letters.count < MOST_LETTERS) {
      this.letters.count += 1;
      await this.letterBox.put(inletLetter(this.inlet, this.topicPrefix + received.topic, received, why, now));
    }
    this.onFate('refused', now);
  }
}
