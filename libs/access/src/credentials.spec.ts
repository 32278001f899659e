import { randomBytes } from 'node:crypto';
import { hashKey, isApiKey, isIntegrationKey, newApiKey, newIntegrationKey } from './api-keys.js';
import { allows, hasScope, isScope, ROLES, type Identity, type Requirement } from './authorisation.js';
import { deriveKey } from './keys.js';
import { hashPassword, needsRehash, verifyPassword } from './passwords.js';
import { signToken, verifyToken } from './signed-links.js';

describe('keys', () => {
  it('makes API keys that are unlike each other and known by their hash and prefix', () => {
    const [one, two] = [newApiKey(), newApiKey()];
    expect(one.key).not.toBe(two.key);
    expect(isApiKey(one.key)).toBe(true);
    expect(one.hash).toBe(hashKey(one.key));
    expect(one.key.startsWith(one.prefix)).toBe(true);
    expect(one.prefix).toHaveLength(12);
  });

  it('makes integration keys of 32 hex characters, looked up by hash', () => {
    const key = newIntegrationKey();
    expect(isIntegrationKey(key)).toBe(true);
    expect(isIntegrationKey(newApiKey().key)).toBe(false);
    expect(hashKey(key)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('scopes', () => {
  it.each([
    [['incidents:read'], 'incidents:read', true],
    [['incidents:write'], 'incidents:read', false],
    [['incidents:read'], 'incidents:write', false],
    [['incidents:read'], 'incidents-archive:read', false],
    [['*'], 'messages:write', true],
    [[], 'messages:write', false],
  ])('%j holds %s: %p', (granted, needed, expected) => expect(hasScope(granted, needed)).toBe(expected));

  it.each([['*', true], ['events:write', true], ['api-keys:read', true], ['events', false], ['events:delete', false], ['*:read', false], ['', false]])(
    '%p may be granted: %p', (text, expected) => expect(isScope(text)).toBe(expected));
});

describe('the role matrix', () => {
  const identity = (over: Partial<Identity>): Identity => ({
    tenantId: 't', subject: { type: 'user', id: 'u', name: 'U' }, role: 'viewer', scopes: [], ...over,
  });
  const needs = (role: Requirement['role']): Requirement => ({ resource: 'channels', action: 'write', role });
  const key = { type: 'api_key', id: 'k', name: 'K' } as const;

  it('lets each role do what it and the weaker ones may, for every pair', () => {
    const table = ROLES.map((role) => ROLES.map((minRole) => allows(identity({ role }), needs(minRole))));
    expect(table).toEqual([[true, false, false], [true, true, false], [true, true, true]]);
  });

  it('gives what belongs to the platform to its operators alone', () => {
    expect(allows(identity({ role: 'admin' }), needs('platform'))).toBe(false);
    expect(allows(identity({ role: 'viewer', platform: true }), needs('platform'))).toBe(true);
    expect(allows(identity({ role: 'viewer', platform: true }), needs('admin'))).toBe(false);
  });

  it.each([
    ['admin', ['channels:write'], true],
    ['admin', ['channels:read'], false],
    ['viewer', ['*'], false],
    ['editor', ['*'], true],
  ] as const)('narrows an API key of role %s with %j: %p', (role, scopes, expected) => {
    expect(allows(identity({ subject: key, role, scopes }), needs('editor'))).toBe(expected);
  });
});

describe('passwords', () => {
  it('verifies the right password only, typed with either form of an accent', async () => {
    const hash = await hashPassword('caf\u00e9 au lait');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
    expect(await verifyPassword('cafe au lait', hash)).toBe(false);
    expect(needsRehash(hash)).toBe(false);
    expect(needsRehash(hash.replace('t=2', 't=1'))).toBe(true);
  });

  it.each([undefined, '', 'plain text', '$2b$10$abcdefghijklmnopqrstuv'])('says no, after the same work, for the stored hash %p', async (hash) => {
    expect(await verifyPassword('anything', hash)).toBe(false);
  });
});

describe('signed links', () => {
  const key = deriveKey(randomBytes(32).toString('base64'), 'links/acknowledge');
  const expiresAt = new Date('2026-01-02T00:00:00Z');
  const before = new Date('2026-01-01T23:59:59Z');
  const payload = { incidentId: 'i', userId: 'u' };

  it('carries its payload through a URL until it expires', () => {
    const token = signToken(payload, key, expiresAt);
    expect(encodeURIComponent(token)).toBe(token);
    expect(verifyToken(token, key, before)).toEqual({ ok: true, payload });
    expect(verifyToken(token, key, expiresAt)).toEqual({ ok: false, reason: 'expired' });
  });

  it('survives a rotation of the key, and not the loss of it', () => {
    const next = deriveKey(randomBytes(32).toString('base64'), 'links/acknowledge');
    const token = signToken(payload, key, expiresAt);
    expect(verifyToken(token, [next, key], before)).toMatchObject({ ok: true });
    expect(verifyToken(token, next, before)).toEqual({ ok: false, reason: 'forged' });
  });

  it('refuses a payload or expiry that someone else wrote', () => {
    const [, tag] = signToken(payload, key, expiresAt).split('.');
    const body = Buffer.from(JSON.stringify([9_999_999_999, payload])).toString('base64url');
    expect(verifyToken(`${body}.${tag}`, key, before)).toEqual({ ok: false, reason: 'forged' });
  });

  it.each(['', '.', 'a', 'a.b', 'a.b.c', '%00'])('calls %p malformed', (token) => {
    expect(verifyToken(token, key, before)).toEqual({ ok: false, reason: 'malformed' });
  });
});
