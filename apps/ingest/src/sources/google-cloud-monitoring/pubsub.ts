import type { Headers } from '../contract.js';
import { fields, firstText, isFields, jsonIn, text, type Fields } from '../reading.js';

/** A message, and what Pub/Sub says about it when it wraps it. */
export interface Message {
  /** JSON taken apart, else the text. */
  readonly data: unknown;
  readonly attributes: Fields;
}

/**
 * What a push holds. cloud.google.com, Pub/Sub, "Push subscriptions" (wrapped: base64 in `message.data`) and "Payload unwrapping" (the data alone);
 * Eventarc puts the wrapped form into the `data` of a CloudEvent. Anything else is a webhook's own body.
 */
export function unwrap(body: unknown): Message {
  const outer = fields(body);
  const wrapped = [outer.message, fields(outer.data).message]
    .filter(isFields)
    .find((one) => one.data !== undefined || one.attributes !== undefined || one.messageId !== undefined);
  if (wrapped === undefined) return { data: jsonIn(body) ?? body, attributes: {} };
  return { data: decoded(wrapped.data), attributes: fields(wrapped.attributes) };
}

/** Base64 in all of its dialects; by hand people also put the JSON there as it is. */
function decoded(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  const plain = jsonIn(data);
  if (plain !== undefined) return plain;
  if (!/^[\w+/=\s-]*$/.test(data)) return data;
  const said = Buffer.from(data, 'base64').toString('utf8');
  return jsonIn(said) ?? said;
}

/** Pub/Sub's id of a message: the same on every attempt. */
export function messageId(headers: Headers, body: unknown): string | undefined {
  const message = fields(fields(body).message ?? fields(fields(body).data).message);
  return text(headers['x-goog-pubsub-message-id']) ?? firstText(message.messageId, message.message_id);
}
