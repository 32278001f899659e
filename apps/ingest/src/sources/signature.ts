import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Headers } from './contract.js';
import { fields, own, text } from './reading.js';

/** How a sender proves that it knows the secret: data, so that another vendor is one line in `SIGNATURES`. */
export interface SignatureScheme {
  /** Where the proof stands; in lower case. Of a scheme with a `bodyField` only what a refusal calls it. */
  readonly header: string;
  /** The field of a JSON body that holds the proof, where no header does. */
  readonly bodyField?: string;
  /** `token`: the header is the secret itself. `hmac`: the header is an HMAC of the raw body, or of what `signed` says. */
  readonly proof: 'token' | 'hmac';
  /** `url-and-form`: the address as its sender has it, then every form key with its value, sorted by key (Twilio's way, which Splunk On-Call took over). */
  readonly signed?: 'body' | 'url-and-form';
  readonly hash?: 'sha256' | 'sha1';
  readonly encoding?: 'hex' | 'base64';
  /** What stands before the digest. */
  readonly prefix?: string;
  /** Whether a digest without the prefix will do. */
  readonly prefixOptional?: boolean;
  /** Between several signatures in one header: any of them will do. */
  readonly separator?: ',' | ' ';
  /** What is signed before the body; `{name}` stands for the value of that header, which must then be there. */
  readonly before?: string;
  /** The header with the time of sending in seconds since 1970, at most five minutes away from now. */
  readonly timestampHeader?: string;
  /** The secret is base64, with or without `whsec_` before it (Standard Webhooks); as plain text it works too. */
  readonly base64Secret?: boolean;
}

export interface SignedRequest {
  /** The whole address as the sender has it. */
  readonly url: string;
  readonly headers: Headers;
  readonly rawBody: Buffer;
  readonly now: Date;
}

const TIMESTAMP_TOLERANCE_MS = 5 * 60_000;

const PREFIXED_HEX = { proof: 'hmac', prefix: 'sha256=', prefixOptional: true } as const;

/** The schemes that vendors document, by the header of each vendor's own page. */
export const SIGNATURES = {
  /** docs.github.com, "Validating webhook deliveries". */
  github: { header: 'x-hub-signature-256', proof: 'hmac', prefix: 'sha256=' },
  /** support.atlassian.com, "Manage webhooks". */
  bitbucket: { header: 'x-hub-signature', proof: 'hmac', prefix: 'sha256=' },
  /** docs.gitlab.com, "Webhooks": the secret token as it is. */
  gitlab: { header: 'x-gitlab-token', proof: 'token' },
  /** docs.sentry.io, "Webhooks". */
  sentry: { header: 'sentry-hook-signature', proof: 'hmac' },
  grafana: { header: 'x-grafana-signature', proof: 'hmac' },
  /** grafana.com, "Configure the webhook notifier", with its default header names. */
  grafanaAlerting: { header: 'x-grafana-alerting-signature', proof: 'hmac' },
  /** The same with a timestamp header, which has no default name: this is the one that our README asks for. */
  grafanaAlertingTimed: {
    header: 'x-grafana-alerting-signature', proof: 'hmac', before: '{x-grafana-alerting-timestamp}:', timestampHeader: 'x-grafana-alerting-timestamp',
  },
  /** help.splunk.com, "Send alert notifications to a webhook". */
  splunkObservability: { header: 'x-sfx-signature', proof: 'hmac', encoding: 'base64' },
  /** help.victorops.com, "Outgoing webhooks" of Splunk On-Call. */
  splunkOnCall: { header: 'x-victorops-signature', proof: 'hmac', hash: 'sha1', encoding: 'base64', signed: 'url-and-form' },
  /** developer.pagerduty.com, "Verifying webhook signatures". */
  pagerduty: { header: 'x-pagerduty-signature', proof: 'hmac', prefix: 'v1=', separator: ',' },
  /** vercel.com/docs, "Webhooks API reference", securing webhooks. */
  vercel: { header: 'x-vercel-signature', proof: 'hmac', hash: 'sha1' },
  /** docs.honeycomb.io, "Webhooks". */
  honeycomb: { header: 'x-honeycomb-webhook-token', proof: 'token' },
  /** api.slack.com, "Verifying requests from Slack". */
  slack: {
    header: 'x-slack-signature', proof: 'hmac', prefix: 'v0=', before: 'v0:{x-slack-request-timestamp}:', timestampHeader: 'x-slack-request-timestamp',
  },
  /** standardwebhooks.com, version 1 with a shared secret. */
  standardWebhooks: {
    header: 'webhook-signature', proof: 'hmac', encoding: 'base64', prefix: 'v1,', separator: ' ',
    before: '{webhook-id}.{webhook-timestamp}.', timestampHeader: 'webhook-timestamp', base64Secret: true,
  },
  generic: { header: 'x-signature', ...PREFIXED_HEX },
  genericWebhook: { header: 'x-webhook-signature', ...PREFIXED_HEX },
} as const satisfies Readonly<Record<string, SignatureScheme>>;

