/** Something that waits for its turn: `fresh` may be put aside when the lane is slow, what was held before may not. */
interface Waiting<T> { readonly task: T; readonly fresh: boolean }

/** An attempt that takes longer than this makes a full lane a slow one. */
const SLOW_MS = 1_000;

/** The line before one destination: so many at a time, the others in order. It knows nothing of what they do. */
export class Lane<T> {
  private waiting: Waiting<T>[] = [];
  private readonly running = new Set<{ readonly startedMs: number }>();

  private concurrency = 1;

  constructor(private readonly run: (task: T) => Promise<void>) {}

  get isIdle(): boolean {
    return this.running.size === 0 && this.waiting.length === 0;
  }

  /** Full, and one of those under way has been for long. */
  isSlow(nowMs: number): boolean {
    if (this.running.size < this.concurrency) return false;
    for (const { startedMs } of this.running) return nowMs - startedMs > SLOW_MS;
    return false;
  }

  enter(task: T, fresh: boolean, concurrency: number): void {
    this.concurrency = concurrency;
    this.waiting.push({ task, fresh });
    this.advance();
  }

  /** Takes out whatever `which` names of those that wait. */
  takeOut(which: 'fresh' | 'all'): T[] {
    const out = this.waiting.filter(({ fresh }) => which === 'all' || fresh).map(({ task }) => task);
    this.waiting = which === 'all' ? [] : this.waiting.filter(({ fresh }) => !fresh);
    return out;
  }

  private advance(): void {
    while (this.running.size < this.concurrency && this.waiting.length > 0) {
      const { task } = this.waiting.shift()!;
      const turn = { startedMs: performance.now() };
      this.running.add(turn);
      void this.run(task).finally(() => {
        this.running.delete(turn);
        this.advance();
      });
    }
  }
}
