import { STREAMS, subjects, tenantOfSubject, type Contract } from '@signalbox/contracts';
import { AckPolicy, DeliverPolicy, NatsError, createInbox, nanos, type ConsumerConfig, type Msg, type NatsConnection, type Subscription } from 'nats';
import { acknowledgement, deliveryInfo, isDelivery } from './acknowledgement.js';
import type { Bus } from './bus.js';
import { InHand } from './in-hand.js';

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
/** Of those, pulls that wait for something to come. The others only take what is there, and are over in a moment. */
const WAITING_PULLS = 16;
const PULL_EXPIRES_MS = 2_000;
const LOOK_AROUND_MS = 1_000;
/** A message that no rule foresees how to deal with is delivered again after this long at most. */
const UNFORESEEN_AGAIN_MS = 5_000;
const DRAIN_WITHIN_MS = 1_000;
const CONSUMER_EXISTS = 10148;

interface Pull { readonly token: number; readonly asked: number; readonly waits: boolean; readonly endsAt: number; received: number }

interface Tenant {
  readonly id: string;
  readonly durable: string;
  made: boolean;
  inHand: number;
  pull: Pull | undefined;
  /** It is in the rotation. */
  queued: boolean;
  /** It was woken while a pull was under way that may have looked too early. */
  woken: boolean;
}

/**
 * The work queue `routes.<tenant>`: one lazily made durable consumer per tenant, pulled on demand and in rotation, so that no tenant
 * waits behind another's million. A tenant is pulled while it has work; hints and a look around every second find those that have.
 */
export class WorkQueue<T> {
  private readonly tenants = new Map<string, Tenant>();
  private readonly rotation: Tenant[] = [];
  private readonly open = new Set<Pull>();
  private tokens = 0;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private connection!: NatsConnection;
  private readonly inbox = createInbox();
  private subscription: Subscription | undefined;
  private hints: Subscription | undefined;
  private forgetBus: () => void = () => undefined;
  private readonly inHand: InHand;
  private readonly stream: string;
  private readonly perTenant: number;
  private readonly ackWaitMs: number;

  constructor(private readonly options: WorkQueueOptions<T>) {
    this.stream = options.contract.stream;
    this.perTenant = options.perTenant ?? 64;
    this.ackWaitMs = options.ackWaitMs ?? 30_000;
    this.inHand = new InHand(this.ackWaitMs, () => options.bus.connected);
  }

  /** How many messages are in hand now, of all tenants. */
  get size(): number {
    return this.inHand.size;
  }

  async start(): Promise<void> {
    this.connection = await this.options.bus.ready();
    if (this.stopped) return;
    this.inHand.start();
    this.subscription = this.connection.subscribe(`${this.inbox}.*.*`, { callback: (_error, message) => this.receive(message) });
    this.hints = this.connection.subscribe(hintSubject(this.stream), { callback: (_error, message) => this.wake(message.string()) });
    this.forgetBus = this.options.bus.onReconnect(() => this.beginAnew());
    await this.lookAround();
  }

