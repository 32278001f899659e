import { TestClock } from './clock.js';

describe('TestClock', () => {
  it('stands still until it is moved, and hands out dates of its own', () => {
    const clock = new TestClock('2026-03-01T00:00:00.000Z');
    clock.now().setFullYear(1999);
    expect(clock.now().toISOString()).toBe('2026-03-01T00:00:00.000Z');
    clock.advance({ days: 1, hours: 2, minutes: 3, seconds: 4, ms: 5 });
    expect(clock.now().toISOString()).toBe('2026-03-02T02:03:04.005Z');
    clock.set('2026-01-01T00:00:00.000Z');
    expect(clock.now().toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });
});
