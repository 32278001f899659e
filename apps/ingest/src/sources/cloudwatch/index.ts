import {
  JSON_TYPES, ignored as ignoredResult, together, type FieldError, type Rejected,
  type Source, type SourceEvent, type SourceInput, type SourceResult,
} from '../contract.js';
import { event } from '../event.js';
import { fields, isFields, text } from '../reading.js';
import { severityOf } from '../severity.js';
import { GENERIC_SIGNATURES } from '../signature.js';
import { byUsualNames } from '../webhook/by-usual-names.js';
import { alarmEvent, alarmMessage, isAlarmMessage } from './alarm.js';
import { awsEvent, detailType, isAwsEvent } from './aws-event.js';
import { CloudWatchConfig } from './config.js';
import { messagesIn, type Delivered } from './envelope.js';
import { KINDS, TEST_ALERT } from './kinds.js';
import { plainText } from './plain-text.js';
import { ignored, parseArn, type Reading } from './reading.js';
import { serviceMessage } from './service-message.js';
import { SEVERITIES } from './severities.js';
import { isConfirmAddress, snsSignature } from './sns-signature.js';

type Input = SourceInput<CloudWatchConfig | undefined>;

/** CloudWatch's alarms and whatever else AWS says through SNS (in its envelope or raw) or through EventBridge's API destinations. */
export const cloudwatch: Source<CloudWatchConfig | undefined, 'cloudwatch'> = {
  type: 'cloudwatch',
  displayName: 'AWS CloudWatch',
  methods: ['POST'],
  contentTypes: [...JSON_TYPES, 'text/plain'],
  config: CloudWatchConfig,
  severities: SEVERITIES,
  signature: GENERIC_SIGNATURES,
  proof: snsSignature,
  kinds: KINDS,
  testAlert: TEST_ALERT,
  // SNS, "Raw message delivery" and "HTTP/HTTPS notification JSON format": the same on every attempt. EventBridge: the event's own id.
  deliveryId: (headers, body) => text(headers['x-amz-sns-message-id']) ?? text(fields(body).MessageId) ?? (isAwsEvent(body) ? text(body.id) : undefined),
  parse(input) {
    const events: SourceEvent[] = [];
    const rejected: Rejected[] = [];
    let otherwise: SourceResult = ignoredResult('the body holds no message');
    for (const [index, delivered] of messagesIn(input.body, input.headers).entries()) {
      const reading = read(delivered, input);
      switch (reading.kind) {
        case 'ignored': otherwise = reading; break;
        case 'fault': rejected.push({ index, errors: [reading.error] }); break;
        case 'alerts':
          for (const { severityWord, ...draft } of reading.drafts) {
            events.push(event({ ...draft, client: 'AWS', severity: severityOf(severityWord, SEVERITIES, input.severities) }));
          }
          break;
        case 'events':
          events.push(...reading.events);
          rejected.push(...(reading.rejected ?? []).map(({ errors }) => ({ index, errors })));
      }
    }
    return together(events, rejected, otherwise);
  },
};

type AnyReading = Reading | Extract<SourceResult, { kind: 'events' }>;

function read(delivered: Delivered, input: Input): AnyReading {
  const { message, type } = delivered;
  const config = input.config ?? {};
  if (type === 'subscriptionconfirmation') return confirmation(delivered);
  if (type === 'unsubscribeconfirmation') return ignored(`the subscription to ${text(delivered.topicArn) ?? 'the topic'} has ended`);
  if (isAlarmMessage(message)) return alarmMessage(message, delivered, config);
  if (isFields(message)) {
    if (isFields(message.alarmData)) return alarmEvent(message, message.alarmData, delivered, config);
    if (isAwsEvent(message)) return isAlarmEvent(detailType(message)) ? alarmEvent(message, fields(message.detail), delivered, config) : awsEvent(message);
    return serviceMessage(message, delivered) ?? ownMessage(message, delivered, input);
  }
  const said = text(message);
  if (said !== undefined) return plainText(said, delivered);
  if (Array.isArray(message)) return ownMessage(message, delivered, input);
  return delivered.subject === undefined ? fault(delivered.path, 'holds neither a message nor a subject') : plainText(delivered.subject, delivered);
}

function isAlarmEvent(type: string | undefined): boolean {
  return type === 'cloudwatch alarm state change' || type === 'cloudwatch alarm contributor state change';
}

function fault(path: string, message: string): { kind: 'fault'; error: FieldError } {
  return { kind: 'fault', error: { path, message } };
}

/** The address is one of SNS itself, and visited only when the message's signature was valid. */
function confirmation({ topicArn, subscribeUrl }: Delivered): Reading {
  const reason = `SNS asks to confirm the subscription to ${(topicArn ?? 'a topic').slice(0, 512)}`;
  const confirm = text(subscribeUrl);
  return confirm === undefined || !isConfirmAddress(confirm)
    ? ignored(`${reason}, but its SubscribeURL does not lead to SNS`)
    : { kind: 'ignored', reason, confirm };
}

/** JSON that somebody has thought out himself: read by the usual names; without any of them it is a text, if SNS has sent it. */
function ownMessage(message: unknown, delivered: Delivered, input: Input): AnyReading {
  const found = isFields(message) && delivered.subject !== undefined ? { subject: delivered.subject, ...message } : message;
  const usual = byUsualNames(found, input, { namespace: 'cloudwatch', source: parseArn(delivered.topicArn)?.resource ?? 'aws', client: 'AWS' });
  if (usual !== undefined) return usual;
  if (delivered.topicArn === undefined && delivered.said === undefined) {
    return fault('AlarmName', "is missing, and the body is neither an event of EventBridge nor a message in SNS' envelope");
  }
  return plainText(delivered.said ?? input.rawBody.toString('utf8'), delivered);
}
