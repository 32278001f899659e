import type { Headers } from '../contract.js';
import { fields, firstText, isFields, jsonIn, list, text, word, type Fields } from '../reading.js';

/** One message, however it came: in SNS' envelope, raw, in a Lambda's or a queue's records, or from EventBridge itself. */
export interface Delivered {
  /** `notification`, `subscriptionconfirmation`, `unsubscribeconfirmation`. */
  readonly type: string;
  /** JSON taken apart, else the text. */
  readonly message: unknown;
  /** The text itself, also where it was JSON. */
  readonly said?: string;
  readonly subject?: string;
  readonly topicArn?: string;
  readonly timestamp?: unknown;
  readonly attributes: Fields;
  readonly subscribeUrl?: unknown;
  /** Where it stands in the body. */
  readonly path: string;
}

/** Every message of a body. docs.aws.amazon.com, SNS: "HTTP/HTTPS message JSON formats", "Message delivery raw"; Lambda: "Using AWS Lambda with Amazon SNS". */
export function messagesIn(body: unknown, headers: Headers): Delivered[] {
  const records = [...list(fields(body).Records)];
  if (records.length > 0 && records.every((record) => isFields(fields(record).Sns) || text(fields(record).body) !== undefined)) {
    return records.map((record, index) => {
      const { Sns, body: queued } = fields(record);
      return isFields(Sns) ? inEnvelope(Sns, `Records[${index}].Sns.Message`) : delivered(jsonIn(queued) ?? queued, headers, `Records[${index}].body`);
    });
  }
  // What posts CloudEvents has SNS' envelope in their data.
  const data = fields(body).data;
  return [delivered(isEnvelope(data) ? data : body, headers, 'body')];
}

function delivered(value: unknown, headers: Headers, path: string): Delivered {
  if (isEnvelope(value)) return inEnvelope(value, 'Message');
  const topicArn = text(headers['x-amz-sns-topic-arn']);
  const said = text(value);
  return {
    type: word(headers['x-amz-sns-message-type']) ?? 'notification', message: jsonIn(value) ?? value, attributes: {}, path,
    ...(topicArn !== undefined && { topicArn }), ...(said !== undefined && { said }),
  };
}

const TYPES = ['notification', 'subscriptionconfirmation', 'unsubscribeconfirmation'];

/** SNS' envelope, with little of it missing: people rebuild it by hand. */
function isEnvelope(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const type = word(value.Type);
  if (type !== undefined) return TYPES.includes(type);
  return value.Message !== undefined && (text(value.TopicArn) !== undefined || isFields(value.Message) || isFields(jsonIn(value.Message)));
}

function inEnvelope(envelope: Fields, path: string): Delivered {
  const subject = text(envelope.Subject);
  const topicArn = text(envelope.TopicArn);
  const said = text(envelope.Message);
  return {
    type: word(envelope.Type) ?? 'notification',
    message: jsonIn(envelope.Message) ?? envelope.Message, timestamp: envelope.Timestamp, attributes: attributesOf(envelope.MessageAttributes),
    subscribeUrl: firstText(envelope.SubscribeURL, envelope.SubscribeUrl), path,
    ...(said !== undefined && { said }), ...(subject !== undefined && { subject }), ...(topicArn !== undefined && { topicArn }),
  };
}

function attributesOf(value: unknown): Fields {
  return Object.fromEntries(Object.entries(fields(value))
    .filter(([, one]) => word(fields(one).Type) !== 'binary')
    .map(([name, one]) => [name, fields(one).Value ?? one]));
}
