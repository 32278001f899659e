export interface MicroBatchOptions<I, O> {
  /** A batch goes when it has so many, or the first of it has waited for so long, and fewer than `parallel` are under way. */
  readonly most: number;
  readonly withinMs: number;
  readonly parallel: number;
  /** Does all of a batch or nothing; one result for each input. `slot` (0 … parallel - 1) belongs to one batch at a time. */
  readonly run: (inputs: readonly I[], slot: number) => Promise<readonly O[]>;
  /** An error that is nobody's fault (the database is away): the batch is tried again until it works or we stop. */
  readonly isTransient: (error: unknown) => boolean;
}

interface Waiting<I, O> { readonly input: I; readonly resolve: (output: O) => void; readonly reject: (error: unknown) => void }

const RETRY_AFTER_MS = 250;

/** Turns many small writes into few large ones. An input that fails by itself is found by halving and fails alone. */
export class MicroBatch<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly freeSlots: number[];
  private stopped = false;

  constructor(private readonly options: MicroBatchOptions<I, O>) {
    this.freeSlots = Array.from({ length: options.parallel }, (_, slot) => slot);
  }

  /** Resolves when the batch that this input went with is done. */
  add(input: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      if (this.waiting.length >= this.options.most) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), this.options.withinMs);
    });
  }

  /** From now on nothing is tried again. */
  stop(): void {
    this.stopped = true;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0) {
      const slot = this.freeSlots.pop();
      if (slot === undefined) return;
      const batch = this.waiting.splice(0, this.options.most);
      void this.work(batch, slot).finally(() => {
        this.freeSlots.push(slot);
        if (this.waiting.length > 0 && this.timer === undefined) this.flush();
      });
    }
  }

  private async work(batch: readonly Waiting<I, O>[], slot: number): Promise<void> {
    for (;;) {
      try {
        const outputs = await this.options.run(batch.map(({ input }) => input), slot);
        batch.forEach(({ resolve }, index) => resolve(outputs[index]!));
        return;
      } catch (error) {
        if (this.options.isTransient(error) && !this.stopped) {
          await new Promise((resolve) => { setTimeout(resolve, RETRY_AFTER_MS); });
          continue;
        }
        if (batch.length === 1 || this.stopped) return batch.forEach(({ reject }) => reject(error));
        const half = Math.ceil(batch.length / 2);
        await this.work(batch.slice(0, half), slot);
        return this.work(batch.slice(half), slot);
      }
    }
  }
}
