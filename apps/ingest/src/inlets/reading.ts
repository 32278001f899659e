import { isId, newId, stableId, type Message } from '@signalbox/contracts';
import { BODY_BYTES } from '../gateway/body.js';
import { isTooDeep, topicFault } from '../gateway/message-reading.js';
import type { InletName, Received } from './contract.js';

export type Reading =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly why: string };

/** On messages whose payload is no text: the payload is its bytes in base64. */
export const ENCODING_HEADER = 'payload-encoding';

const MOST_HEADERS = 64;
const HEADER_LENGTH = 1_024;
const ID_LENGTH = 255;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What came in as a message of ours. The broker's own topics (`$SYS/…`) are ignored; what can be no message is refused with the reason. */
export function readReceived(received: Received, inlet: InletName, topicPrefix: string, now: Date): Reading {
  if (received.topic.startsWith('$')) return { kind: 'ignored' };
  const topic = topicPrefix + received.topic;
  const fault = topicFault(topic);
  if (fault !== undefined) return { kind: 'refused', why: `The topic ${fault}.` };
  if (received.bytes.byteLength > BODY_BYTES) {
    return { kind: 'refused', why: `The payload has ${received.bytes.byteLength} bytes; ${BODY_BYTES} are taken at most.` };
  }
  const { payload, isBase64 } = readPayload(received.bytes);
  const id = idOf(received.id, inlet);
  const acceptedAt = now.toISOString();
  return {
    kind: 'message',
    message: {
      id, traceId: isId(id) ? id : stableId('inlet-message', inlet.id, id), topic,
      payload, acceptedAt, timestamp: received.timestamp?.toISOString() ?? acceptedAt,
      headers: readHeaders([...(isBase64 ? [[ENCODING_HEADER, 'base64'] as const] : []), ...received.headers]),
    },
  };
}

/** JSON if it is JSON (and not nested deeper than a message may be), else text, else base64. */
function readPayload(bytes: Uint8Array): { payload: unknown; isBase64: boolean } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { payload: Buffer.from(bytes).toString('base64'), isBase64: true };
  }
  try {
    const payload: unknown = JSON.parse(text);
    return { payload: isTooDeep(payload) ? text : payload, isBase64: false };
  } catch {
    return { payload: text, isBase64: false };
  }
}

/** A sender's id that is too long, or holds what no id may hold, still tells a repeat. */
function idOf(id: string | undefined, inlet: InletName): string {
  if (id === undefined || id === '') return newId();
  return id.length <= ID_LENGTH && !/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(id) ? id : stableId('inlet-message-id', inlet.id, id);
}

/** Names as our headers may have them, values cut; what comes twice is joined by a comma, as in HTTP. */
function readHeaders(pairs: Received['headers']): Record<string, string> {
  const headers = new Map<string, string>();
  for (const [given, value] of pairs) {
    const name = given.replace(/[^A-Za-z0-9_.-]/g, '-').slice(0, 128);
    if (name === '' || (headers.size >= MOST_HEADERS && !headers.has(name))) continue;
    const before = headers.get(name);
    headers.set(name, (before === undefined ? value : `${before}, ${value}`).slice(0, HEADER_LENGTH).replace(/\p{Surrogate}/gu, '\ufffd'));
  }
  return Object.fromEntries(headers);
}
