import { SignJWT } from 'jose';
import { createPrivateKey } from 'node:crypto';
import type { Identity } from './authorisation.js';
import { IdentitySigner, IdentityTokenError, IdentityVerifier, newIdentityKeys } from './identity-token.js';

const identity: Identity = {
  tenantId: '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e5f', subject: { type: 'user', id: 'u1', name: 'Ada' }, role: 'editor',
  scopes: [], platform: true, ip: '192.0.2.7', requestId: 'r1',
};
const keys = newIdentityKeys();
const signer = new IdentitySigner(keys.privateKeyPem);
const reason = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'accepted', (error: IdentityTokenError) => error.reason);

afterEach(() => void jest.useRealTimers());

describe('an identity token', () => {
  it('brings the identity over, whole and unchangeable', async () => {
    const verifier = new IdentityVerifier(keys.publicKeyPem);
    const seen = await verifier.verify(await signer.sign(identity, 'incidents'), 'incidents');
    expect(seen).toEqual(identity);
    expect(() => ((seen as { role: string }).role = 'admin')).toThrow(TypeError);
  });

  it('is for one service only, also when another service of the process knows it already', async () => {
    const verifier = new IdentityVerifier(keys.publicKeyPem);
    const token = await signer.sign(identity, 'incidents');
    await verifier.verify(token, 'incidents');
    expect(await reason(verifier.verify(token, 'delivery'))).toBe('wrong_audience');
  });

  it('ends after its lifetime (and five seconds for clocks that differ), remembered or not', async () => {
    jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const remembering = new IdentityVerifier(keys.publicKeyPem);
    const token = await signer.sign(identity, 'incidents', 30);
    jest.setSystemTime(new Date('2026-01-01T00:00:34Z'));
    expect(await reason(remembering.verify(token, 'incidents'))).toBe('accepted');
    jest.setSystemTime(new Date('2026-01-01T00:00:36Z'));
    expect(await reason(remembering.verify(token, 'incidents'))).toBe('expired');
    expect(await reason(new IdentityVerifier(keys.publicKeyPem).verify(token, 'incidents'))).toBe('expired');
  });

  it('is refused when another key signed it, or its content was changed', async () => {
    const verifier = new IdentityVerifier(keys.publicKeyPem);
    const foreign = await new IdentitySigner(newIdentityKeys().privateKeyPem).sign(identity, 'incidents');
    expect(await reason(verifier.verify(foreign, 'incidents'))).toBe('forged');

    const [head, body, signature] = (await signer.sign(identity, 'incidents')).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { identity: { role: string } };
    claims.identity.role = 'admin';
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await reason(verifier.verify(`${head}.${changed}.${signature}`, 'incidents'))).toBe('forged');
  });

  it.each(['', 'x', 'a.b.c', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`])('is refused when it is %p', async (token) => {
    expect(await reason(new IdentityVerifier(keys.publicKeyPem).verify(token, 'incidents'))).not.toBe('accepted');
  });

  it('is refused when it says no complete identity, although the signature holds', async () => {
    const token = await new SignJWT({ identity: { tenantId: 't', role: 'king', scopes: [], subject: identity.subject } })
      .setProtectedHeader({ alg: 'EdDSA', kid: (JSON.parse(Buffer.from((await signer.sign(identity, 'x')).split('.')[0]!, 'base64url').toString()) as { kid: string }).kid })
      .setIssuer('signalbox').setAudience('incidents').setExpirationTime('1m').sign(createPrivateKey(keys.privateKeyPem));
    expect(await reason(new IdentityVerifier(keys.publicKeyPem).verify(token, 'incidents'))).toBe('malformed');
  });

  it('goes on being accepted while the front door changes its key', async () => {
    const next = newIdentityKeys();
    const verifier = new IdentityVerifier(keys.publicKeyPem + next.publicKeyPem);
    for (const pem of [keys.privateKeyPem, next.privateKeyPem]) {
      expect(await verifier.verify(await new IdentitySigner(pem).sign(identity, 'ops'), 'ops')).toEqual(identity);
    }
  });

  it('is remembered: a second look gives the very same object', async () => {
    const verifier = new IdentityVerifier(keys.publicKeyPem);
    const token = await signer.sign(identity, 'incidents');
    expect(await verifier.verify(token, 'incidents')).toBe(await verifier.verify(token, 'incidents'));
  });

  it('keeps at most 2,000 remembered, and forgets the longest unused first', async () => {
    const verifier = new IdentityVerifier(keys.publicKeyPem);
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
});
