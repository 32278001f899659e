import { DeliverPolicy } from 'nats';
import type { Bus } from './bus.js';
import { OrderedRead } from './ordered-read.js';

export interface StreamMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  /** Messages that waited behind it when it was sent. */
  readonly pending: number;
}

export interface StreamReadOptions {
  readonly bus: Bus;
  readonly stream: string;
  /** The first message that is wanted, if it is there. */
  readonly fromSequence: number;
  /** Only messages of these subjects. */
  readonly filter?: string;
  /** Called for each message, in the order of the stream, with none left out. */
  readonly take: (message: StreamMessage) => void;
  /** Called once when the read ends by itself (the connection was lost): go on with another one behind the last message taken. */
  readonly ended: (why: Error) => void;
}

/** A read of a log stream that leaves nothing on the server: `want` lets messages come, `close` ends it. */
export type StreamRead = Pick<OrderedRead, 'want' | 'close' | 'waiting'>;

/** Reads a log stream in order from a sequence on. Nothing comes before `want`. */
export function readStream({ bus, stream, fromSequence, filter, take, ended }: StreamReadOptions): Promise<StreamRead> {
  return OrderedRead.open({
    bus, stream, ended,
    from: {
      deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, fromSequence),
      ...(filter === undefined ? {} : { filter_subject: filter }),
    },
    take: (message, { sequence, pending }) => take({ sequence, pending, subject: message.subject, data: message.data }),
  });
}

/** The sequences of the oldest and the newest message of a stream; of an empty one the oldest is above the newest. */
export async function boundsOf(bus: Bus, stream: string): Promise<{ first: number; last: number }> {
  const { state } = await (await bus.manager()).streams.info(stream);
  return { first: Math.max(1, state.first_seq), last: state.last_seq };
}
