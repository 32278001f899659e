import { DIRECTORY_BUCKET, questions, subjects, type DirectoryEntry, type DirectoryKind, type DirectoryKinds } from '@signalbox/contracts';
import type { KvEntry, KvWatchOptions, QueuedIterator } from 'nats';
import { BusAwayError, type Bus } from './bus.js';

/** The outbox message that pushes a configuration row to everybody's memory. `value: null` tells of its deletion. */
export function directoryMessage<K extends DirectoryKind>(
  kind: K, key: string, version: number, value: DirectoryKinds[K] | null,
): { subject: string; messageId: string; body: Uint8Array } {
  const entry: DirectoryEntry<K> = { kind, key, version, value };
  return { subject: subjects.directory(kind, key), messageId: `${kind}/${key}/${version}`, body: Buffer.from(JSON.stringify(entry)) };
}

/** Whether a key exists cannot be told now: it is not known here, and its owner does not answer. */
export class OwnerAwayError extends BusAwayError {}

/** How long a key that its owner did not know is taken for unknown without asking again. */
const UNKNOWN_FOR_MS = 3_000;
const MOST_UNKNOWN = 10_000;

/**
 * One kind of configuration, in memory: filled from the directory and kept up to date by push. `get` is a look-up in a map, for hot paths;
 * `find` also asks the owner about a key that is not there yet, so that a fresh key works at once.
 */
export class ReadModel<K extends DirectoryKind> {
  private readonly entries = new Map<string, DirectoryEntry<K>>();
  private readonly unknown = new Map<string, { readonly until: number; readonly denied: boolean }>();
  private readonly listeners = new Set<(entry: DirectoryEntry<K>) => void>();
  private stopped = false;
  private filled = false;
  private watching: QueuedIterator<KvEntry> | undefined;

  constructor(private readonly bus: Bus, readonly kind: K, private readonly log?: (message: string, error?: unknown) => void) {}

  /** Whether everything that the bus knew at the start is here. */
  get ready(): boolean {
    return this.filled;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): DirectoryKinds[K] | undefined {
    return this.entries.get(key)?.value ?? undefined;
  }

  values(): DirectoryKinds[K][] {
    return [...this.entries.values()].flatMap((entry) => (entry.value === null ? [] : [entry.value as DirectoryKinds[K]]));
  }

  /** Like `get`, and asks the owner when the key is not known here (at most once in a few seconds). Throws OwnerAwayError when nobody answers. */
  async find(key: string, now: number = Date.now()): Promise<DirectoryKinds[K] | undefined> {
    const known = this.entries.get(key);
    if (known !== undefined) return known.value ?? undefined;
    if ((this.unknown.get(key)?.until ?? 0) > now) return undefined;
    const answer = await this.bus.ask<DirectoryEntry<K> | null>(questions.directory(this.kind), { key });
    if (answer === undefined) throw new OwnerAwayError(`nobody answers for ${this.kind}`);
    if (answer !== null) {
      this.apply(answer);
      return this.get(key);
    }
    if (this.unknown.size >= MOST_UNKNOWN) this.unknown.clear();
    this.unknown.set(key, { until: now + UNKNOWN_FOR_MS, denied: answer === null });
    return undefined;
  }

  /** Of a key that `find` did not find: whether its owner has said so or has deleted it, rather than nobody having answered. */
  isDenied(key: string): boolean {
    return this.entries.get(key)?.value === null || this.unknown.get(key)?.denied === true;
  }

  /** Takes an entry that is newer than the one known; an older one changes nothing. */
  apply(entry: DirectoryEntry<K>): void {
    const known = this.entries.get(entry.key);
    if (known !== undefined && known.version >= entry.version) return;
    this.entries.set(entry.key, entry);
    this.unknown.delete(entry.key);
    for (const listener of this.listeners) listener(entry);
  }

  /** Calls back for every change from now on. */
  onChange(listener: (entry: DirectoryEntry<K>) => void): void {
    this.listeners.add(listener);
  }

  /** Follows the directory until `stop`. Returns at once; `ready` tells when it is filled. */
  start(): void {
    void this.follow();
  }

  stop(): void {
    this.stopped = true;
    this.watching?.stop();
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.watchOnce();
      } catch (error) {
        if (!this.stopped) this.log?.(`following the directory of ${this.kind} again`, error);
      }
      if (!this.stopped) await new Promise((resolve) => { setTimeout(resolve, 500).unref(); });
    }
  }

  private async watchOnce(): Promise<void> {
    const connection = await this.bus.ready();
    const bucket = await connection.jetstream().views.kv(DIRECTORY_BUCKET, { bindOnly: true });
    const options: KvWatchOptions = { key: `${this.kind}.>`, initializedFn: () => { this.filled = true; } };
    const watching = await bucket.watch(options);
    this.watching = watching;
    if (this.stopped) watching.stop();
    for await (const entry of watching) {
      if (entry.operation === 'PUT') this.apply(JSON.parse(entry.string()) as DirectoryEntry<K>);
    }
  }
}
