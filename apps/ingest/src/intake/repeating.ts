/** Does something again and again, never twice at a time. `work` never throws; it gives the milliseconds until the next time. */
export class Repeating {
  private ending = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly work: () => Promise<number>) {}

  /** For work that takes long: whether it is to end. */
  get stopped(): boolean {
    return this.ending;
  }

  /** The first time is at once. */
  start(): void {
    this.after(0);
  }

  /** Resolves when what is in hand has ended. */
  async stop(): Promise<void> {
    this.ending = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private after(ms: number): void {
    this.timer = setTimeout(() => {
      this.running = this.work().then((pauseMs) => { if (!this.ending) this.after(pauseMs); });
    }, ms);
  }
}
