import { nanos, type Msg } from 'nats';

/** What the server tells of a delivered message in its reply subject (`$JS.ACK.…`, in its form of 9 or of 12 tokens: ADR-15 of NATS). */
export interface DeliveryInfo { readonly deliveries: number; readonly sequence: number }

/** Reads the reply subject of a message that a pull brought. Throws when it is none. */
export function deliveryInfo(message: Pick<Msg, 'reply'>): DeliveryInfo {
  const tokens = (message.reply ?? '').split('.');
  const offset = tokens.length >= 11 ? 2 : 0;
  const deliveries = Number(tokens[4 + offset]);
  const sequence = Number(tokens[5 + offset]);
  if (tokens[1] !== 'ACK' || !Number.isInteger(deliveries) || !Number.isInteger(sequence)) throw new Error(`not a JetStream delivery: ${message.reply}`);
  return { deliveries, sequence };
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
