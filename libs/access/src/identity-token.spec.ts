import { SignJWT } from 'jose';
import { createPrivateKey } from 'node:crypto';
import type { Identity } from './authorisation.js';
import { createIdentitySigner, createIdentityVerifier, type IdentityTokenError, newIdentityKeys, pemFromEnv } from './identity-token.js';

const identity: Identity = {
  tenantId: '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e5f', subject: { type: 'user', id: 'u1', name: 'Ada' }, role: 'editor',
  scopes: [], platform: true, ip: '192.0.2.7', requestId: 'r1',
};
type Keys = ReturnType<typeof newIdentityKeys>;
const signerOf = ({ privateKey }: Keys) => createIdentitySigner(pemFromEnv(privateKey));
const verifierOf = ({ publicKey }: Keys) => createIdentityVerifier(pemFromEnv(publicKey));
const keys = newIdentityKeys();
const signer = signerOf(keys);
const reason = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'accepted', (error: IdentityTokenError) => error.reason);

afterEach(() => void jest.useRealTimers());

describe('an identity token', () => {
  it('brings the identity over, whole and unchangeable', async () => {
    const verifier = verifierOf(keys);
    const seen = await verifier.verify(await signer.sign(identity, 'incidents'), 'incidents');
    expect(seen).toEqual(identity);
    expect(() => ((seen as { role: string }).role = 'admin')).toThrow(TypeError);
  });

  it('is for one service only, also when another service of the process knows it already', async () => {
    const verifier = verifierOf(keys);
    const token = await signer.sign(identity, 'incidents');
    await verifier.verify(token, 'incidents');
    expect(await reason(verifier.verify(token, 'delivery'))).toBe('wrong_audience');
  });

  it('ends after its lifetime (and five seconds for clocks that differ), remembered or not', async () => {
    jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const remembering = verifierOf(keys);
    const token = await signer.sign(identity, 'incidents', 30);
    jest.setSystemTime(new Date('2026-01-01T00:00:34Z'));
    expect(await reason(remembering.verify(token, 'incidents'))).toBe('accepted');
    jest.setSystemTime(new Date('2026-01-01T00:00:36Z'));
    expect(await reason(remembering.verify(token, 'incidents'))).toBe('expired');
    expect(await reason(verifierOf(keys).verify(token, 'incidents'))).toBe('expired');
  });

  it('is refused when another key signed it, or its content was changed', async () => {
    const verifier = verifierOf(keys);
    const foreign = await signerOf(newIdentityKeys()).sign(identity, 'incidents');
    expect(await reason(verifier.verify(foreign, 'incidents'))).toBe('forged');

    const [head, body, signature] = (await signer.sign(identity, 'incidents')).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { identity: { role: string } };
    claims.identity.role = 'admin';
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await reason(verifier.verify(`${head}.${changed}.${signature}`, 'incidents'))).toBe('forged');
  });

  it.each(['', 'x', 'a.b.c', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`])('is refused when it is %p', async (token) => {
    expect(await reason(verifierOf(keys).verify(token, 'incidents'))).not.toBe('accepted');
  });

  it('is refused when it says no complete identity, although the signature holds', async () => {
    const token = await new SignJWT({ identity: { tenantId: 't', role: 'king', scopes: [], subject: identity.subject } })
      .setProtectedHeader({
        alg: 'EdDSA',
        kid: (JSON.parse(Buffer.from((await signer.sign(identity, 'x')).split('.')[0]!, 'base64url').toString()) as { kid: string }).kid,
      })
      .setIssuer('signalbox').setAudience('incidents').setExpirationTime('1m').sign(createPrivateKey(pemFromEnv(keys.privateKey)));
    expect(await reason(verifierOf(keys).verify(token, 'incidents'))).toBe('malformed');
  });

  it('goes on being accepted while the front door changes its key', async () => {
    const next = newIdentityKeys();
    const verifier = createIdentityVerifier(pemFromEnv(keys.publicKey) + pemFromEnv(next.publicKey));
    for (const pair of [keys, next]) {
      expect(await verifier.verify(await signerOf(pair).sign(identity, 'ops'), 'ops')).toEqual(identity);
    }
  });

  it('is remembered: a second look gives the very same object', async () => {
    const verifier = verifierOf(keys);
    const token = await signer.sign(identity, 'incidents');
    expect(await verifier.verify(token, 'incidents')).toBe(await verifier.verify(token, 'incidents'));
  });

  it('keeps at most 2,000 remembered, and forgets the longest unused first', async () => {
    const verifier = verifierOf(keys);
    const kept = await signer.sign(identity, 'incidents');
    const idle = await signer.sign({ ...identity, requestId: 'idle' }, 'incidents');
    const [keptFirst, idleFirst] = [await verifier.verify(kept, 'incidents'), await verifier.verify(idle, 'incidents')];
    for (let n = 0; n < 1999; n += 1) {
      await verifier.verify(await signer.sign({ ...identity, requestId: String(n) }, 'incidents'), 'incidents');
      if (n === 0) await verifier.verify(kept, 'incidents');
    }
    expect(await verifier.verify(kept, 'incidents')).toBe(keptFirst);
    expect(await verifier.verify(idle, 'incidents')).not.toBe(idleFirst);
  });

  it.each([
    '', 'not base64 of a PEM', Buffer.from('hunter2').toString('base64'),
  ])('tells how to write a key that cannot be read (%#), without repeating it', (value) => {
    expect(() => pemFromEnv(value)).toThrow('base64 of a PEM');
    expect(() => pemFromEnv(value)).not.toThrow('hunter2');
  });
});
