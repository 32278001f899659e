import { DIRECTORY_BUCKET, questions, subjects, type DirectoryEntry, type DirectoryKind, type DirectoryKinds } from '@signalbox/contracts';
import { DeliverPolicy, type Msg } from 'nats';
import { BusAwayError, type Bus } from './bus.js';
import { OrderedRead } from './ordered-read.js';
import { isStreamMissing } from './streams.js';

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
/** And when nobody answered: it may well be known. */
const UNANSWERED_FOR_MS = 500;
const MOST_UNKNOWN = 10_000;
const AT_A_TIME = 1_000;
const PAUSE_MS = 250;
/** On a new bus the streams are made while this waits: that is no news for so many tries (5 s). */
const TRIES_WITHOUT_STREAM = 20;

/**
 * One kind of configuration, in memory: filled from the directory and kept up to date by push. `get` is a look-up in a map, for hot paths;
 * `find` also asks the owner about a key that is not there yet, so that a fresh key works at once.
 */
export class ReadModel<K extends DirectoryKind> {
  private readonly entries = new Map<string, DirectoryEntry<K>>();
  private readonly unknown = new Map<string, { readonly until: number; readonly answered: boolean }>();
  private readonly listeners = new Set<(entry: DirectoryEntry<K>) => void>();
  private stopped = false;
  private filled = false;
  private readonly asking = new Map<string, Promise<void>>();
  private following: Promise<void> = Promise.resolve();
  private endRead: () => void = () => undefined;

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

  /** Whether the directory says that there was such a key and is none any more; what is not known here is not gone. */
  isGone(key: string): boolean {
    return this.entries.get(key)?.value === null;
  }

  values(): DirectoryKinds[K][] {
    return [...this.entries.values()].flatMap((entry) => (entry.value === null ? [] : [entry.value as DirectoryKinds[K]]));
  }

  /** Like `get`, and asks the owner when the key is not known here (at most once in a few seconds). Throws OwnerAwayError when nobody answers. */
  async find(key: string, now: number = Date.now()): Promise<DirectoryKinds[K] | undefined> {
    const known = this.entries.get(key);
    if (known !== undefined) return known.value ?? undefined;
    const asked = this.unknown.get(key);
    if (asked !== undefined && asked.until > now) return this.absent(asked.answered);
    let asking = this.asking.get(key);
    if (asking === undefined) {
      asking = this.askOwner(key, now).finally(() => this.asking.delete(key));
      this.asking.set(key, asking);
    }
    await asking;
    return this.entries.has(key) ? this.get(key) : this.absent(this.unknown.get(key)?.answered === true);
  }

  /** Not knowing is no answer: only the owner can say that there is none. */
  private absent(answered: boolean): undefined {
    if (!answered) throw new OwnerAwayError(`nobody answers for ${this.kind}`);
    return undefined;
  }

  private async askOwner(key: string, now: number): Promise<void> {
    const answer = await this.bus.ask<DirectoryEntry<K> | null>(questions.directory(this.kind), { key });
    if (answer !== undefined && answer !== null) return this.apply(answer);
    if (this.unknown.size >= MOST_UNKNOWN) this.unknown.clear();
    const answered = answer === null;
    this.unknown.set(key, { until: now + (answered ? UNKNOWN_FOR_MS : UNANSWERED_FOR_MS), answered });
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
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.endRead();
    if (this.bus.connected) await this.following;
  }

  private async follow(): Promise<void> {
    for (let missing = 0; !this.stopped;) {
      try {
        await this.bus.ready();
        if (this.bus.connected && !this.stopped) await this.read();
        missing = 0;
      } catch (error) {
        missing = isStreamMissing(error) ? missing + 1 : 0;
        const expected = missing > 0 && missing <= TRIES_WITHOUT_STREAM;
        if (!this.stopped && !expected) this.log?.(`following the directory of ${this.kind} again`, error);
      }
      if (!this.stopped) await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS).unref(); });
    }
  }

  /**
   * Reads everything that the directory holds, then what is changed, until that ends: then
   * all of it is read again, and what is known already changes nothing.
   */
  private async read(): Promise<void> {
    const end = new Promise<void>((resolve) => { this.endRead = resolve; });
    const read: OrderedRead = await OrderedRead.open({
      bus: this.bus, stream: `KV_${DIRECTORY_BUCKET}`,
      from: { deliver_policy: DeliverPolicy.LastPerSubject, filter_subject: subjects.directory(this.kind, '>') },
      take: (message, { pending }) => {
        this.takeIn(message);
        if (pending === 0) this.filled = true;
        read.want(AT_A_TIME);
      },
      ended: this.endRead,
    });
    if (read.waiting === 0) this.filled = true;
    read.want(AT_A_TIME);
    await end;
    await read.close();
  }

  private takeIn(message: Msg): void {
    const entry = entryIn(message.data);
    if (entry === undefined) this.log?.(`${message.subject} holds no entry of a directory`);
    else this.apply(entry as DirectoryEntry<K>);
  }
}

/** What a stored value says; undefined when it is no entry of ours. */
export function entryIn(bytes: Uint8Array): DirectoryEntry<DirectoryKind> | undefined {
  try {
    const entry = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<DirectoryEntry<DirectoryKind>> | null;
    return typeof entry?.key === 'string' && typeof entry.version === 'number' ? entry as DirectoryEntry<DirectoryKind> : undefined;
  } catch {
    return undefined;
  }
}