  /** Stops taking work and waits until what is in hand has been settled, at most so long. What has been sent to us by now is still handed out. */
  async stop(withinMs = 20_000): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.forgetBus();
    this.hints?.unsubscribe();
    const drained = this.options.bus.connected ? this.subscription?.drain().catch(() => undefined) : this.subscription?.unsubscribe();
    await Promise.race([drained, new Promise((resolve) => { setTimeout(resolve, DRAIN_WITHIN_MS).unref(); })]);
    await this.inHand.empty(withinMs);
    this.inHand.stop();
  }

  /** A tenant may have work: pull for it as soon as its turn comes. */
  wake(tenantId: string): void {
    if (this.stopped || tenantId === '') return;
    let tenant = this.tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = { id: tenantId, durable: `delivery-${tenantId}`, made: false, inHand: 0, pull: undefined, queued: false, woken: false };
      this.tenants.set(tenantId, tenant);
    }
    if (tenant.pull === undefined) this.enqueue(tenant);
    else tenant.woken = true;
  }

  private enqueue(tenant: Tenant): void {
    if (tenant.queued || tenant.pull !== undefined || tenant.inHand >= this.perTenant || this.stopped) return;
    tenant.queued = true;
    this.rotation.push(tenant);
    this.turn();
  }

  private turn(): void {
    while (this.open.size < OPEN_PULLS && this.options.bus.connected && !this.stopped) {
      const tenant = this.rotation.shift();
      if (tenant === undefined) return;
      tenant.queued = false;
      if (tenant.pull === undefined && tenant.inHand < this.perTenant) void this.pull(tenant);
    }
  }

  private async pull(tenant: Tenant): Promise<void> {
    this.tokens += 1;
    // With others waiting for a turn, take what is there and move on; alone, leave the pull open for what comes next.
    const waits = this.rotation.length === 0 && [...this.open].filter((other) => other.waits).length < WAITING_PULLS;
    const pull: Pull = { token: this.tokens, asked: this.perTenant - tenant.inHand, waits, received: 0, endsAt: Date.now() + PULL_EXPIRES_MS + 1_000 };
    tenant.pull = pull;
    tenant.woken = false;
    this.open.add(pull);
    try {
      if (!tenant.made) await this.makeDurable(tenant);
      const request = waits ? { batch: pull.asked, expires: nanos(PULL_EXPIRES_MS) } : { batch: pull.asked, no_wait: true };
      if (tenant.pull === pull && !this.stopped) {
        this.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.stream}.${tenant.durable}`, JSON.stringify(request), {
          reply: `${this.inbox}.${tenant.id}.${pull.token}`,
        });
      }
    } catch (error) {
      if (!this.stopped) this.options.log?.(`cannot pull ${tenant.durable} now`, error);
      if (tenant.pull === pull) this.endPull(tenant, false);
    }
  }

  private async makeDurable(tenant: Tenant): Promise<void> {
    const { consumers } = await this.options.bus.manager();
    const config: Partial<ConsumerConfig> = {
      ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All, ack_wait: nanos(this.ackWaitMs),
      max_deliver: this.options.maxDeliver, max_ack_pending: 20_000, filter_subject: subjects.routes(tenant.id),
    };
    try {
      await consumers.add(this.stream, { ...config, durable_name: tenant.durable });
    } catch (error) {
      // It was made with other settings.
      if (!(error instanceof NatsError && error.api_error?.err_code === CONSUMER_EXISTS)) throw error;
      await consumers.update(this.stream, tenant.durable, config);
    }
    tenant.made = true;
  }

  /** What comes to our inbox: the word that a pull has ended (on the inbox's own subject), or a message (on the subject it was published to). */
  private receive(message: Msg): void {
    if (!isDelivery(message)) return this.receiveStatus(message);
    const tenant = this.tenants.get(tenantOfSubject(message.subject));
    if (tenant === undefined) return;
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
    this.open.delete(tenant.pull);
    tenant.pull = undefined;
    if (more || tenant.woken) this.enqueue(tenant);
    this.turn();
  }

  private take(tenant: Tenant, message: Msg): void {
    const info = deliveryInfo(message);
    const settleOnce = this.inHand.take(message, info);
    if (settleOnce === undefined) return;
    tenant.inHand += 1;
    const settle = (answer: (message: Msg) => void): void => {
      if (!settleOnce(answer)) return;
      tenant.inHand -= 1;
      // Pull again when half of the room is free: one pull for many messages.
      if (tenant.pull === undefined && tenant.inHand <= this.perTenant / 2) this.enqueue(tenant);
    };
    const again = (afterMs: number): void => settle((latest) => acknowledgement.again(latest, afterMs));
    const common = { tenantId: tenant.id, bytes: message.data, sequence: info.sequence };
    let value: T;
    try {
      value = this.options.contract.decode(message.data);
    } catch (error) {
      this.options.onUndecodable({ ...common, error }).then(
        () => settle((latest) => acknowledgement.giveUp(latest, 'undecodable')),
        (failure: unknown) => {
          this.options.log?.('a message that cannot be decoded waits for its dead letter', failure);
          again(Math.min(UNFORESEEN_AGAIN_MS, this.ackWaitMs));
        },
      );
      return;
    }
    try {
      this.options.handle({
        ...common, value, deliveries: info.deliveries, again,
        done: () => settle((latest) => acknowledgement.done(latest)),
        giveUp: (reason) => settle((latest) => acknowledgement.giveUp(latest, reason)),
      });
    } catch (error) {
      this.options.log?.('a message was not taken by its handler and comes again', error);
      again(Math.min(UNFORESEEN_AGAIN_MS, this.ackWaitMs));
    }
  }

  /** Finds tenants with messages (redeliveries included) and ends pulls that the server has forgotten. */
  private async lookAround(): Promise<void> {
    clearTimeout(this.timer);
    const now = Date.now();
    for (const tenant of this.tenants.values()) if (tenant.pull !== undefined && tenant.pull.endsAt < now) this.endPull(tenant, false);
    try {
      if (this.options.bus.connected) {
        const manager = await this.options.bus.manager();
        const info = await manager.streams.info(this.stream, { subjects_filter: STREAMS[this.options.contract.stream].subjects[0]! });
        for (const subject of Object.keys(info.state.subjects ?? {})) this.wake(tenantOfSubject(subject));
      }
    } catch (error) {
      if (!this.stopped) this.options.log?.('cannot look at the work queue now', error);
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.lookAround(), LOOK_AROUND_MS);
    this.timer.unref();
  }

  /** After a new connection no pull is open any more, and the server may even be another one that knows none of our consumers. */
  private beginAnew(): void {
    for (const tenant of this.tenants.values()) {
      tenant.made = false;
      this.endPull(tenant, false);
      this.enqueue(tenant);
    }
    this.turn();
  }
}

function hintSubject(stream: string): string {
  return `hints.${stream}`;
}

/** Tells workers, now, that a tenant has work: they would find out by themselves within a second. */
export function hintWork(bus: Bus, stream: string, tenantId: string): void {
  bus.hint(hintSubject(stream), tenantId);
}
