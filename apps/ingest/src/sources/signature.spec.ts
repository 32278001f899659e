import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { GENERIC_SIGNATURES, SIGNATURES, verifySignature, type SignatureScheme } from './signature.js';

const now = new Date('2026-03-02T08:00:00.000Z');
const seconds = String(now.getTime() / 1000);
const body = Buffer.from('{"text":"caf\u00e9 \\u0000 \ud83d\ude00"}');
const url = 'https://ingest.example/api/integrations/webhook?integrationId=7';
const secret = 'a shared secret';
const hmac = (encoding: 'hex' | 'base64', key: string, before = '', signed = body): string =>
  createHmac('sha256', key).update(before).update(signed).digest(encoding);

/** For every scheme: the headers that a sender with this secret would send. */
const SIGNED: Readonly<Record<keyof typeof SIGNATURES, (key: string) => Record<string, string>>> = {
  github: (key) => ({ 'x-hub-signature-256': `sha256=${hmac('hex', key)}` }),
  bitbucket: (key) => ({ 'x-hub-signature': `sha256=${hmac('hex', key)}` }),
  gitlab: (key) => ({ 'x-gitlab-token': key }),
  sentry: (key) => ({ 'sentry-hook-signature': hmac('hex', key) }),
  grafana: (key) => ({ 'x-grafana-signature': hmac('hex', key) }),
  grafanaAlerting: (key) => ({ 'x-grafana-alerting-signature': hmac('hex', key) }),
  grafanaAlertingTimed: (key) => ({ 'x-grafana-alerting-timestamp': seconds, 'x-grafana-alerting-signature': hmac('hex', key, `${seconds}:`) }),
  splunkObservability: (key) => ({ 'x-sfx-signature': hmac('base64', key) }),
  splunkOnCall: (key) => ({ 'x-victorops-signature': createHmac('sha1', key).update(url + '{"text":"caf\u00e9 \\u0000 \ud83d\ude00"}').digest('base64') }),
  pagerduty: (key) => ({ 'x-pagerduty-signature': `v1=${hmac('hex', 'an older secret')},v1=${hmac('hex', key)}` }),
  vercel: (key) => ({ 'x-vercel-signature': createHmac('sha1', key).update(body).digest('hex') }),
  honeycomb: (key) => ({ 'x-honeycomb-webhook-token': key }),
  slack: (key) => ({ 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hmac('hex', key, `v0:${seconds}:`)}` }),
  standardWebhooks: (key) => ({
    'webhook-id': 'msg_1', 'webhook-timestamp': seconds, 'webhook-signature': `v1,AAAA v1a,BBBB v1,${hmac('base64', key, `msg_1.${seconds}.`)}`,
  }),
  generic: (key) => ({ 'x-signature': `sha256=${hmac('hex', key)}` }),
  genericWebhook: (key) => ({ 'x-webhook-signature': hmac('hex', key).toUpperCase() }),
};

describe.each(Object.entries(SIGNATURES) as [keyof typeof SIGNATURES, SignatureScheme][])('%s', (name, scheme) => {
  const verify = (headers: Record<string, string | undefined>, secrets = [secret], rawBody = body, at = now) =>
    verifySignature([scheme], { url, headers, rawBody, now: at }, secrets);
  const signed = SIGNED[name](secret);

  test('knows its own signature, with the first or the second of two live secrets', () => {
    expect(verify(signed)).toBe('valid');
    expect(verify(signed, ['the new one', secret])).toBe('valid');
    expect(verify(signed, [secret, 'the old one'])).toBe('valid');
  });

  test('tells a missing signature from a wrong one', () => {
    expect(verify({})).toBe('missing');
    expect(verify({ ...signed, [scheme.header]: '' })).toBe('missing');
    expect(verify(SIGNED[name]('another secret'))).toBe('invalid');
    expect(verify(signed, [])).toBe('invalid');
  });

  test('an empty secret opens nothing', () => {
    expect(verify({ ...SIGNED[name](''), [scheme.header]: SIGNED[name]('')[scheme.header] || 'x' }, [''])).toBe('invalid');
  });

  test.each(['x', 'sha256=', 'v1=', 'v1,', 'v0=zz', '\u0000', 'ff', `sha256=${'0'.repeat(63)}`, '='.repeat(5000)])('%j is no signature', (shown) => {
    expect(verify({ ...signed, [scheme.header]: shown })).toBe('invalid');
  });

  if (scheme.proof === 'hmac') {
    test('one other byte in the body breaks it', () => {
      expect(verify(signed, [secret], Buffer.concat([body, Buffer.from(' ')]))).toBe('invalid');
    });
  }

  if (scheme.timestampHeader !== undefined) {
    test('is good for five minutes, either way', () => {
      const after = (ms: number) => new Date(now.getTime() + ms);
      expect(verify(signed, [secret], body, after(300_000))).toBe('valid');
      expect(verify(signed, [secret], body, after(-300_000))).toBe('valid');
      expect(verify(signed, [secret], body, after(300_001))).toBe('invalid');
      expect(verify(signed, [secret], body, after(-301_000))).toBe('invalid');
      expect(verify({ ...signed, [scheme.timestampHeader!]: 'now' })).toBe('invalid');
      expect(verify({ ...signed, [scheme.timestampHeader!]: undefined })).toBe('invalid');
    });
  }
});

test('GitHub needs its prefix, the generic header does not', () => {
  const request = (header: string) => ({ headers: { [header]: hmac('hex', secret) }, rawBody: body, now, url });
  expect(verifySignature([SIGNATURES.github], request('x-hub-signature-256'), [secret])).toBe('invalid');
  expect(verifySignature([SIGNATURES.generic], request('x-signature'), [secret])).toBe('valid');
});

test('any of the schemes of a source will do, and a wrong one beside it does no harm', () => {
  const headers = { 'x-signature': 'sha256=00', ...SIGNED.genericWebhook(secret) };
  expect(verifySignature(GENERIC_SIGNATURES, { url, headers, rawBody: body, now }, [secret])).toBe('valid');
});

test("takes what the Standard Webhooks library signs, with its secret's prefix and without", () => {
  const encoded = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');
  const headers = { 'webhook-id': 'msg_2', 'webhook-timestamp': seconds, 'webhook-signature': new Webhook(encoded).sign('msg_2', now, body.toString()) };
  for (const stored of [encoded, `whsec_${encoded}`]) {
    expect(verifySignature([SIGNATURES.standardWebhooks], { url, headers, rawBody: body, now }, [stored])).toBe('valid');
  }
  const another = { headers: { ...headers, 'webhook-id': 'msg_3' }, rawBody: body, url, now };
  expect(verifySignature([SIGNATURES.standardWebhooks], another, [encoded])).toBe('invalid');
});

test('Splunk On-Call signs its address and the sorted fields of its form', () => {
  const signature = createHmac('sha1', secret).update(`${url}alertalert_1STATEACKED user`).digest('base64');
  const request = { url, headers: { 'x-victorops-signature': signature }, rawBody: Buffer.from('STATE=ACKED+user&alert=alert_1'), now };
  expect(verifySignature([SIGNATURES.splunkOnCall], request, [secret])).toBe('invalid');
  const sorted = createHmac('sha1', secret).update(`${url}STATEACKED useralertalert_1`).digest('base64');
  expect(verifySignature([SIGNATURES.splunkOnCall], { ...request, headers: { 'x-victorops-signature': sorted } }, [secret])).toBe('valid');
});
