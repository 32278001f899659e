import { SignJWT, exportJWK, generateKeyPair, type JWTPayload, type KeyLike } from 'jose';
import type { GoogleCloudConfig } from './config.js';
import { GOOGLE_KEYS, pushToken } from './push-token.js';

const now = new Date('2026-04-07T03:12:09.000Z');
const seconds = Math.floor(now.getTime() / 1000);
const audience = 'https://ingest.example.org/api/integrations/google-cloud-monitoring';
const email = 'push@shop-prod.iam.gserviceaccount.com';
const config: GoogleCloudConfig = { audience, serviceAccountEmail: email };
let google: KeyLike;
let stranger: KeyLike;
let published: string;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  google = pair.privateKey;
  stranger = (await generateKeyPair('RS256')).privateKey;
  published = JSON.stringify({ keys: [{ ...await exportJWK(pair.publicKey), kid: 'k1', alg: 'RS256', use: 'sig' }] });
});

const good: JWTPayload = {
  iss: 'https://accounts.google.com', aud: audience, azp: '1', email,
  email_verified: true, iat: seconds - 60, exp: seconds + 3_000, sub: '1',
};

function token(claims: JWTPayload = good, key = google, kid = 'k1'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(key);
}

function check(authorization: string | undefined, asked: GoogleCloudConfig | undefined = config) {
  return pushToken.check(
    { body: {}, headers: authorization === undefined ? {} : { authorization }, config: asked, now },
    (url) => (url === GOOGLE_KEYS ? Promise.resolve(published) : Promise.reject(new Error(url))),
  );
}

test("Google's token for the audience and the account is valid", async () => {
  expect(await check(`Bearer ${await token()}`)).toBe('valid');
  expect(await check(`bearer ${await token({ ...good, iss: 'accounts.google.com' })}`)).toBe('valid');
});

test.each<[string, JWTPayload]>([
  ['of another audience', { ...good, aud: 'https://example.org' }],
  ['without an audience', { ...good, aud: undefined }],
  ['of another account', { ...good, email: 'x@example.org' }],
  ['without an account', { ...good, email: undefined }],
  ['of an account that is not verified', { ...good, email_verified: false }],
  ['whose verification is a text', { ...good, email_verified: 'true' }],
  ['that has expired', { ...good, exp: seconds - 61 }],
  ['that never expires', { ...good, exp: undefined }],
  ['that is not valid yet', { ...good, nbf: seconds + 3_600 }],
  ['of another issuer', { ...good, iss: 'https://example.org' }],
])('a token %s is invalid', async (_name, claims) => {
  expect(await check(`Bearer ${await token(claims)}`)).toBe('invalid');
});

test('a token that Google has not signed is invalid, whatever it claims', async () => {
  const [head, claims, signature] = (await token()).split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const hmac = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(Buffer.from(published));
  for (const forged of [
    await token(good, stranger), await token(good, stranger, 'k2'),
    `${head}.${claims}x.${signature}`, `${none}.${claims}.${signature}`, hmac, 'eyJ9.e30.x',
  ]) {
    expect(await check(`Bearer ${forged}`)).toBe('invalid');
  }
});

test.each([undefined, 'Basic YTpi', 'Bearer 0123456789abcdef0123456789abcdef', 'Bearer'])('%s carries no token', async (authorization) => {
  expect(await check(authorization)).toBe('missing');
});

test('keys that cannot be had, or that are none, make the sender come again', async () => {
  const input = { body: {}, headers: { authorization: `Bearer ${await token()}` }, config, now };
  await expect(pushToken.check(input, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  for (const answer of ['<html>', '{}', '{"keys":[]}', '{"keys":[null]}']) {
    await expect(pushToken.check(input, () => Promise.resolve(answer))).rejects.toThrow('no keys');
  }
});

test('what is configured is required; only audience and account together speak alone', async () => {
  const configs: (GoogleCloudConfig | undefined)[] = [undefined, {}, { audience }, { serviceAccountEmail: email }, config];
  expect(configs.map((one) => pushToken.required(one))).toEqual([false, false, true, true, true]);
  expect(configs.map((one) => pushToken.identifies(one))).toEqual([false, false, false, false, true]);
  expect(await check(`Bearer ${await token({ ...good, email: 'x@example.org' })}`, { audience })).toBe('valid');
  expect(await check(`Bearer ${await token({ ...good, aud: 'https://example.org' })}`, { serviceAccountEmail: email.toUpperCase() })).toBe('valid');
});
