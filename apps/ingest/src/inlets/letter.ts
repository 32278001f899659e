import { newId, type DeadLetter, type Message, type ReplayRequest } from '@signalbox/contracts';
import { isTooDeep, topicFault } from '../gateway/message-reading.js';
import type { InletName, Received } from './contract.js';

const INLET_ID = 'inlet-id';
const SUBJECT = 'inlet ';
/** Of a refused payload, as much as its letter holds. */
const LETTER_BYTES = 65_536;
const TOPIC_LENGTH = 2_048;

/** What came through an inlet and can be no message: kept with the beginning of its payload. */
export function inletLetter({ id, tenantId }: InletName, topic: string, { bytes }: Received, why: string, now: Date): DeadLetter {
  const kept = Buffer.from(bytes).subarray(0, LETTER_BYTES);
  return {
    id: newId(), tenantId, kind: 'event', owner: 'ingest', reason: 'no_message', detail: why,
    subject: `${SUBJECT}${topic.slice(0, TOPIC_LENGTH)}`, payload: null, raw: kept.toString('base64'),
    headers: { [INLET_ID]: id, 'payload-bytes': String(bytes.byteLength), 'payload-kept-bytes': String(kept.byteLength) },
    attempts: [], traceId: newId(), diedAt: now.toISOString(),
  };
}

export function isOfInlet({ headers }: Pick<ReplayRequest, 'headers'>): boolean {
  return headers[INLET_ID] !== undefined;
}

/**
 * The message that an operator has made of such a letter by editing its payload; or why it
 * still is none. Its id is the letter's: replayed again, it is the same message.
 */
export function messageAgain({ letterId, traceId, subject, payload, raw }: ReplayRequest, now: Date): Message | { readonly why: string } {
  const topic = subject.slice(SUBJECT.length);
  const fault = topicFault(topic);
  if (fault !== undefined) return { why: `The topic ${fault}: no replay can change it.` };
  if (raw !== undefined) return { why: 'It is what it was, and can be no message: replay it with a payload of your own.' };
  if (isTooDeep(payload)) return { why: 'The payload is nested deeper than 64 levels.' };
  const at = now.toISOString();
  return { id: letterId, traceId, topic, payload: payload ?? null, timestamp: at, acceptedAt: at };
}
