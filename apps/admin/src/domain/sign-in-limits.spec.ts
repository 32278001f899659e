import { attemptKeys, waitSeconds } from './sign-in-limits.js';

const since = new Date('2026-11-21T09:00:00Z');
const later = (seconds: number): Date => new Date(since.getTime() + seconds * 1000);

describe('sign-in limits', () => {
  it('lets five attempts through for one account from one address, then waits for the rest of the window', () => {
    const pair = (attempts: number) => [{ key: 'pair/192.0.2.1/ada@example.com', attempts, since }];
    expect(waitSeconds(pair(5), later(10))).toBe(0);
    expect(waitSeconds(pair(6), later(10))).toBe(890);
    expect(waitSeconds(pair(6), later(1_000))).toBe(1);
  });

  it('lets fifty attempts through for an account or an address, whichever comes first', () => {
    expect(waitSeconds([{ key: 'account/a', attempts: 50, since }, { key: 'address/b', attempts: 51, since }], later(0))).toBe(900);
    expect(waitSeconds([{ key: 'account/a', attempts: 51, since: later(60) }, { key: 'address/b', attempts: 51, since }], later(60))).toBe(900);
  });

  it('counts an account under one key however its e-mail is written', () => {
    expect(attemptKeys('Ada@Example.com', '192.0.2.1')).toEqual(attemptKeys('ada@example.com', '192.0.2.1'));
  });
});
