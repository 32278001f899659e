import { HELD, ROUTES, subjects, type HeldJob } from '@signalbox/contracts';
import { hintWork, type Bus } from '@signalbox/messaging';
import { HELD_AT_MOST_MS, isClosed, type DestinationState } from '../domain/decide.js';
import type { DestinationStates } from '../store/destination-states.js';
import type { LiveRoute, LiveRoutes } from '../store/live-routes.js';
import { unreadableLetter } from './letters.js';
import { nextMessage, removeMessage } from './stored-messages.js';

interface Held { readonly sequence: number; readonly bytes: Uint8Array; readonly value: HeldJob | undefined }

/** A probe whose end is not known by then is repeated. */
const PROBE_MS = 30_000;
/** What waits in vain is looked at this often, to find what has waited for too long. */
const LOOK_FOR_OLD_MS = 10_000;
/** Jobs of a deleted route only become dead letters: no far side sets the pace. */
const DELETED_AT_ONCE = 100;

/** HELD → ROUTES, per route in order, as fast as the route works them off; run by one replica at a time. */
export class HeldDrainer {
  private readonly lookedAt = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly bus: Bus, private readonly routes: LiveRoutes, private readonly states: DestinationStates,
    private readonly warn: (message: string, error?: unknown) => void,
  ) {}

  /** How many jobs were held when this replica last looked. */
  get held(): number {
    return this.total;
  }

  /** True when something went out: more may follow soon. */
  async tick(): Promise<boolean> {
    await this.states.refresh();
    const manager = await this.bus.manager();
    const held = (await manager.streams.info('HELD', { subjects_filter: subjects.held('*', '*') })).state.subjects ?? {};
    const waiting = new Set(Object.keys(held).map((subject) => subject.split('.')[2]!));
    this.total = Object.values(held).reduce((sum, count) => sum + count, 0);
    const queued = waiting.size === 0 ? {} : (await manager.streams.info('ROUTES', { subjects_filter: subjects.routes('*') })).state.subjects ?? {};
    let released = 0;
    for (const subject of Object.keys(held)) {
      released += await this.drain(subject, queued).catch((error: unknown) => { this.warn(`${subject} cannot be drained now`, error); return 0; });
    }
    for (const [routeId, state] of this.states.all()) if (!waiting.has(routeId)) await this.openIfOver(routeId, state);
    return released > 0;
  }

  private async drain(subject: string, queued: Record<string, number>): Promise<number> {
    const [, tenantId, routeId] = subject.split('.') as [string, string, string];
    const route = await this.routes.find(tenantId, routeId);
    const room = await this.room(subject, route, queued[subjects.routes(tenantId)] ?? 0);
    const released = room === 0 ? await this.releaseOld(subject) : await this.release(subject, await this.read(subject, room));
    queued[subjects.routes(tenantId)] = (queued[subjects.routes(tenantId)] ?? 0) + released;
    if (released > 0) hintWork(this.bus, 'ROUTES', tenantId);
    return released;
  }

  /** How many may go now. While a destination is closed or its route is paused: none. */
  private async room(subject: string, route: LiveRoute | undefined, queued: number): Promise<number> {
    if (route === undefined) return DELETED_AT_ONCE;
    if (route.state !== 'active') return 0;
    const now = new Date();
    const state = this.states.get(route.id);
    if (state === undefined) await this.states.drain(route, 'held');
    else if (isClosed(state, now)) return 0;
    else if (state.state === 'closed') return (await this.states.probe(route.id)) ? 1 : 0;
    else if (state.state === 'probing') return now.getTime() - state.changedAt.getTime() > PROBE_MS && (await this.states.probe(route.id)) ? 1 : 0;
    this.lookedAt.delete(subject);
    // Twice what the route works on at a time keeps it busy; more would only wait elsewhere. One goes even when the tenant's queue is long.
    return Math.max(1, 2 * route.concurrency - queued);
  }

  /** Whatever has waited for too long goes to the worker, which makes a dead letter of it. */
  private async releaseOld(subject: string): Promise<number> {
    const now = Date.now();
    if (now - (this.lookedAt.get(subject) ?? 0) < LOOK_FOR_OLD_MS) return 0;
    this.lookedAt.set(subject, now);
    const old = (await this.read(subject, DELETED_AT_ONCE))
      .filter(({ value }) => value === undefined || now - Date.parse(value.job.heldSince ?? value.heldAt) >= HELD_AT_MOST_MS);
    return this.release(subject, old);
  }

  private async read(subject: string, count: number): Promise<Held[]> {
    const held: Held[] = [];
    for (let from = 1; held.length < count;) {
      const message = await nextMessage(this.bus, 'HELD', subject, from);
      if (message === undefined) break;
      held.push({ sequence: message.seq, bytes: message.data, value: decoded(message.data) });
      from = message.seq + 1;
    }
    return held;
  }

  /** Published first, deleted then: a death in between publishes again under the same id, which changes nothing. */
  private async release(subject: string, held: readonly Held[]): Promise<number> {
    await Promise.all(held.map(({ sequence, bytes, value }) => {
      if (value !== undefined) {
        return this.bus.publish(subjects.routes(value.job.tenantId), ROUTES.encode(value.job), { messageId: `${value.job.deliveryId}/held/${sequence}` });
      }
      const letter = unreadableLetter(
        { tenantId: subject.split('.')[1]!, subject, sequence, bytes, error: new Error('a held job cannot be read') },
        new Date(),
      );
      return this.bus.publish(letter.subject, letter.body, { messageId: letter.messageId });
    }));
    await Promise.all(held.map(({ sequence }) => removeMessage(this.bus, 'HELD', sequence)));
    return held.length;
  }

  /** Nothing waits for it any more: new messages may go to it directly again. */
  private async openIfOver(routeId: string, state: DestinationState): Promise<void> {
    const now = new Date();
    if (isClosed(state, now) || (state.state === 'probing' && now.getTime() - state.changedAt.getTime() < PROBE_MS)) return;
    await this.states.open(routeId, state);
  }
}

function decoded(bytes: Uint8Array): HeldJob | undefined {
  try {
    return HELD.decode(bytes);
  } catch {
    return undefined;
  }
}
