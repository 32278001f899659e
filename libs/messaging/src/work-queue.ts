import { STREAMS, subjects, tenantOfSubject, type Contract } from '@signalbox/contracts';
import { AckPolicy, DeliverPolicy, createInbox, nanos, type Msg, type NatsConnection, type Subscription } from 'nats';
import { acknowledgement, deliveryInfo } from './acknowledgement.js';
import type { Bus } from './bus.js';

/** One message in hand. Exactly one of `done`, `again` and `giveUp` settles it; until then it is kept alive. */
export interface WorkItem<T> {
  readonly tenantId: string;
  readonly value: T;
  readonly bytes: Uint8Array;
  readonly sequence: number;
  /** How often the bus has delivered it, this time included: 1 the first time. */
  readonly deliveries: number;
  /** Its effects are stored: it leaves the queue. */
  done(): void;
  /** Deliver it again, not before so many milliseconds from now. */
  again(afterMs: number): void;
  /** Its dead letter is stored: never deliver it again. */
  giveUp(reason: string): void;
}

export interface WorkQueueOptions<T> {
  readonly bus: Bus;
  readonly contract: Contract<T>;
  readonly maxDeliver: number;
  /** A message without a sign of life for this long is delivered to another worker (default 30 s; items in hand are kept alive). */
  readonly ackWaitMs?: number;
  /** Messages of one tenant in hand at most (default 64). */
  readonly perTenant?: number;
  readonly handle: (item: WorkItem<T>) => void;
  /** A message that cannot even be decoded: store its dead letter, then it is given up. */
  readonly onUndecodable: (raw: { tenantId: string; bytes: Uint8Array; sequence: number; error: unknown }) => Promise<void>;
  readonly log?: (message: string, error?: unknown) => void;
}

/** Pulls that may be open at one time: thousands of open pulls are slow, so tenants take turns. */
const OPEN_PULLS = 32;
const PULL_EXPIRES_MS = 2_000;
const LOOK_AROUND_MS = 1_000;

interface Tenant {
  readonly id: string;
  readonly durable: string;
  made: boolean;
  inHand: number;
  /** The pull that is open, if any. `received` counts what came by it. */
  pull: { token: number; asked: number; received: number; endsAt: number } | undefined;
  waiting: boolean;
}

/**
 * The work queue `routes.<tenant>`: one lazily made durable consumer per tenant, pulled on demand and in rotation, so that no tenant
 * waits behind another's million. A tenant is pulled while it has work; hints and a look around every second find those that have.
 */
export class WorkQueue<T> {
  private readonly tenants = new Map<string, Tenant>();
  private readonly rotation: Tenant[] = [];
  private openPulls = 0;
  private tokens = 0;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private connection!: NatsConnection;
  private readonly inbox = createInbox();
  private subscription: Subscription | undefined;
  private hints: Subscription | undefined;
  private readonly inHand = new Set<Msg>();
  private readonly stream: string;
  private readonly perTenant: number;
  private readonly ackWaitMs: number;
  private lastAlive = 0;

  constructor(private readonly options: WorkQueueOptions<T>) {
    this.stream = options.contract.stream;
    this.perTenant = options.perTenant ?? 64;
    this.ackWaitMs = options.ackWaitMs ?? 30_000;
  }

  /** How many messages are in hand now, of all tenants. */
  get size(): number {
    return this.inHand.size;
  }

  async start(): Promise<void> {
    this.connection = await this.options.bus.ready();
    this.subscription = this.connection.subscribe(`${this.inbox}.*.*`, { callback: (_error, message) => this.receive(message) });
    this.hints = this.connection.subscribe(hintSubject(this.stream), { callback: (_error, message) => this.wake(message.string()) });
    await this.lookAround();
  }

  /** Stops taking work and waits until what is in hand has been settled, at most so long. */
  async stop(withinMs = 20_000): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.hints?.unsubscribe();
    const deadline = Date.now() + withinMs;
    while (this.inHand.size > 0 && Date.now() < deadline) {
      this.keepAlive();
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    this.subscription?.unsubscribe();
  }

