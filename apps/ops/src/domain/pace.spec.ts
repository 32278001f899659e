import { saved, spent } from './pace.js';

const at = (ms: number): Date => new Date(1_700_000_000_000 + ms);

describe('pace', () => {
  it('begins with one letter, and saves up by time', () => {
    const first = saved(undefined, 10, at(0));
    expect(first.credits).toBe(1);
    expect(saved(spent(first, 1), 10, at(100)).credits).toBeCloseTo(1);
  });

  it('never saves up more than one letter and a quarter of a second', () => {
    expect(saved({ credits: 0, at: at(0) }, 1000, at(60_000)).credits).toBe(251);
    expect(saved({ credits: 0, at: at(0) }, 1, at(60_000)).credits).toBe(1.25);
  });

  it.each([1, 3, 10, 250, 5_000])('keeps to %i a second over a minute of uneven ticks', (rate) => {
    let pace = saved(undefined, rate, at(0));
    let sent = 0;
    for (let ms = 0, tick = 0; ms <= 60_000; ms += [20, 50, 5, 180][tick++ % 4]!) {
      pace = saved(pace, rate, at(ms));
      const now = Math.floor(pace.credits);
      pace = spent(pace, now);
      sent += now;
    }
    expect(sent).toBeLessThanOrEqual(rate * 60 + 1);
    expect(sent).toBeGreaterThanOrEqual(rate * 60 * 0.98 - 1);
  });

  it('a clock that goes backwards takes nothing away', () => {
    expect(saved({ credits: 0.5, at: at(1000) }, 10, at(0)).credits).toBe(0.5);
  });
});
