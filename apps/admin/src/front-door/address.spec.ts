import type { Socket } from 'node:net';
import { addressOf, networkOf } from './address.js';

const from = (remoteAddress: string, forwarded?: string) => ({ socket: { remoteAddress } as Socket, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } });

describe('the address of a request', () => {
  it('is the socket’s, and X-Forwarded-For is not believed by itself', () => {
    expect(addressOf(from('::ffff:192.0.2.7'), 0)).toBe('192.0.2.7');
    expect(addressOf(from('192.0.2.7', '203.0.113.9'), 0)).toBe('192.0.2.7');
  });

  it('is the one that our outermost proxy saw; what the client wrote before it is not believed', () => {
    expect(addressOf(from('10.0.0.1', '198.51.100.1, 203.0.113.9'), 1)).toBe('203.0.113.9');
    expect(addressOf(from('10.0.0.1', '198.51.100.1, 203.0.113.9, 10.0.0.2'), 2)).toBe('203.0.113.9');
    expect(addressOf(from('10.0.0.1', 'nonsense'), 1)).toBe('10.0.0.1');
  });

  it('counts a /64 of IPv6 as one', () => {
    expect(networkOf('2001:db8:0:7::1')).toBe(networkOf('2001:db8:0:7:ffff::2'));
    expect(networkOf('2001:db8:0:7::1')).not.toBe(networkOf('2001:db8:0:8::1'));
    expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  });
});
