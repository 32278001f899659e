import type { Database } from '@signalbox/database';
import { closingMs, isClosed, type DestinationState } from '../domain/decide.js';

interface Row { route_id: string; state: DestinationState['state']; closed_until: Date | null; reason: string | null; failures: number; changed_at: Date }

type RouteKey = { readonly id: string; readonly tenantId: string };

const POLL_MS = 300;

/**
 * Which destinations are not simply open, shared by all replicas through Postgres and read here from memory.
 * closed (until a time) → probing (one message goes) → draining (what was held goes first) → open (no row).
 */
export class DestinationStates {
  private states = new Map<string, DestinationState>();
  private writes = 0;
  private saving = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly db: Database, private readonly warn: (message: string, error?: unknown) => void) {}

  async start(): Promise<void> {
    await this.refresh().catch((error: unknown) => this.warn('the states of destinations cannot be read now', error));
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.start(), POLL_MS);
    this.timer.unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  get(routeId: string): DestinationState | undefined {
    return this.states.get(routeId);
  }

  all(): ReadonlyMap<string, DestinationState> {
    return this.states;
  }

  /** Leaves a destination alone until it wishes otherwise (`until`), or for longer each time. */
  async close(route: RouteKey, reason: string, until: Date | null, now: Date = new Date()): Promise<void> {
    const known = this.states.get(route.id);
    const wasClosed = isClosed(known, now);
    const closedUntil = until ?? new Date(now.getTime() + closingMs(known?.failures ?? 0));
    if (wasClosed && known!.closedUntil! >= closedUntil) return;
    const failures = (known?.failures ?? 0) + (wasClosed ? 0 : 1);
    await this.write(route.id, { state: 'closed', closedUntil, reason, failures, changedAt: now }, () => this.db.query(
      `insert into destination_state as d (route_id, tenant_id, state, closed_until, reason, failures) values ($1, $2, 'closed', $3, $4, 1)
       on conflict (route_id) do update set state = 'closed', closed_until = greatest(d.closed_until, excluded.closed_until), reason = excluded.reason,
         failures = d.failures + case when d.state = 'closed' and d.closed_until > now() then 0 else 1 end, changed_at = now()`,
      [route.id, route.tenantId, closedUntil, reason]));
  }

  /** One message may go, to see whether the destination takes it. False when another replica was faster. */
  async probe(routeId: string): Promise<boolean> {
    const rows = await this.db.query(
      `update destination_state set state = 'probing', changed_at = now() where route_id = $1
       and (state = 'closed' and closed_until <= now() or state = 'probing') returning route_id`, [routeId]);
    await this.refresh();
    return rows.length > 0;
  }

  /** The destination has taken a message: what is held goes out, before anything new. */
  async recovered(route: RouteKey): Promise<void> {
    const known = this.states.get(route.id);
    if (known === undefined || known.state === 'draining') return;
    await this.write(route.id, { ...known, state: 'draining', failures: 0 }, () => this.db.query(
      `update destination_state set state = 'draining', failures = 0, changed_at = now()
       where route_id = $1 and (state = 'probing' or closed_until <= now())`, [route.id]));
  }

  /** What is held goes first from now on (a route resumed, or one that is busy). A destination that is not open stays as it is. */
  async drain(route: RouteKey, reason: string): Promise<void> {
    if (this.states.has(route.id)) return;
    await this.write(route.id, { state: 'draining', closedUntil: null, reason, failures: 0, changedAt: new Date() }, () => this.db.query(
      `insert into destination_state (route_id, tenant_id, state, reason) values ($1, $2, 'draining', $3) on conflict do nothing`,
      [route.id, route.tenantId, reason]));
  }

  /** Nothing is held any more, and the destination was not closed again since `seen`. */
  async open(routeId: string, seen: DestinationState): Promise<void> {
    await this.db.query(
      'delete from destination_state where route_id = $1 and state = $2 and (closed_until is null or closed_until <= now())',
      [routeId, seen.state],
    );
    await this.refresh();
  }

  /** What the database says, unless something was written from here in the meantime. */
  async refresh(): Promise<void> {
    const before = this.writes;
    const rows = await this.db.query<Row>('select route_id, state, closed_until, reason, failures, changed_at from destination_state');
    if (before !== this.writes || this.saving > 0) return;
    this.states = new Map(rows.map((row) => [row.route_id, {
      state: row.state, closedUntil: row.closed_until, reason: row.reason, failures: row.failures, changedAt: row.changed_at,
    }]));
  }

  /** In force here at once, elsewhere within the poll. */
  private async write(routeId: string, state: DestinationState, save: () => Promise<unknown>): Promise<void> {
    this.writes += 1;
    this.saving += 1;
    this.states.set(routeId, state);
    try {
      await save();
    } finally {
      this.saving -= 1;
      this.writes += 1;
    }
  }
}
