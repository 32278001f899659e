import { chooseTenant } from './tenant-choice.js';

const A = { tenantId: '018f6f5e-0000-7000-8000-00000000000a' };
const B = { tenantId: '018f6f5e-0000-7000-8000-00000000000b' };

describe('the tenant of a request', () => {
  it('is the first membership when none is named', () => expect(chooseTenant([A, B], undefined)).toBe(A));
  it('is the named one, whatever the case of its id', () => expect(chooseTenant([A, B], B.tenantId.toUpperCase())).toBe(B));
  it('is never one without membership', () => {
    expect(chooseTenant([A], B.tenantId)).toBeUndefined();
    expect(chooseTenant([A], '')).toBeUndefined();
    expect(chooseTenant([A], `${A.tenantId}, ${B.tenantId}`)).toBeUndefined();
    expect(chooseTenant([], undefined)).toBeUndefined();
  });
});
