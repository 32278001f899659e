import { networkOf } from './network.js';

describe('what attempts of an address are counted by', () => {
  it('counts a /64 of IPv6 as one', () => {
    expect(networkOf('2001:db8:0:7::1')).toBe(networkOf('2001:db8:0:7:ffff::2'));
    expect(networkOf('2001:db8:0:7::1')).not.toBe(networkOf('2001:db8:0:8::1'));
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  });
});
