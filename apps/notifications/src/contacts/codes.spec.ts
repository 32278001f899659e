import { verdictOn, waitSeconds } from './codes.js';

describe('how often a code is sent', () => {
  const never = { toAddress: 0, newestToAddressSeconds: null, oldestToAddressSeconds: null, byAsker: 0, oldestByAskerSeconds: null };
  it.each([
    ['the first', never, 0],
    ['another after ten seconds', { ...never, toAddress: 1, newestToAddressSeconds: 10, oldestToAddressSeconds: 10 }, 50],
    ['another after a minute', { ...never, toAddress: 1, newestToAddressSeconds: 60, oldestToAddressSeconds: 60 }, 0],
    ['a sixth within the hour', { ...never, toAddress: 5, newestToAddressSeconds: 600, oldestToAddressSeconds: 3_000 }, 600],
    ['one to the 31st address that somebody asks for', { ...never, byAsker: 30, oldestByAskerSeconds: 1_600 }, 2_000],
  ])('%s', (_name, sent, expected) => {
    expect(waitSeconds(sent)).toBe(expected);
  });
});

describe('a code that is typed in', () => {
  const now = new Date('2026-11-21T09:30:00Z');
  const kept = { hash: 'h', expiresAt: new Date('2026-11-21T09:30:01Z'), tries: 4 };
  it.each([
    ['is right', kept, 'h', 'right'],
    ['is wrong', kept, 'x', 'wrong'],
    ['was never sent', null, 'h', 'none'],
    ['comes too late', { ...kept, expiresAt: now }, 'h', 'expired'],
    ['comes after five wrong ones, though right', { ...kept, tries: 5 }, 'h', 'used_up'],
  ] as const)('%s', (_name, of, hash, expected) => {
    expect(verdictOn(of, hash, now)).toBe(expected);
  });
});
