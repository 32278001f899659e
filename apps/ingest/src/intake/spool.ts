import { STREAMS } from '@signalbox/contracts';
import type { Database, PartitionLeases } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import type { Logger } from '@signalbox/runtime';
import type { LaneStore } from './lane.js';
import { StreamSpool, type Held } from './stream-spool.js';

/** As their subjects begin. */
const SPOOLED = [STREAMS.EVENTS, STREAMS.CHANGES, STREAMS.MESSAGES, STREAMS.CALLBACKS].map(({ subjects }) => streamOf(subjects[0]!));

/** What is accepted, on the bus or in the spool: each stream for itself, so that alerts do not wait for change events that a full CHANGES refuses. */
export class Spool implements LaneStore {
  private readonly streams: ReadonlyMap<string, StreamSpool>;

  constructor(db: Database, bus: Bus, private readonly leases: PartitionLeases, log: Logger) {
    this.streams = new Map(SPOOLED.map((stream) => [stream, new StreamSpool({ stream, db, bus, leases, log })]));
  }

  get spooling(): boolean {
    return [...this.streams.values()].some(({ spooling }) => spooling);
  }

  /** Rows that wait, up to 10,000 of each stream. */
  get size(): number {
    return [...this.streams.values()].reduce((sum, { size }) => sum + size, 0);
  }

  put(message: Held): Promise<void> {
    return this.streams.get(streamOf(message.subject))!.put(message);
  }

  start(): void {
    for (const stream of this.streams.values()) stream.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.streams.values()].map((stream) => stream.stop()));
    await this.leases.release().catch(() => undefined);
  }
}

function streamOf(subject: string): string {
  return subject.slice(0, subject.indexOf('.'));
}
