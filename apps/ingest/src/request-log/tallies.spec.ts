import { DURATION_BOUNDS_MS, DURATION_COLUMNS, bucketOf, quantileMs } from './durations.js';
import { Tallies, type Counted } from './tallies.js';

const one = { id: 'b', tenantId: 't' };
const noon = Date.parse('2026-11-21T12:00:00Z');
const counted = (change: Partial<Counted> = {}): Counted => ({ at: noon, status: 202, events: 1, durationMs: 3, reason: undefined, ...change });

describe('tallies', () => {
  it('count by integration and minute, and are taken in one order', () => {
    const tallies = new Tallies();
    tallies.add(one, counted({ at: noon + 60_000 }));
    tallies.add(one, counted());
    tallies.add({ id: 'a', tenantId: 't' }, counted());
    tallies.add(one, counted({ at: noon + 59_999, status: 400, events: 0, reason: 'bad', durationMs: 30 }));
    const taken = tallies.take();
    expect(taken.map(({ integrationId, minute, received }) => [integrationId, (minute - noon) / 60_000, received])).toEqual([
      ['a', 0, 1],
      ['b', 0, 2],
      ['b', 1, 1],
    ]);
    expect(taken[1]).toMatchObject({
      succeeded: 1, events: 1, durationMs: 33, lastReceivedAt: noon + 59_999,
      lastError: { at: noon + 59_999, status: 400, reason: 'bad' },
    });
    expect(tallies.take()).toEqual([]);
  });

  it('what could not be written is counted once more, together with what came since', () => {
    const tallies = new Tallies();
    tallies.add(one, counted({ status: 401, reason: 'older', at: noon }));
    const taken = tallies.take();
    tallies.add(one, counted({ status: 403, reason: 'newer', at: noon + 1 }));
    expect(tallies.giveBack(taken)).toBe(0);
    const [both] = tallies.take();
    expect(both).toMatchObject({ received: 2, succeeded: 0, lastError: { reason: 'newer' } });
    expect(both!.durations.reduce((sum, count) => sum + count)).toBe(2);
  });

  it('are bounded, and say what they did not count', () => {
    const tallies = new Tallies();
    const added = Array.from({ length: 20_001 }, (_, n) => tallies.add({ id: String(n), tenantId: 't' }, counted()));
    expect([added.filter(Boolean).length, added.at(-1)]).toEqual([20_000, false]);
    expect(tallies.add({ id: '1', tenantId: 't' }, counted())).toBe(true);
  });
});

describe('durations', () => {
  it('fall into the bucket that ends at or after them', () => {
    expect([0.2, 1, 1.1, 5_000, 5_001].map((ms) => DURATION_COLUMNS[bucketOf(ms)])).toEqual([
      'within_1_ms', 'within_1_ms', 'within_2_ms', 'within_5000_ms', 'longer',
    ]);
  });

  it('give the duration of a share of the requests', () => {
    const counts = (at: Record<number, number>) => DURATION_COLUMNS.map((_, index) => at[index] ?? 0);
    expect(quantileMs(counts({}), 0.95)).toBeNull();
    expect(quantileMs(counts({ 0: 95, 8: 5 }), 0.95)).toBe(1);
    expect(quantileMs(counts({ 0: 90, 2: 10 }), 0.95)).toBe(3.5);
    expect(quantileMs(counts({ 11: 1 }), 0.95)).toBe(DURATION_BOUNDS_MS.at(-1));
  });
});