/** What every source takes beside its own scheme. */
export const GENERIC_SIGNATURES: readonly SignatureScheme[] = [SIGNATURES.generic, SIGNATURES.genericWebhook, SIGNATURES.standardWebhooks];

/**
 * `valid` when any scheme's proof fits any of the secrets, `missing` when no scheme's header is there, else `invalid`.
 * Compares in constant time, and tries every secret whatever the first one says.
 */
export function verifySignature(schemes: readonly SignatureScheme[], request: SignedRequest, secrets: readonly string[]): 'valid' | 'missing' | 'invalid' {
  const present = schemes.filter((scheme) => shownProof(scheme, request) !== '');
  if (present.length === 0) return 'missing';
  const live = secrets.filter((secret) => secret !== '');
  return present.map((scheme) => proves(scheme, request, live)).includes(true) ? 'valid' : 'invalid';
}

function proves(scheme: SignatureScheme, request: SignedRequest, secrets: readonly string[]): boolean {
  const shown = shownProof(scheme, request);
  if (scheme.proof === 'token') return secrets.map((secret) => timingSafeEqual(sha256(shown), sha256(secret))).includes(true);
  const before = signedBefore(scheme, request.headers);
  if (before === undefined || !isRecent(scheme, request)) return false;
  const digests = shownDigests(scheme, shown);
  const signed = scheme.signed === 'url-and-form' ? urlAndForm(request) : request.rawBody;
  return secrets.flatMap((secret) => keysOf(scheme, secret)).flatMap((key) => {
    const expected = createHmac(scheme.hash ?? 'sha256', key).update(before).update(signed).digest();
    return digests.map((digest) => digest.length === expected.length && timingSafeEqual(digest, expected));
  }).includes(true);
}

function shownProof({ header, bodyField }: SignatureScheme, { headers, rawBody }: SignedRequest): string {
  if (bodyField === undefined) return headers[header] ?? '';
  try {
    return text(own(fields(JSON.parse(rawBody.toString('utf8'))), bodyField)) ?? '';
  } catch {
    return '';
  }
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/** The text before the body in what was signed; undefined when a header of it is missing. */
function signedBefore({ before = '' }: SignatureScheme, headers: Headers): string | undefined {
  let complete = true;
  const filled = before.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = headers[name];
    if (value === undefined || value === '') complete = false;
    return value ?? '';
  });
  return complete ? filled : undefined;
}

function urlAndForm({ url, rawBody }: SignedRequest): string {
  const entries = [...new URLSearchParams(rawBody.toString('utf8'))].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return url + entries.map(([key, value]) => key + value).join('');
}

function isRecent({ timestampHeader }: SignatureScheme, { headers, now }: SignedRequest): boolean {
  if (timestampHeader === undefined) return true;
  const seconds = headers[timestampHeader] ?? '';
  return /^\d{1,12}$/.test(seconds) && Math.abs(now.getTime() - Number(seconds) * 1000) <= TIMESTAMP_TOLERANCE_MS;
}

function shownDigests({ prefix = '', prefixOptional = false, separator, encoding = 'hex' }: SignatureScheme, shown: string): Buffer[] {
  const parts = separator === undefined ? [shown] : shown.split(separator);
  return parts.flatMap((part) => {
    const trimmed = part.trim();
    const prefixed = trimmed.startsWith(prefix);
    if (!prefixed && !prefixOptional) return [];
    const digest = prefixed ? trimmed.slice(prefix.length) : trimmed;
    return (encoding === 'hex' ? /^(?:[0-9a-f]{2})+$/i : BASE64).test(digest) ? [Buffer.from(digest, encoding)] : [];
  });
}

const BASE64 = /^[0-9a-z+/]+={0,2}$/i;
const STANDARD_PREFIX = 'whsec_';

function keysOf({ base64Secret = false }: SignatureScheme, secret: string): Buffer[] {
  const plain = Buffer.from(secret);
  if (!base64Secret) return [plain];
  const encoded = secret.startsWith(STANDARD_PREFIX) ? secret.slice(STANDARD_PREFIX.length) : secret;
  return BASE64.test(encoded) ? [Buffer.from(encoded, 'base64'), plain] : [plain];
}
