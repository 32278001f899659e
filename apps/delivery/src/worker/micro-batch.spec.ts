import { MicroBatch } from './micro-batch.js';

class Away extends Error {}
const isTransient = (error: unknown): boolean => error instanceof Away;

describe('micro batches', () => {
  it('put many inputs into few runs and give each its own result', async () => {
    const sizes: number[] = [];
    const batch = new MicroBatch<number, number>({
      most: 10, withinMs: 1, parallel: 1, isTransient,
      run: async (inputs) => { sizes.push(inputs.length); return inputs.map((n) => n * 2); },
    });
    const results = await Promise.all(Array.from({ length: 25 }, (_, n) => batch.add(n)));
    expect(results).toEqual(Array.from({ length: 25 }, (_, n) => n * 2));
    expect(Math.max(...sizes)).toBe(10);
    expect(sizes.length).toBeLessThanOrEqual(4);
  });

  it('let one bad input fail alone', async () => {
    const batch = new MicroBatch<number, number>({ most: 8, withinMs: 1, parallel: 2, isTransient, run: async (inputs) => {
      if (inputs.includes(5)) throw new Error('bad');
      return inputs;
    } });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => batch.add(n)));
    expect(results.map((r) => r.status)).toEqual(Array.from({ length: 8 }, (_, n) => (n === 5 ? 'rejected' : 'fulfilled')));
  });

  it('wait out what is nobody\'s fault, and stop waiting when told to', async () => {
    let away = 2;
    const batch = new MicroBatch<number, number>({ most: 8, withinMs: 1, parallel: 1, isTransient, run: async (inputs) => {
      away -= 1;
      if (away >= 0) throw new Away();
      return inputs;
    } });
    await expect(batch.add(1)).resolves.toBe(1);
    away = 1_000_000;
    const left = batch.add(2);
    batch.stop();
    await expect(left).rejects.toBeInstanceOf(Away);
  });

  it('never use one slot for two runs at a time', async () => {
    const busy = new Set<number>();
    const batch = new MicroBatch<number, number>({ most: 3, withinMs: 1, parallel: 2, isTransient, run: async (inputs, slot) => {
      expect(busy.has(slot)).toBe(false);
      busy.add(slot);
      await new Promise((resolve) => { setTimeout(resolve, 2); });
      busy.delete(slot);
      return inputs;
    } });
    await Promise.all(Array.from({ length: 40 }, (_, n) => batch.add(n)));
    expect(busy.size).toBe(0);
  });
});
