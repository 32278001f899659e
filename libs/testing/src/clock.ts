/** A clock that moves only when told to; pass `clock.now` wherever a `() => Date` is wanted. */
export class TestClock {
  private timeMs: number;

  constructor(start: Date | string = '2026-01-05T09:00:00.000Z') {
    this.timeMs = new Date(start).getTime();
  }

  readonly now = (): Date => new Date(this.timeMs);

  advance(step: { days?: number; hours?: number; minutes?: number; seconds?: number; ms?: number }): Date {
    const { days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0 } = step;
    this.timeMs += ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + ms;
    return this.now();
  }

  set(time: Date | string): Date {
    this.timeMs = new Date(time).getTime();
    return this.now();
  }
}
