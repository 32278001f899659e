import type { Socket } from 'node:net';
import { addressOf } from './address.js';

const from = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress } as Socket,
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
});

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
});
