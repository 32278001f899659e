import { fitting, whySkipped } from './replay-batch.js';

describe('a batch of a replay', () => {
  it('takes what it can carry, in order, and always one', () => {
    const bytes: Record<string, number> = { a: 60, b: 30, c: 20, d: 1 };
    const bytesOf = (id: string): number => bytes[id]!;
    expect(fitting(['a', 'b', 'c', 'd'], bytesOf, 100)).toEqual(['a', 'b']);
    expect(fitting(['a', 'b', 'c', 'd'], bytesOf, 1_000)).toEqual(['a', 'b', 'c', 'd']);
    expect(fitting(['a', 'b'], bytesOf, 10)).toEqual(['a']);
    expect(fitting([], bytesOf)).toEqual([]);
  });

  it('says why a letter stays behind', () => {
    expect(whySkipped(undefined)).toBe('not_found');
    expect(whySkipped({ state: 'dead', owner: 'ops' })).toBe('not_replayable');
    expect(whySkipped({ state: 'replayed', owner: 'delivery' })).toBe('already_replayed');
    expect(whySkipped({ state: 'replaying', owner: 'delivery' })).toBe('being_replayed');
    // Dead when it was looked at, and taken by another job in the same moment.
    expect(whySkipped({ state: 'dead', owner: 'delivery' })).toBe('being_replayed');
  });
});
