import { MASK, maskConfig, mergeConfig, replaceConfig, validateConfig } from './config.js';
import { email } from './email/email.js';
import { redactor } from './redaction.js';
import { slack } from './slack/slack.js';
import { webhook } from './webhook/webhook.js';

const strict = { httpsOnly: true };
const url = 'https://hooks.example.com/in';
const faults = (input: object, policy = strict) => {
  const result = validateConfig(webhook, input, policy);
  return result.ok ? [] : result.errors;
};

describe('validating', () => {
  test('fills in defaults and leaves the input alone', () => {
    const input = { url };
    expect(validateConfig(webhook, input, strict)).toEqual({ ok: true, config: { url, signatureHeader: 'X-Signature' } });
    expect(input).toEqual({ url });
    expect(validateConfig(email, { host: 'smtp.example.com', from: 'a@example.com', to: ['b@example.com'] }, strict))
      .toMatchObject({ ok: true, config: { port: 587, security: 'starttls' } });
  });

  test('takes http only where the policy says so', () => {
    expect(faults({ url: 'http://10.0.0.7/in' })).toEqual([{ path: '/url', message: 'must begin with https://' }]);
    expect(faults({ url: 'http://10.0.0.7/in' }, { httpsOnly: false })).toEqual([]);
    expect(validateConfig(slack, { webhookUrl: 'http://hooks.slack.com/services/x' }, strict)).toMatchObject({ ok: false, errors: [{ path: '/webhookUrl' }] });
  });

  test.each(['ftp://example.com', 'javascript:alert(1)', 'hooks.example.com', 'https://', 'https://user:pass@example.com'])('refuses the address %s', (bad) => {
    expect(faults({ url: bad }, { httpsOnly: false })).toEqual([{ path: '/url', message: expect.any(String) }]);
  });

  test.each([
    ['a line break in a value', { 'X-A': 'a\r\nX-Evil: 1' }, '/headers/X-A'],
    ['a line break in a name', { 'X-A\r\nX-Evil': '1' }, '/headers/X-A\r\nX-Evil'],
    ['a header of the connection', { Host: 'internal' }, '/headers/Host'],
    ['the length', { 'Content-Length': '0' }, '/headers/Content-Length'],
    ['a signature of ours', { 'Webhook-Signature': 'v1,x' }, '/headers/Webhook-Signature'],
    ['the chosen signature header', { 'x-signature': 'x' }, '/headers/x-signature'],
    ['the same name twice', { 'X-A': '1', 'x-a': '2' }, '/headers/x-a'],
    ['a name that is none', { 'a b': '1' }, '/headers/a b'],
    ['a character that no header can carry', { 'X-A': '€' }, '/headers/X-A'],
    ['a slash in a name', { 'a/b': '1' }, '/headers/a~1b'],
  ])('refuses headers with %s', (_what, headers, path) => {
    expect(faults({ url, headers })).toEqual([{ path, message: expect.any(String) }]);
  });

  test('refuses secrets that cannot sign', () => {
    expect(faults({ url, secret: 'whsec_not base64!' })).toEqual([{ path: '/secret', message: 'must have base64 after whsec_' }]);
    expect(faults({ url, previousSecret: 'old' })).toEqual([{ path: '/previousSecret', message: 'needs a secret beside it' }]);
    expect(faults({ url, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', previousSecret: 'any text' })).toEqual([]);
    expect(faults({ url, secret: 's', signatureHeader: 'webhook-id' })).toEqual([{ path: '/signatureHeader', message: expect.any(String) }]);
  });

  test('refuses mail settings that would leak a password or reach nobody', () => {
    const mail = { host: 'smtp.example.com', from: 'a@example.com', to: ['b@example.com'] };
    const paths = (input: object) => {
      const result = validateConfig(email, { ...mail, ...input }, strict);
      return result.ok ? [] : result.errors.map(({ path }) => path);
    };
    expect(paths({ username: 'u', password: 'p', security: 'none' })).toEqual(['/security']);
    expect(paths({ username: 'u' })).toEqual(['/password']);
    expect(paths({ password: 'p' })).toEqual(['/username']);
    expect(paths({ to: [] })).toEqual(['/to']);
    expect(paths({ to: ['b@example.com', 'nobody', 'x@example.com\r\nBcc: y@example.com'] })).toEqual(['/to/1', '/to/2']);
    expect(paths({ from: 'A <a@example.com>, b@example.com' })).toEqual(['/from']);
    expect(paths({ host: 'smtp.example.com:25' })).toEqual(['/host']);
    expect(paths({ host: '::1', security: 'tls' })).toEqual([]);
    expect(paths({ security: 'ssl' })).toEqual(['/security']);
  });
});

describe('changing', () => {
  const old = { url, secret: 'old secret', signatureHeader: 'X-Signature', headers: { 'X-A': 'one', 'X-B': 'two' } };

  test('a PATCH changes what it names, removes what is null, and keeps masked secrets', () => {
    expect(mergeConfig(webhook, old, { url: 'https://b.example.com' })).toEqual({ ...old, url: 'https://b.example.com' });
    expect(mergeConfig(webhook, old, { secret: null })).toEqual({ url, signatureHeader: 'X-Signature', headers: old.headers });
    expect(mergeConfig(webhook, old, { secret: MASK, headers: { 'X-A': MASK, 'X-C': 'three' } }))
      .toEqual({ ...old, headers: { 'X-A': 'one', 'X-C': 'three' } });
  });

  test('a PUT keeps masked secrets and nothing else', () => {
    expect(replaceConfig(webhook, old, { url, secret: MASK })).toEqual({ url, secret: 'old secret' });
  });

  test('a mask with nothing behind it is no secret', () => {
    expect(mergeConfig(webhook, { url }, { secret: MASK, headers: { 'X-New': MASK } })).toEqual({ url, headers: {} });
  });

  test('the mask in a field that is no secret is only a text', () => {
    expect(mergeConfig(webhook, old, { signatureHeader: MASK })).toMatchObject({ signatureHeader: MASK });
    expect(faults({ url, signatureHeader: MASK })).toEqual([{ path: '/signatureHeader', message: expect.any(String) }]);
  });

  test('unknown fields pass on to validation, and are masked where they are shown', () => {
    expect(mergeConfig(webhook, old, { colour: 'red' })).toMatchObject({ colour: 'red' });
    expect(maskConfig(webhook, { ...old, apiToken: 'x' })).toMatchObject({ apiToken: MASK, secret: MASK, headers: { 'X-A': MASK, 'X-B': MASK }, url });
  });
});

describe('redacting', () => {
  test('takes out a secret in every form, and a webhook\'s path but not its host', () => {
    const redact = redactor(['https://hooks.slack.com/services/T0/B0/aVeryLongToken24Letters', 'p"w/d & more', 'Bearer abcdefghij']);
    expect(redact('POST https://hooks.slack.com/services/T0/B0/aVeryLongToken24Letters')).toBe(`POST https://hooks.slack.com/${MASK}`);
    expect(redact('no route /services/T0/B0/aVeryLongToken24Letters')).toBe(`no route ${MASK}`);
    expect(redact('token aVeryLongToken24Letters unknown')).toBe(`token ${MASK} unknown`);
    expect(redact(JSON.stringify({ password: 'p"w/d & more' }))).toBe(`{"password":"${MASK}"}`);
    expect(redact(`?p=${encodeURIComponent('p"w/d & more')}`)).toBe(`?p=${MASK}`);
    expect(redact(Buffer.from('p"w/d & more').toString('base64'))).toBe(MASK);
    expect(redact('abcdefghij is not allowed')).toBe(`${MASK} is not allowed`);
  });

  test('blots out no ordinary words', () => {
    const redact = redactor(['https://hooks.slack.com/services/T0/B0/aVeryLongToken24Letters', 'abc']);
    expect(redact('services abcdef')).toBe('services abcdef');
    expect(redact('abc')).toBe(MASK);
  });

  test('takes whatever a config may hold, half of a surrogate pair too', () => {
    expect(redactor(['half \ud83d of it'])('the half \ud83d of it')).toBe(`the ${MASK}`);
  });

  test('leaves text alone when there is nothing to hide', () => expect(redactor([])('text')).toBe('text'));
});
