import { INCIDENTS } from '@signalbox/contracts';
import { boundsOf, type Bus } from '@signalbox/messaging';
import type { ServerResponse } from 'node:http';
import type { Wanted } from './entry.js';
import type { IncidentFeed } from './feed.js';
import { lookBack } from './look-back.js';
import { allOf, idOf, type Position } from './position.js';
import type { Recent } from './recent.js';

export interface FollowOptions {
  readonly bus: Bus;
  readonly feed: IncidentFeed;
  readonly tenantId: string;
  readonly wanted: Wanted;
  /** What the client has seen; nothing: it wants what happens from now on. */
  readonly after: Position | undefined;
  readonly times?: Partial<Times>;
}

interface Times {
  /** Without an event for so long, a comment is sent. */
  readonly aliveMs: number;
  /** A client that takes nothing for so long is cut off. */
  readonly slowMs: number;
  /** Then it has to come again, with a credential that still holds. */
  readonly livesMs: number;
}

const TIMES: Times = { aliveMs: 15_000, slowMs: 30_000, livesMs: 900_000 };

/**
 * Writes a tenant's incident changes as server-sent events, from a place on, each once and in order, until the client goes, is too slow, has been there for
 * 15 minutes, or the service stops: it comes back with the last id. Holds no queue for the client: what it has not taken waits on the stream.
 */
export async function follow(response: ServerResponse, recent: Recent, { feed, after, ...options }: FollowOptions): Promise<void> {
  const times = { ...TIMES, ...options.times };
  const endsAt = Date.now() + times.livesMs;
  const client = new Client(response, times.slowMs);
  let at = after ?? allOf(recent.head);
  if (!(await client.write(`retry: 2000\nid: ${idOf(at)}\n\n`))) return;
  const lost = await somethingLost(options.bus, at);
  if (lost !== undefined) {
    const reason = 'what you have seen last is not on the stream any more: read the list again';
    if (!(await client.write(`id: ${lost}\nevent: reset\ndata: ${JSON.stringify({ reason })}\n\n`))) return;
  }
  if (lost !== undefined) at = allOf(lost);
  while (!feed.closed && Date.now() < endsAt) {
    // Asked for before the look, so that nothing comes between the two.
    const news = feed.news(options.tenantId, Math.min(times.aliveMs, endsAt - Date.now()));
    const place = await catchUp(client, recent, at, options).finally(() => { client.whenGone = news.wake; });
    if (place === undefined || response.destroyed) return news.wake();
    at = place;
    await news.come;
    // The id without an event moves the place on from which the client would come back.
    if (Date.now() - client.wroteAt >= times.aliveMs && !(await client.write(`id: ${idOf(at)}\n: alive\n\n`))) return;
    // Another stream has taken the place of the one that it read: it comes back and is told.
    if (response.destroyed || !feed.holds(recent)) break;
  }
  response.end();
}

/** Writes all that there is behind a place. Gives the new place; undefined when the client has gone. */
async function catchUp(
  client: Client,
  recent: Recent,
  from: Position,
  { bus, tenantId, wanted }: Omit<FollowOptions, 'feed' | 'after'>,
): Promise<Position | undefined> {
  for (let at = from; ;) {
    if (needed(at) < recent.floor) {
      // It was away, or is so slow that the newest messages have moved on without it.
      const { head } = recent;
      for await (const entry of lookBack(bus, tenantId, at.sequence)) {
        if (!(await client.write(entry.eventsAfter(at, wanted).join('')))) return undefined;
        at = allOf(entry.sequence);
      }
      if (head > at.sequence) at = allOf(head);
    }
    const entry = recent.nextOf(tenantId, needed(at) + 1);
    if (entry === undefined) return recent.head > at.sequence ? allOf(recent.head) : at;
    if (!(await client.write(entry.eventsAfter(at, wanted).join('')))) return undefined;
    at = allOf(entry.sequence);
  }
}

/** The newest sequence that is not needed any more. */
function needed({ sequence, seen }: Position): number {
  return seen === Infinity ? sequence : sequence - 1;
}

/** The newest sequence when what comes after a place is gone from the stream (its age), or the stream is another one; undefined when nothing is lost. */
async function somethingLost(bus: Bus, at: Position): Promise<number | undefined> {
  const { first, last } = await boundsOf(bus, INCIDENTS.stream);
  return needed(at) < first - 1 || needed(at) > last ? last : undefined;
}

/** The far end of one answer. */
class Client {
  wroteAt = 0;
  /** What waits for something while the client may go: one thing at a time. */
  whenGone = (): void => undefined;

  constructor(private readonly response: ServerResponse, private readonly slowMs: number) {
    response.once('close', () => this.whenGone());
  }

  /** Waits until there is room for more. False when it has gone, or was too slow and is cut off. */
  async write(text: string): Promise<boolean> {
    const { response } = this;
    if (response.destroyed) return false;
    if (text === '') return true;
    this.wroteAt = Date.now();
    if (response.write(text)) return true;
    const drained = await new Promise<boolean>((resolve) => {
      const done = (room: boolean): void => { clearTimeout(timer); response.off('drain', onDrain); resolve(room); };
      const onDrain = (): void => done(true);
      const timer = setTimeout(() => done(false), this.slowMs);
      response.once('drain', onDrain);
      this.whenGone = () => done(false);
    });
    if (!drained) response.destroy();
    return drained;
  }
}
