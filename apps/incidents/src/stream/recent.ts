import type { StreamEntry } from './entry.js';

/** The newest messages of the stream, as many as fit: what all clients read from. */
export class Recent {
  private entries: StreamEntry[] = [];
  private bytes = 0;

  /** `floor`: the sequence after which nothing is missing. */
  constructor(public floor: number, private readonly most: { readonly entries: number; readonly bytes: number }) {}

  /** The newest sequence that was read. */
  get head(): number {
    return this.entries.at(-1)?.sequence ?? this.floor;
  }

  add(entry: StreamEntry): void {
    this.entries.push(entry);
    this.bytes += entry.bytes;
    let gone = 0;
    while (this.entries.length - gone > this.most.entries || (this.bytes > this.most.bytes && this.entries.length - gone > 1)) {
      const oldest = this.entries[gone]!;
      this.bytes -= oldest.bytes;
      this.floor = oldest.sequence;
      gone += 1;
    }
    if (gone > 0) this.entries.splice(0, gone);
  }

  /** The first message of a tenant that is not older than a sequence. */
  nextOf(tenantId: string, sequence: number): StreamEntry | undefined {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.entries.length; index += 1) if (this.entries[index]!.tenantId === tenantId) return this.entries[index];
    return undefined;
  }
}
