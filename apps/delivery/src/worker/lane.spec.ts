import { Lane } from './lane.js';

function gates() {
  const open = new Map<number, () => void>();
  const started: number[] = [];
  const lane = new Lane<number>((n) => {
    started.push(n);
    return new Promise((resolve) => { open.set(n, resolve); });
  });
  return { lane, started, finish: async (n: number) => { open.get(n)!(); await new Promise((resolve) => { setImmediate(resolve); }); } };
}

describe('a lane', () => {
  it('runs so many at a time, the others in order', async () => {
    const { lane, started, finish } = gates();
    for (const n of [1, 2, 3, 4]) lane.enter(n, true, 2);
    expect(started).toEqual([1, 2]);
    await finish(2);
    expect(started).toEqual([1, 2, 3]);
    await finish(1);
    await finish(3);
    await finish(4);
    expect(lane.isIdle).toBe(true);
  });

  it('is slow when it is full and the oldest has run for more than a second', () => {
    const { lane } = gates();
    lane.enter(1, true, 2);
    const muchLater = performance.now() + 1_500;
    expect(lane.isSlow(muchLater)).toBe(false);
    lane.enter(2, true, 2);
    expect(lane.isSlow(performance.now())).toBe(false);
    expect(lane.isSlow(muchLater)).toBe(true);
  });

  it('gives out fresh work that waits, but keeps what was held before', () => {
    const { lane } = gates();
    lane.enter(1, true, 1);
    lane.enter(2, true, 1);
    lane.enter(3, false, 1);
    expect(lane.takeOut('fresh')).toEqual([2]);
    expect(lane.takeOut('all')).toEqual([3]);
  });
});
