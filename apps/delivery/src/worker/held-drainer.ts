import { HELD, ROUTES, subjects, type HeldJob } from '@signalbox/contracts';
import { hintWork, type Bus } from '@signalbox/messaging';
import { HELD_AT_MOST_MS, isClosed, type DestinationState } from '../domain/decide.js';
import type { DeliveryStore } from '../store/delivery-store.js';
import type { DestinationStates } from '../store/destination-states.js';
import type { LiveRoute, LiveRoutes } from '../store/live-routes.js';
import type { HeldFlow } from './held-flow.js';
import { unreadableLetter } from './letters.js';
import { nextMessage, removeMessage } from './stored-messages.js';

interface Held { readonly sequence: number; readonly bytes: Uint8Array; readonly value: HeldJob | undefined }

/** A probe whose end is not known by then is repeated. */
const PROBE_MS = 30_000;
/** What waits in vain is looked at this often, to find what has waited for too long. */
const LOOK_FOR_OLD_MS = 10_000;
/** Jobs of a deleted route only become dead letters: no far side sets the pace. */
const DELETED_AT_ONCE = 100;
/** Routes that are drained side by side: each waits for the bus most of the time. */
const AT_ONCE = 4;

/** HELD → ROUTES, per route in order, as fast as the route works them off (`HeldFlow`); run by one replica at a time. */
export class HeldDrainer {
  private readonly lookedAt = new Map<string, number>();
  private total = 0;

  constructor(
    private readonly bus: Bus, private readonly routes: LiveRoutes, private readonly states: DestinationStates,
    private readonly store: DeliveryStore, private readonly flow: HeldFlow,
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
    const left = Object.keys(held);
    let released = 0;
    const drainSome = async (): Promise<void> => {
      for (let subject = left.shift(); subject !== undefined; subject = left.shift()) {
        released += await this.drain(subject).catch((error: unknown) => { this.warn(`${subject} cannot be drained now`, error); return 0; });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, drainSome));
    for (const [routeId, state] of this.states.all()) if (!waiting.has(routeId)) await this.openIfOver(routeId, state);
    return released > 0;
  }

  private async drain(subject: string): Promise<number> {
    const [, tenantId, routeId] = subject.split('.') as [string, string, string];
    const route = await this.routes.find(tenantId, routeId);
    const room = await this.room(subject, route);
    if (room === undefined) this.flow.forget(routeId);
    const held = room === undefined ? await this.readOld(subject) : await this.read(subject, room);
    if (held.length === 0) return 0;
    await this.release(subject, held);
    if (room !== undefined) this.flow.released(routeId, held.flatMap(({ value }) => (value === undefined ? [] : [value.job.deliveryId])), performance.now());
    hintWork(this.bus, 'ROUTES', tenantId);
    return held.length;
  }

  /** How many may go now; undefined while none may: its destination is closed, or the route is paused. */
  private async room(subject: string, route: LiveRoute | undefined): Promise<number | undefined> {
    if (route === undefined) return DELETED_AT_ONCE;
    if (route.state !== 'active') return undefined;
    const now = new Date();
    const state = this.states.get(route.id);
    if (isClosed(state, now)) return undefined;
    if (state?.state === 'closed') return (await this.states.probe(route.id)) ? 1 : undefined;
    if (state?.state === 'probing') return now.getTime() - state.changedAt.getTime() > PROBE_MS && (await this.states.probe(route.id)) ? 1 : undefined;
    if (state === undefined) await this.states.drain(route, 'held');
    this.lookedAt.delete(subject);
    this.flow.ended(route.id, await this.store.endedOf(this.flow.out(route.id)));
    return this.flow.room({ ...route, since: this.states.get(route.id)?.changedAt ?? now }, performance.now());
  }

  /** Whatever has waited for too long goes to the worker, which makes a dead letter of it. */
  private async readOld(subject: string): Promise<Held[]> {
    const now = Date.now();
    if (now - (this.lookedAt.get(subject) ?? 0) < LOOK_FOR_OLD_MS) return [];
    this.lookedAt.set(subject, now);
    return (await this.read(subject, DELETED_AT_ONCE))
      .filter(({ value }) => value === undefined || now - Date.parse(value.job.heldSince ?? value.heldAt) >= HELD_AT_MOST_MS);
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
  private async release(subject: string, held: readonly Held[]): Promise<void> {
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
  }

  /** Nothing waits for it any more: new messages may go to it directly again. */
  private async openIfOver(routeId: string, state: DestinationState): Promise<void> {
    const now = new Date();
    if (isClosed(state, now) || (state.state === 'probing' && now.getTime() - state.changedAt.getTime() < PROBE_MS)) return;
    this.flow.forget(routeId);
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
