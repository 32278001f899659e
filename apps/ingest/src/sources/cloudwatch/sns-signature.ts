import { X509Certificate, createVerify } from 'node:crypto';
import type { Proof, ProofVerdict } from '../contract.js';
import { fields, firstText, instant, text, type Fields } from '../reading.js';
import type { CloudWatchConfig } from './config.js';

/** SNS at home: `sns.<region>.amazonaws.com`, in China `….amazonaws.com.cn`. */
const SNS_HOST = /^sns\.[a-z]{2,3}(?:-[a-z]+){1,3}-\d{1,2}\.amazonaws\.com(?:\.cn)?$/;
const CERTIFICATE = /^\/SimpleNotificationService-[A-Za-z0-9_-]{1,128}\.pem$/;
/** As AWS' own validators expect it (aws-sdk-java-v2, sns-message-manager): by region, in some `sns-signing`. */
const CERTIFICATE_NAME = /(?:^|\n)CN=sns(?:-signing)?(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?(?:\n|$)/;
const LEAST_KEY_BITS = 2048;

/** Longer than SNS ever tries (an hour for HTTPS endpoints) and than our own clocks differ; a recorded message does not speak for ever. */
const MESSAGE_AGE_MS = 24 * 60 * 60_000;

const HASHES: Readonly<Record<string, string>> = { 1: 'RSA-SHA1', 2: 'RSA-SHA256' };

/**
 * SNS' signature in the body: docs.aws.amazon.com, SNS, "Verifying the signatures of Amazon SNS messages". What makes the certificate trustworthy is
 * where it comes from: it is asked for over verified https, at SNS' own host only.
 */
export const snsSignature: Proof<CloudWatchConfig | undefined> = {
  async check({ body, config, now }, get): Promise<ProofVerdict> {
    const message = fields(body);
    const signature = text(message.Signature);
    const address = firstText(message.SigningCertURL, message.SigningCertUrl);
    if (signature === undefined || address === undefined) return 'missing';
    const allowed = config?.topicArns ?? [];
    if (allowed.length > 0 && !allowed.includes(text(message.TopicArn) ?? '')) return 'invalid';
    const signed = canonical(message);
    const hash = HASHES[text(message.SignatureVersion) ?? '1'];
    // Nothing is asked for on behalf of what could not be valid anyway.
    if (signed === undefined || hash === undefined || !isRecent(message.Timestamp, now) || !isCertificateAddress(address)) return 'invalid';
    return fits(await get(address), now, hash, signed, signature) ? 'valid' : 'invalid';
  },
  required: (config) => config?.requireSignature === true || (config?.topicArns ?? []).length > 0,
  identifies: (config) => (config?.topicArns ?? []).length > 0,
};

/** Whether a SubscribeURL leads to SNS itself, and there to the confirmation alone. */
export function isConfirmAddress(address: string): boolean {
  const url = atSns(address);
  return url !== undefined && url.searchParams.get('Action') === 'ConfirmSubscription';
}

function isCertificateAddress(address: string): boolean {
  const url = atSns(address);
  return url !== undefined && url.search === '' && CERTIFICATE.test(url.pathname);
}

function atSns(address: string): URL | undefined {
  if (address.length > 4096 || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '' && SNS_HOST.test(url.hostname) ? url : undefined;
}

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: NOTIFICATION, SubscriptionConfirmation: CONFIRMATION,
  UnsubscribeConfirmation: CONFIRMATION,
};

/** The names and values that SNS signs, each on a line of its own; only the subject may be missing. */
function canonical(message: Fields): string | undefined {
  const names = typeof message.Type === 'string' && Object.hasOwn(SIGNED, message.Type) ? SIGNED[message.Type]! : [];
  const pairs = names.filter((name) => name !== 'Subject' || typeof message.Subject === 'string').map((name) => [name, message[name]] as const);
  return pairs.length > 0 && pairs.every(([, value]) => typeof value === 'string')
    ? pairs.map(([name, value]) => `${name}\n${value as string}\n`).join('')
    : undefined;
}

function isRecent(timestamp: unknown, now: Date): boolean {
  const at = instant(timestamp);
  return at !== undefined && Math.abs(now.getTime() - Date.parse(at)) <= MESSAGE_AGE_MS;
}

function fits(pem: string, now: Date, hash: string, signed: string, signature: string): boolean {
  try {
    const certificate = new X509Certificate(pem);
    const key = certificate.publicKey;
    const isSound = CERTIFICATE_NAME.test(certificate.subject)
      && Date.parse(certificate.validFrom) <= now.getTime()
      && now.getTime() <= Date.parse(certificate.validTo)
      && !certificate.ca && key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_KEY_BITS;
    return isSound && createVerify(hash).update(signed).verify(key, signature, 'base64');
  } catch {
    return false;
  }
}
