import { createSign } from 'node:crypto';
import { certifiedKey } from '@signalbox/testing';
import type { CloudWatchConfig } from './config.js';
import { isConfirmAddress, snsSignature } from './sns-signature.js';

const topic = 'arn:aws:sns:eu-central-1:210987654321:ops-alarms';
const certificateUrl = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';
const now = new Date();
const sns = certifiedKey('sns.amazonaws.com');

type Message = Record<string, unknown>;

/** As SNS signs: docs.aws.amazon.com, "Verifying the signatures of Amazon SNS messages". */
function signed(message: Message, names: readonly string[], version = '2', key = sns): Message {
  const text = names.filter((name) => message[name] !== undefined).map((name) => `${name}\n${String(message[name])}\n`).join('');
  const Signature = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256').update(text).sign(key.privateKey, 'base64');
  return { ...message, SignatureVersion: version, Signature, SigningCertURL: certificateUrl };
}

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const plain: Message = {
  Type: 'Notification', MessageId: 'm-1', TopicArn: topic, Subject: 'ALARM',
  Message: '{"AlarmName":"a ☠"}', Timestamp: now.toISOString(),
};
const asking: Message = {
  Type: 'SubscriptionConfirmation', MessageId: 'm-2', TopicArn: topic, Token: 't', Message: 'confirm',
  SubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t',
  Timestamp: now.toISOString(),
};

function checked(body: unknown, options: { config?: CloudWatchConfig; at?: Date; pem?: string } = {}) {
  const asked: string[] = [];
  const get = (url: string): Promise<string> => {
    asked.push(url);
    return Promise.resolve(options.pem ?? sns.certificate);
  };
  return snsSignature.check({ body, headers: {}, config: options.config, now: options.at ?? now }, get).then((verdict) => ({ verdict, asked }));
}

test.each(['1', '2'])("what SNS has signed with version %s is valid, with a subject and without, and so is what it asks", async (version) => {
  const { Subject: _none, ...bare } = plain;
  for (const body of [
    signed(plain, NOTIFICATION, version),
    signed(bare, NOTIFICATION, version),
    { ...signed(bare, NOTIFICATION, version), Subject: null },
    signed(asking, CONFIRMATION, version),
    signed({ ...asking, Type: 'UnsubscribeConfirmation' }, CONFIRMATION, version),
  ]) {
    expect(await checked(body)).toEqual({ verdict: 'valid', asked: [certificateUrl] });
  }
});

test('a byte more or less of anything signed is invalid', async () => {
  const body = signed(plain, NOTIFICATION);
  for (const name of NOTIFICATION.filter((one) => one !== 'Type' && one !== 'Timestamp')) {
    expect((await checked({ ...body, [name]: `${String(body[name])} ` })).verdict).toBe('invalid');
  }
  expect((await checked({ ...body, Timestamp: new Date(now.getTime() + 1_000).toISOString() })).verdict).toBe('invalid');
  expect((await checked({ ...body, SignatureVersion: '1' })).verdict).toBe('invalid');
  expect((await checked(signed(plain, NOTIFICATION, '2', certifiedKey('sns.amazonaws.com')))).verdict).toBe('invalid');
});

test.each([
  'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem',
  'https://sns.eu-central-1.amazonaws.com.example.org/SimpleNotificationService-0a.pem',
  'https://example.org/SimpleNotificationService-0a.pem',
  'https://sns.eu-central-1.amazonaws.com/mine/SimpleNotificationService-0a.pem',
  'https://sns.eu-central-1.amazonaws.com:444/SimpleNotificationService-0a.pem',
  'https://user@sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem',
  'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem?x', 'https://sns.eu-central-1.amazonaws.com/other.pem',
  'https://s3.amazonaws.com/SimpleNotificationService-0a.pem', 'https://evil.sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a.pem', 'nonsense',
])('nothing is asked for at %s', async (url) => {
  expect(await checked({ ...signed(plain, NOTIFICATION), SigningCertURL: url })).toEqual({ verdict: 'invalid', asked: [] });
});

test("China's SNS is at home in China", async () => {
  const url = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0a.pem';
  expect(await checked({ ...signed(plain, NOTIFICATION), SigningCertURL: url })).toEqual({ verdict: 'valid', asked: [url] });
});

test.each([
  ["another's", certifiedKey('sns.example.org')], ['an expired', certifiedKey('sns.amazonaws.com', { endsAt: new Date(now.getTime() - 60_000) })],
  ['one that is not valid yet', certifiedKey('sns.amazonaws.com', { startsAt: new Date(now.getTime() + 60_000) })],
  ["an authority's", certifiedKey('sns.amazonaws.com', { isAuthority: true })],
  ['a weak', certifiedKey('sns.amazonaws.com', { modulusLength: 1024 })],
])('%s certificate proves nothing, though the signature fits it', async (_name, key) => {
  expect((await checked(signed(plain, NOTIFICATION, '2', key), { pem: key.certificate })).verdict).toBe('invalid');
});

test('what is no certificate is no proof; a certificate that cannot be had rejects', async () => {
  expect((await checked(signed(plain, NOTIFICATION), { pem: '<html>' })).verdict).toBe('invalid');
  await expect(snsSignature.check({ body: signed(plain, NOTIFICATION), headers: {}, config: {}, now }, () =>
    Promise.reject(new Error('away')))).rejects.toThrow('away');
});

test('a message of the day before yesterday is no proof any more', async () => {
  const body = signed(plain, NOTIFICATION);
  expect((await checked(body, { at: new Date(now.getTime() + 23 * 3_600_000), pem: sns.certificate })).verdict).toBe('valid');
  expect(await checked(body, { at: new Date(now.getTime() + 25 * 3_600_000) })).toEqual({ verdict: 'invalid', asked: [] });
});

test('only an allowed topic speaks', async () => {
  const body = signed(plain, NOTIFICATION);
  expect((await checked(body, { config: { topicArns: [topic] } })).verdict).toBe('valid');
  expect(await checked(body, { config: { topicArns: [`${topic}-2`] } })).toEqual({ verdict: 'invalid', asked: [] });
});

test.each([[{}], ['a text'], [null], [[]], [plain], [{ ...plain, Signature: 'x' }]])('%j carries no proof', async (body) => {
  expect(await checked(body)).toEqual({ verdict: 'missing', asked: [] });
});

test('topics make the proof required and let it speak alone; a signature of any topic never speaks alone', () => {
  const configs: (CloudWatchConfig | undefined)[] = [undefined, {}, { topicArns: [] }, { requireSignature: true }, { topicArns: [topic] }];
  expect(configs.map((config) => snsSignature.required(config))).toEqual([false, false, false, true, true]);
  expect(configs.map((config) => snsSignature.identifies(config))).toEqual([false, false, false, false, true]);
});

test("only SNS' own confirmation may be visited", () => {
  expect(isConfirmAddress('https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y')).toBe(true);
  for (const bad of [
    'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
    'http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription', 'https://169.254.169.254/?Action=ConfirmSubscription',
    'https://sns.amazonaws.com.evil.org/?Action=ConfirmSubscription', '',
  ]) {
    expect(isConfirmAddress(bad)).toBe(false);
  }
});
