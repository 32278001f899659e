import {
  EVENTS, INCIDENTS, NOTICES, OUTCOMES, eventOrderKey, partitionOf, subjects,
  type Event, type IncidentChange, type Notice, type OutcomeReport,
} from '@signalbox/contracts';
import { Database } from '@signalbox/database';
import { Bus, ensureStreams } from '@signalbox/messaging';
import { TestClock, eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import type { OnDuty } from '../domain/rules.js';
import { schema } from '../schema.js';
import type { People } from '../store/rulebook.js';
import { Replica } from './replica.js';
import { Scenario } from './scenario.js';

/** Real Postgres and NATS, replicas of the service, and a clock that the test moves. Scenarios are tenants of their own. */
export class World {
  readonly clock = new TestClock('2026-03-02T00:00:00.000Z');
  readonly onCall = new Map<string, (at: string) => OnDuty[]>();
  readonly gone = new Set<string>();
  readonly replicas: Replica[] = [];
  readonly people: People = {
    onCall: (_tenant, schedule, at) => this.onCall.get(schedule)?.(at) ?? [],
    exists: (_tenant, _type, id) => !this.gone.has(id),
  };
  db!: Database;
  databaseUrl!: string;
  private nats!: Server;
  private bus!: Bus;
  private readonly seen: { tenantId: string; change: IncidentChange }[] = [];
  private read = 0;

  static async start(replicas = 1): Promise<World> {
    const world = new World();
    world.nats = await startNats();
    const { url } = await freshDatabase(schema);
    world.databaseUrl = url;
    world.db = new Database({ url, schema: 'incidents' });
    world.bus = new Bus({ servers: world.natsUrl, name: 'world' });
    await world.bus.ready();
    await ensureStreams(world.bus, { replicas: 1, maxBytes: 64 * 1024 * 1024 });
    for (let i = 0; i < replicas; i += 1) await world.join();
    return world;
  }

  get natsUrl(): string {
    return this.nats.url;
  }

  async join(): Promise<Replica> {
    const replica = new Replica(this);
    await replica.start();
    this.replicas.push(replica);
    return replica;
  }

  /** A replica that goes: what it has in hand is finished. */
  async leave(replica: Replica): Promise<void> {
    this.replicas.splice(this.replicas.indexOf(replica), 1);
    await replica.stop();
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await this.bus.close();
    await this.db.close();
    await this.nats.stop();
  }

  /** A tenant of its own, from a time on that is later than all scenarios before it; on a day ("2026-10-24") where the calendar matters. */
  scenario(at: string, date?: string): Scenario {
    const [hours, minutes] = at.split(':').map(Number);
    const day = date === undefined ? new Date(this.clock.now().getTime() + 2 * 86_400_000) : new Date(`${date}T00:00:00.000Z`);
    this.clock.set(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hours, minutes)));
    return new Scenario(this);
  }

  /** Lets the time pass until `at`: whatever falls due on the way is fired at its time, by one replica or all at once. */
  async pass(at: Date): Promise<void> {
    for (;;) {
      const next = await this.replicas[0]!.nextDue();
      if (next === null || next > at) break;
      if (next > this.clock.now()) this.clock.set(next);
      await Promise.all(this.replicas.map((replica) => replica.fireDue(this.clock.now())));
    }
    this.clock.set(at);
    await Promise.all(this.replicas.map((replica) => replica.fireDue(this.clock.now())));
  }

  /** Whoever writes these rows waits until `meanwhile` is over: so a story can stop a replica between any two of its statements. */
  whileHeld(sql: string, values: readonly unknown[], meanwhile: () => Promise<unknown>): Promise<void> {
    return this.during(`${sql} for update`, values, meanwhile);
  }

  /** Whoever writes this table, and does not only lock rows of it, waits until `meanwhile` is over. */
  whileUnwritten(table: string, meanwhile: () => Promise<unknown>): Promise<void> {
    return this.during(`lock table ${table} in share mode`, [], meanwhile);
  }

  private async during(sql: string, values: readonly unknown[], meanwhile: () => Promise<unknown>): Promise<void> {
    const client = await this.db.pool.connect();
    try {
      await client.query('begin');
      await client.query(sql, values as unknown[]);
      await meanwhile();
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  /** Waits until so many transactions wait for a lock. */
  async waiting(count: number): Promise<void> {
    await eventually(async () => (await this.waiters()).length === count, { withinMs: 10_000, describe: `${count} transactions that wait` });
  }

  /** Cuts the connections of those that wait for a lock, as `kill -9` does. */
  async cut(): Promise<void> {
    for (const pid of await this.waiters()) await this.db.query('select pg_terminate_backend($1)', [pid]);
    await this.waiting(0);
  }

  private async waiters(): Promise<number[]> {
    const rows = await this.db.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
    return rows.map(({ pid }) => pid);
  }

  /** Puts events on the bus as one envelope: they are taken in together. */
  async sendTogether(tenantId: string, events: readonly Event[]): Promise<void> {
    const { scopeId, dedupKey } = events[0]!;
    await this.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(scopeId, dedupKey))), EVENTS.encode({ tenantId, events: [...events] }));
  }

  /** Sends events the way a gateway does. */
  async send(tenantId: string, events: readonly Event[]): Promise<void> {
    for (const event of events) {
      const subject = subjects.events(tenantId, partitionOf(eventOrderKey(event.scopeId, event.dedupKey)));
      await this.bus.publish(subject, EVENTS.encode({ tenantId, events: [event] }));
    }
  }

  /** Sends a report the way notifications does, as often as it is given, and waits until the last one is taken in. */
  async report(...reports: readonly OutcomeReport[]): Promise<void> {
    let sent = 0;
    for (const report of reports) sent = (await this.bus.publish(subjects.outcomes(report.tenantId), OUTCOMES.encode(report))).sequence;
    const past = `select 1 from partition_cursors where reader = 'outcomes' and sequence >= $1`;
    await eventually(async () => (await this.db.query(past, [sent])).length === 1, { withinMs: 10_000, describe: 'reports taken in' });
  }

  async takenIn(events: readonly Event[]): Promise<void> {
    const ids = events.map(({ id }) => id);
    await eventually(async () => (await this.db.query('select 1 from incident_events where event_id = any($1::uuid[])', [ids])).length === ids.length,
      { withinMs: 10_000, describe: 'events taken in' });
  }

  async refreshRules(tenantId: string): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.rules.refresh([tenantId])));
  }

  async noticesOf(tenantId: string): Promise<Notice[]> {
    await this.changesOf(tenantId);
    const manager = await this.bus.manager();
    const { state } = await manager.streams.info('NOTICES');
    const all: Notice[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) {
      all.push(NOTICES.decode((await manager.streams.getMessage('NOTICES', { seq })).data));
    }
    return all.filter((notice) => notice.tenantId === tenantId);
  }

  /** Everything that was published about a tenant's incidents, in order, once the outbox is empty. */
  async changesOf(tenantId: string): Promise<IncidentChange[]> {
    await eventually(async () => (await this.db.query('select 1 from outbox limit 1')).length === 0, { withinMs: 10_000, describe: 'an empty outbox' });
    const manager = await this.bus.manager();
    const { state } = await manager.streams.info('INCIDENTS');
    for (let seq = Math.max(this.read + 1, state.first_seq); seq <= state.last_seq; seq += 1) {
      const envelope = INCIDENTS.decode((await manager.streams.getMessage('INCIDENTS', { seq })).data);
      this.seen.push(...envelope.changes.map((change) => ({ tenantId: envelope.tenantId, change })));
    }
    this.read = state.last_seq;
    const own = this.seen.filter((one) => one.tenantId === tenantId).map(({ change }) => change);
    return [...new Map(own.map((change) => [change.id, change])).values()];
  }
}
