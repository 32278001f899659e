import { CHANGES, EVENTS, MESSAGES, eventOrderKey, partitionOf, subjects, type ChangeEvent, type Event, type Message } from '@signalbox/contracts';
import { Lane, type LaneStore } from './lane.js';
import type { Held } from './stream-spool.js';

/** More lanes than this are not kept for idle tenants. */
const MOST_IDLE_LANES = 10_000;

/** Where everything that the gateway accepts goes: the promise that a 2xx makes is kept here. */
export class Intake {
  private readonly eventLanes = new Map<string, Lane<Event>>();
  private readonly changeLanes = new Map<string, Lane<ChangeEvent>>();
  private readonly messageLanes = new Map<string, Lane<Message>>();

  constructor(private readonly store: LaneStore) {}

  /** Resolves once all events are stored. Throws NowhereToStoreError (come again) or TooLargeError. */
  async events(tenantId: string, events: readonly Event[], bytes: number): Promise<void> {
    const size = bytes / events.length;
    const encode = (items: readonly Event[]) => EVENTS.encode({ tenantId, events: [...items] });
    await all(events.map((event) => {
      const subject = subjects.events(tenantId, partitionOf(eventOrderKey(event.scopeId, event.dedupKey)));
      return laneOf(this.eventLanes, subject, () => new Lane(subject, encode, this.store)).add(event, size);
    }));
  }

  /** Resolves once the change event is stored. Throws as `events` does. */
  change(tenantId: string, change: ChangeEvent, bytes: number): Promise<void> {
    const subject = subjects.changes(tenantId);
    const encode = (changes: readonly ChangeEvent[]) => CHANGES.encode({ tenantId, changes: [...changes] });
    return laneOf(this.changeLanes, subject, () => new Lane(subject, encode, this.store)).add(change, bytes);
  }

  /** Resolves once all messages are stored; messages of one topic keep their order. */
  async messages(tenantId: string, messages: readonly Message[], bytes: number): Promise<void> {
    const size = bytes / messages.length;
    const encode = (items: readonly Message[]) => MESSAGES.encode({ tenantId, messages: [...items] });
    await all(messages.map((message) => {
      const subject = subjects.messages(tenantId, partitionOf(message.topic));
      return laneOf(this.messageLanes, subject, () => new Lane(subject, encode, this.store)).add(message, size);
    }));
  }

  /** A single message that shares no envelope. */
  async callback(message: Held): Promise<void> {
    await this.store.put(message);
  }

  /** Resolves when nothing is on its way any more: before the process stops. */
  async settled(): Promise<void> {
    const lanes = [...this.eventLanes.values(), ...this.changeLanes.values(), ...this.messageLanes.values()];
    while (lanes.some((lane) => !lane.idle)) await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
}

/** Waits for every one of them, also when the first one fails: a sender must not be answered while its other events are on their way. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  if (work.length === 1) return work[0];
  const results = await Promise.allSettled(work);
  const failed = results.find((result): result is PromiseRejectedResult => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function laneOf<T>(lanes: Map<string, Lane<T>>, subject: string, make: () => Lane<T>): Lane<T> {
  let lane = lanes.get(subject);
  if (lane === undefined) {
    if (lanes.size >= MOST_IDLE_LANES) for (const [key, old] of lanes) if (old.idle) lanes.delete(key);
    lane = make();
    lanes.set(subject, lane);
  }
  return lane;
}