  /** A tenant may have work: pull for it as soon as its turn comes. */
  wake(tenantId: string): void {
    if (this.stopped || tenantId === '') return;
    let tenant = this.tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = { id: tenantId, durable: `delivery-${tenantId}`, made: false, inHand: 0, pull: undefined, waiting: false };
      this.tenants.set(tenantId, tenant);
    }
    this.enqueue(tenant);
  }

  private enqueue(tenant: Tenant): void {
    if (tenant.waiting || tenant.pull !== undefined || tenant.inHand >= this.perTenant || this.stopped) return;
    tenant.waiting = true;
    this.rotation.push(tenant);
    this.turn();
  }

  private turn(): void {
    while (this.openPulls < OPEN_PULLS) {
      const tenant = this.rotation.shift();
      if (tenant === undefined) return;
      tenant.waiting = false;
      if (tenant.pull !== undefined || tenant.inHand >= this.perTenant) continue;
      void this.pull(tenant);
    }
  }

  private async pull(tenant: Tenant): Promise<void> {
    this.tokens += 1;
    const asked = this.perTenant - tenant.inHand;
    const pull = { token: this.tokens, asked, received: 0, endsAt: Date.now() + PULL_EXPIRES_MS + 1_000 };
    tenant.pull = pull;
    this.openPulls += 1;
    try {
      if (!tenant.made) await this.makeDurable(tenant);
      if (!this.options.bus.connected) throw new Error('not connected');
      // With others waiting for a turn, take what is there and move on; alone, leave the pull open for what comes next.
      const crowded = this.rotation.length > 0;
      const request = crowded ? { batch: asked, no_wait: true } : { batch: asked, expires: nanos(PULL_EXPIRES_MS) };
      this.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${tenant.durable}`, JSON.stringify(request),
        { reply: `${this.inbox}.${tenant.id}.${pull.token}` });
    } catch (error) {
      this.options.log?.(`cannot pull ${tenant.durable} now`, error);
      this.endPull(tenant, false);
    }
  }

  private async makeDurable(tenant: Tenant): Promise<void> {
    const manager = await this.options.bus.manager();
    await manager.consumers.add(this.stream, {
      durable_name: tenant.durable, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All, ack_wait: nanos(this.ackWaitMs),
      max_deliver: this.options.maxDeliver, max_ack_pending: 20_000, filter_subject: subjects.routes(tenant.id),
    });
    tenant.made = true;
  }

  /** What comes to our inbox: the word that a pull has ended (on the inbox's own subject), or a message (on the subject it was published to). */
  private receive(message: Msg): void {
    if (message.reply === undefined || message.reply === '') return this.receiveStatus(message);
    const tenant = this.tenants.get(tenantOfSubject(message.subject));
    if (tenant === undefined) return;
    tenant.inHand += 1;
    this.take(tenant, message);
    if (tenant.pull === undefined) return;
    tenant.pull.received += 1;
    if (tenant.pull.received >= tenant.pull.asked) this.endPull(tenant, true);
  }

  private receiveStatus(message: Msg): void {
    const [tenantId, token] = message.subject.slice(this.inbox.length + 1).split('.');
    const tenant = this.tenants.get(tenantId ?? '');
    const code = message.headers?.code ?? 0;
    if (tenant === undefined || code === 100) return;
    if (code === 503 || (code === 409 && /deleted/i.test(message.headers?.description ?? ''))) tenant.made = false;
    if (tenant.pull !== undefined && String(tenant.pull.token) === token) this.endPull(tenant, tenant.pull.received > 0 && code !== 503);
  }

  private endPull(tenant: Tenant, more: boolean): void {
    if (tenant.pull === undefined) return;
    tenant.pull = undefined;
    this.openPulls -= 1;
    if (more) this.enqueue(tenant);
    this.turn();
  }

  private take(tenant: Tenant, message: Msg): void {
    this.inHand.add(message);
    const settle = (how: () => void): void => {
      if (!this.inHand.delete(message)) return;
      how();
      tenant.inHand -= 1;
      // Pull again when half of the room is free: one pull for many messages.
      if (tenant.pull === undefined && tenant.inHand <= this.perTenant / 2) this.enqueue(tenant);
    };
    const { deliveries, sequence } = deliveryInfo(message);
    const common = { tenantId: tenant.id, bytes: message.data, sequence };
    let value: T;
    try {
      value = this.options.contract.decode(message.data);
    } catch (error) {
      this.options.onUndecodable({ ...common, error }).then(
        () => settle(() => acknowledgement.giveUp(message, 'undecodable')),
        (failure: unknown) => { this.options.log?.('a message that cannot be decoded waits for its dead letter', failure); settle(() => acknowledgement.again(message, 5_000)); },
      );
      return;
    }
    this.options.handle({
      ...common, value, deliveries,
      done: () => settle(() => acknowledgement.done(message)),
      again: (afterMs) => settle(() => acknowledgement.again(message, afterMs)),
      giveUp: (reason) => settle(() => acknowledgement.giveUp(message, reason)),
    });
  }

  /** Finds tenants with messages (redeliveries included), ends pulls that the server has forgotten, and keeps what is in hand alive. */
  private async lookAround(): Promise<void> {
    try {
      const now = Date.now();
      for (const tenant of this.tenants.values()) {
        if (tenant.pull !== undefined && tenant.pull.endsAt < now) this.endPull(tenant, false);
      }
      this.keepAlive();
      if (this.options.bus.connected) {
        const manager = await this.options.bus.manager();
        const info = await manager.streams.info(this.stream, { subjects_filter: STREAMS[this.options.contract.stream].subjects[0]! });
        for (const subject of Object.keys(info.state.subjects ?? {})) this.wake(tenantOfSubject(subject));
      }
    } catch (error) {
      this.options.log?.('cannot look at the work queue now', error);
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.lookAround(), LOOK_AROUND_MS);
    this.timer.unref();
  }

  private keepAlive(): void {
    const now = Date.now();
    if (now - this.lastAlive < this.ackWaitMs / 3) return;
    this.lastAlive = now;
    for (const message of this.inHand) acknowledgement.working(message);
  }
}

function hintSubject(stream: string): string {
  return `hints.${stream}`;
}

/** Tells workers, now, that a tenant has work: they would find out by themselves within a second. */
export function hintWork(bus: Bus, stream: string, tenantId: string): void {
  bus.hint(hintSubject(stream), tenantId);
}
