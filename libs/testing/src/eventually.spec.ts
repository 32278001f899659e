import { eventually } from './eventually.js';

describe('eventually', () => {
  it('gives the first truthy value, through falsy ones and throws', async () => {
    let calls = 0;
    const value = await eventually(() => {
      calls += 1;
      if (calls === 1) throw new Error('not yet');
      return calls === 3 ? 'here' : undefined;
    }, { everyMs: 1 });
    expect(value).toBe('here');
    expect(calls).toBe(3);
  });

  it('says what it waited for and what it saw last', async () => {
    const waiting = eventually(() => Promise.reject(new Error('still 2 rows')), { withinMs: 20, everyMs: 5, describe: 'the row to vanish' });
    await expect(waiting).rejects.toThrow('Not within 20 ms: the row to vanish (last: still 2 rows)');
  });
});
