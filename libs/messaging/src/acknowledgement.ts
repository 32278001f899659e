import { nanos, type Msg } from 'nats';

/** What the server tells of a delivered message in its reply subject (`$JS.ACK.…`, in its form of 9 or of 12 tokens: ADR-15 of NATS). */
export interface DeliveryInfo {
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
  /** Its place in the stream. */
  readonly sequence: number;
  /** Its place among what this consumer was sent. */
  readonly consumerSequence: number;
  /** When the stream stored it, in nanoseconds as the server writes them. With `sequence` it names a message for good, even if the stream is made anew. */
  readonly storedAt: string;
  /** Messages that wait behind it. */
  readonly pending: number;
}

/** Whether a message that came to an inbox of pulls is one of the stream, and not word of the pull itself. */
export function isDelivery(message: Pick<Msg, 'reply'>): boolean {
  return message.reply !== undefined && message.reply !== '';
}

/** Reads the reply subject of a message that a pull brought. Throws when it is none. */
export function deliveryInfo(message: Pick<Msg, 'reply'>): DeliveryInfo {
  const tokens = (message.reply ?? '').split('.');
  const [deliveries, sequence, consumerSequence, storedAt = '', pending] = tokens.slice(tokens.length >= 11 ? 6 : 4);
  const info = { deliveries: Number(deliveries), sequence: Number(sequence), consumerSequence: Number(consumerSequence), storedAt, pending: Number(pending) };
  if (tokens[1] !== 'ACK' || ![info.deliveries, info.sequence, info.consumerSequence, info.pending].every(Number.isInteger)) {
    throw new Error(`not a JetStream delivery: ${message.reply}`);
  }
  return info;
}

const ACK = Buffer.from('+ACK');
const WORKING = Buffer.from('+WPI');

/** The four answers that a worker can give, as the protocol spells them. */
export const acknowledgement = {
  done: (message: Msg) => message.respond(ACK),
  again: (message: Msg, afterMs: number) => message.respond(Buffer.from(`-NAK {"delay":${nanos(Math.max(1, Math.ceil(afterMs)))}}`)),
  giveUp: (message: Msg, reason: string) => message.respond(Buffer.from(`+TERM ${reason}`)),
  working: (message: Msg) => message.respond(WORKING),
} as const;
