/** A route that takes up again what is held for it. `since`: when its destination came to be as it is now. */
export interface Draining { readonly id: string; readonly tenantId: string; readonly concurrency: number; readonly since: Date }

interface Flow { readonly tenantId: string; readonly sinceMs: number; window: number; endedOfWindow: number; readonly out: Map<string, number> }

/** A job of which nothing is heard for so long is not waited for: it was lost with its stream, or its row is gone. */
const FORGOTTEN_AFTER_MS = 600_000;

/** What waits for less than this may be more, for more than that must be fewer. */
const QUICK_MS = 500;
const SLOW_MS = 1_000;

/**
 * How many held jobs of a route may be out (released, and neither delivered nor dead). At first twice what the route works on at a time; twice as many each
 * time so many were worked off, none of them late, since a route must be drained faster than new jobs come to be held; half as many when one is late.
 * A destination that hangs thus takes few of its tenant's hands, however much is held for it. All routes of a tenant together have `perTenant` out, or
 * one each.
 */
export class HeldFlow {
  private readonly flows = new Map<string, Flow>();

  constructor(private readonly perTenant: number) {}

  /** The deliveries of a route that are out. */
  out(routeId: string): readonly string[] {
    return [...this.flows.get(routeId)?.out.keys() ?? []];
  }

  /** They have been delivered, or are dead. */
  ended(routeId: string, deliveryIds: readonly string[]): void {
    const flow = this.flows.get(routeId);
    for (const id of deliveryIds) if (flow?.out.delete(id) === true) flow.endedOfWindow += 1;
  }

  /** How many more may go out now. */
  room(route: Draining, nowMs: number): number {
    const flow = this.flowOf(route);
    for (const [id, releasedMs] of flow.out) if (nowMs - releasedMs > FORGOTTEN_AFTER_MS) flow.out.delete(id);
    const [oldestMs = nowMs] = flow.out.values();
    const waitedMs = nowMs - oldestMs;
    if (waitedMs > SLOW_MS) this.resize(flow, flow.window / 2, route);
    else if (waitedMs < QUICK_MS && flow.endedOfWindow >= flow.window) this.resize(flow, flow.window * 2, route);
    const room = Math.min(flow.window - flow.out.size, this.perTenant - this.outOf(route.tenantId));
    return Math.max(flow.out.size === 0 ? 1 : 0, room);
  }

  /** They go out now. */
  released(routeId: string, deliveryIds: readonly string[], nowMs: number): void {
    for (const id of deliveryIds) this.flows.get(routeId)?.out.set(id, nowMs);
  }

  /** Its destination is closed, or it is paused: what is out comes back to be held. */
  forget(routeId: string): void {
    this.flows.delete(routeId);
  }

  private flowOf({ id, tenantId, concurrency, since }: Draining): Flow {
    const known = this.flows.get(id);
    // Closed and opened again between two looks: what was out has been held again.
    if (known !== undefined && known.sinceMs === since.getTime()) return known;
    const flow = { tenantId, sinceMs: since.getTime(), window: 2 * concurrency, endedOfWindow: 0, out: new Map<string, number>() };
    this.flows.set(id, flow);
    return flow;
  }

  private resize(flow: Flow, window: number, { concurrency }: Draining): void {
    flow.window = Math.max(2 * concurrency, Math.min(Math.floor(window), this.perTenant));
    flow.endedOfWindow = 0;
  }

  private outOf(tenantId: string): number {
    let out = 0;
    for (const flow of this.flows.values()) if (flow.tenantId === tenantId) out += flow.out.size;
    return out;
  }
}
