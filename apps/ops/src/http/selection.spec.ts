import { requireDead, selectionOf } from './selection.js';

const WAYS = ['ids', 'filter', 'olderThanDays'] as const;

describe('a selection', () => {
  it('is named in exactly one way', () => {
    expect(() => selectionOf({}, WAYS)).toThrow('one fault');
    expect(() => selectionOf({ ids: ['a'], filter: {} }, WAYS)).toThrow('one fault');
    expect(() => selectionOf({ olderThanDays: 3 }, ['ids', 'filter'])).toThrow('one fault');
  });

  it('holds each id once, in lower case; a filter without what is absent; an age as a time', () => {
    expect(selectionOf({ ids: ['A', 'a', 'b'] }, WAYS)).toEqual({ ids: ['a', 'b'] });
    expect(selectionOf({ filter: { reason: ['x'], text: undefined } as object }, WAYS)).toEqual({ filter: { reason: ['x'] } });
    expect(selectionOf({ olderThanDays: 2 }, WAYS, new Date('2026-11-21T00:00:00Z'))).toEqual({ diedBefore: new Date('2026-11-19T00:00:00Z') });
  });

  it('of a replay is of dead letters', () => {
    expect(() => requireDead({ filter: { state: ['replayed'] } })).toThrow();
    expect(() => requireDead({ filter: { state: ['dead', 'replaying'] } })).toThrow();
    expect(() => requireDead({ filter: { state: ['dead'] } })).not.toThrow();
    expect(() => requireDead({ filter: {} })).not.toThrow();
  });
});
