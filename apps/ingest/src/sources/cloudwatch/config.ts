import { Type, type Static } from '@sinclair/typebox';

/** What an operator may set for a topic's deliveries and for alarms. */
export const CloudWatchConfig = Type.Object({
  topicArns: Type.Optional(Type.Array(
    Type.String({
      pattern: '^arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,256}(?:\\.fifo)?$',
      problem: 'must be the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:alarms',
    }),
    {
      title: 'Topics',
      description: 'Only these SNS topics may send, and every message must carry a valid signature of theirs; the key is then not needed',
      maxItems: 100,
    },
  )),
  requireSignature: Type.Optional(Type.Boolean({ title: 'Require the signature', description: 'Refuse whatever SNS has not signed, even with the right key' })),
  insufficientData: Type.Optional(Type.Union([Type.Literal('trigger'), Type.Literal('resolve'), Type.Literal('ignore')], {
    title: 'Insufficient data', description: 'What an alarm without data does: trigger (a warning; the default), resolve or ignore',
    problem: 'must be trigger, resolve or ignore',
  })),
}, { additionalProperties: false });

export type CloudWatchConfig = Static<typeof CloudWatchConfig>;
