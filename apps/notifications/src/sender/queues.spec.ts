import { Queues } from './queues.js';

const nothing = (): Promise<string[]> => Promise.resolve([]);

describe('which channels may have something waiting', () => {
  it('all of them, before the table was looked at', async () => {
    const queues = new Queues();
    expect(queues.mayHold('a')).toBe(true);
    await queues.look([{ channelId: 'full', room: 0 }], nothing);
    expect([queues.mayHold('a'), queues.mayHold('full')]).toEqual([false, true]);
  });

  it('one that queued, until a look finds nothing although it had room', async () => {
    const queues = new Queues();
    await queues.look([], nothing);
    queues.add('a');
    expect(await queues.look([], () => Promise.resolve(['one']))).toEqual(['one']);
    expect(queues.mayHold('a')).toBe(true);
    await queues.look([{ channelId: 'a', room: 0 }], nothing);
    expect(queues.mayHold('a')).toBe(true);
    await queues.look([{ channelId: 'a', room: 2 }], nothing);
    expect(queues.mayHold('a')).toBe(false);
  });

  it('also while the look is on its way, and when it queued meanwhile', async () => {
    const queues = new Queues();
    await queues.look([], nothing);
    queues.add('a');
    await queues.look([], () => {
      expect(queues.mayHold('a')).toBe(true);
      queues.add('b');
      return nothing();
    });
    expect([queues.mayHold('a'), queues.mayHold('b')]).toEqual([false, true]);
  });

  it('those that did before, after a look that failed', async () => {
    const queues = new Queues();
    await queues.look([], nothing);
    queues.add('a');
    await expect(queues.look([], () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(queues.mayHold('a')).toBe(true);
  });
});
