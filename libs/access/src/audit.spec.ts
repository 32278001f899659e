import { AUDIT } from '@signalbox/contracts';
import { auditMessage } from './audit.js';
import type { Identity } from './authorisation.js';

const identity: Identity = {
  tenantId: '0192f0c4-7c1e-7a3b-8d55-0a1b2c3d4e5f', subject: { type: 'api_key', id: 'k1', name: 'CI' }, role: 'admin', scopes: ['*'],
  ip: '192.0.2.7', requestId: 'r1',
};
const change = { action: 'update', resource: 'channel', resourceId: 'c1', before: { name: 'a' }, after: { name: 'b' } };

describe('an audit message', () => {
  it('says who changed what, when and from where, under the tenant of who asked', () => {
    const { subject, messageId, body } = auditMessage(identity, change, new Date('2026-01-02T03:04:05.678Z'));
    expect(subject).toBe(`audit.${identity.tenantId}`);
    expect(AUDIT.decode(body)).toMatchObject({
      id: messageId, tenantId: identity.tenantId, at: '2026-01-02T03:04:05.678Z', actor: { type: 'api_key', id: 'k1', name: 'CI' },
      ...change, ip: '192.0.2.7', requestId: 'r1',
    });
  });

  it('has null for what was not there before a creation', () => {
    const { before: _, ...creation } = { ...change, action: 'create' };
    expect(AUDIT.decode(auditMessage(identity, creation).body)).toMatchObject({ before: null, after: { name: 'b' } });
  });
});
