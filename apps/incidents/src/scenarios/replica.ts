import { EVENTS, OUTCOMES, PARTITIONS } from '@signalbox/contracts';
import { Database, Outbox, PartitionLeases } from '@signalbox/database';
import { Bus, LogReader, OutboxRelay } from '@signalbox/messaging';
import { EventConsumer } from '../consumers/event-consumer.js';
import { OutcomeConsumer } from '../consumers/outcome-consumer.js';
import { Applier } from '../store/applier.js';
import { Clockwork } from '../store/clockwork.js';
import { IncidentStore } from '../store/incident-store.js';
import { Rulebook } from '../store/rulebook.js';
import { SLICE, Settling } from '../store/settling.js';
import { Storms } from '../store/storms.js';
import type { World } from './world.js';

/** One replica of the service, as far as incidents go, on the world's clock: its clockwork fires when it is told to. */
export class Replica {
  readonly db: Database;
  readonly rules: Rulebook;
  readonly store: IncidentStore;
  readonly clockwork: Clockwork;
  readonly settling: Settling;
  readonly storms: Storms;
  private readonly bus: Bus;
  private readonly relay: OutboxRelay;
  private readonly readers: readonly LogReader<never, never>[];

  constructor(world: World) {
    this.db = new Database({ url: world.databaseUrl, schema: 'incidents' });
    this.bus = new Bus({ servers: world.natsUrl, name: 'replica' });
    this.relay = new OutboxRelay(this.bus, new Outbox(this.db));
    this.rules = new Rulebook(this.db, world.people, world.clock.now);
    const applier = new Applier({
      rules: this.rules, readRules: (tenantIds) => this.rules.refresh(tenantIds), relay: this.relay, now: world.clock.now, due: () => undefined,
    });
    this.store = new IncidentStore(this.db, applier, world.clock.now);
    this.clockwork = new Clockwork(this.db, applier);
    this.settling = new Settling(this.db, applier, this.rules);
    const fail = (message: string, error: unknown): never => { throw new Error(message, { cause: error }); };
    this.storms = new Storms({ db: this.db, rules: this.rules, offer: (rows) => this.relay.offer(rows), warn: fail });
    this.readers = [
      new LogReader({
        bus: this.bus, contract: EVENTS, leases: new PartitionLeases(this.db, 'events', PARTITIONS),
        handler: new EventConsumer(this.db, this.relay, applier),
      }),
      new LogReader({
        bus: this.bus, contract: OUTCOMES, leases: new PartitionLeases(this.db, 'outcomes', 1),
        handler: new OutcomeConsumer(this.db, applier, fail, world.clock.now),
      }),
    ] as unknown as LogReader<never, never>[];
  }

  /** When anything of it is due. */
  async nextDue(): Promise<Date | null> {
    const times = (await Promise.all([this.clockwork.nextDue(), this.settling.nextDue(), this.storms.nextDue()])).filter((time) => time !== null);
    return times.length === 0 ? null : new Date(Math.min(...times.map((time) => time.getTime())));
  }

  async fireDue(now: Date): Promise<void> {
    await Promise.all([this.clockwork.fireDue(now, 100), this.settling.fireDue(now, SLICE), this.storms.fireDue(now)]);
  }

  async start(): Promise<void> {
    await this.bus.ready();
    await this.rules.load();
    this.relay.start();
    for (const reader of this.readers) await reader.start();
  }

  async stop(): Promise<void> {
    for (const reader of this.readers) await reader.stop();
    await this.relay.stop();
    await this.bus.close();
    await this.db.close();
  }
}
