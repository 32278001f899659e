import { AckPolicy, createInbox, nanos, type ConsumerConfig, type Msg, type NatsConnection, type Subscription } from 'nats';
import { deliveryInfo, isDelivery, type DeliveryInfo } from './acknowledgement.js';
import { BusAwayError, type Bus } from './bus.js';

export interface OrderedReadOptions {
  readonly bus: Bus;
  readonly stream: string;
  /** Where to begin and what to read. */
  readonly from: Pick<ConsumerConfig, 'deliver_policy'> & Partial<Pick<ConsumerConfig, 'opt_start_seq' | 'filter_subject'>>;
  /** Called for each message, in the order of the stream, with none left out. */
  readonly take: (message: Msg, info: DeliveryInfo) => void;
  /** Called when fewer have come than were wanted, because more would be too large together: the others have to be wanted again. */
  readonly full?: () => void;
  /** Called once when the read ends by itself: what comes next has to be read by another one, from the last message taken. */
  readonly ended: (why: Error) => void;
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 1_500;
const SILENT_FOR_MS = 4_000;
const FORGOTTEN_AFTER_MS = 30_000;

/**
 * Reads a stream in order through a throw-away consumer that acknowledges nothing. One inbox for its whole life, so nothing falls between two
 * pulls; and it ends at the first sign that something may have gone to a dead connection: a gap, a reconnection, silence, a consumer that is gone.
 */
export class OrderedRead {
  private readonly inbox = createInbox();
  private consumer = '';
  private connection: NatsConnection | undefined;
  private subscription: Subscription | undefined;
  private watch: NodeJS.Timeout | undefined;
  private forgetBus: () => void = () => undefined;
  private next = 1;
  private asked = 0;
  private mostBytes: number | undefined;
  /** Since the last pull. */
  private came = 0;
  private heardAt = 0;
  private over = false;
  /** Messages that were in the stream when the read began. */
  waiting = 0;

  private constructor(private readonly options: OrderedReadOptions) {}

  static async open(options: OrderedReadOptions): Promise<OrderedRead> {
    const read = new OrderedRead(options);
    try {
      await read.begin();
      return read;
    } catch (error) {
      await read.close();
      throw error;
    }
  }

  /** Lets so many messages come, unless earlier ones are still to come; with `mostBytes` fewer when they would be larger together, one at least. */
  want(count: number, mostBytes?: number): void {
    if (this.over || this.asked > 0) return;
    this.asked = count;
    this.mostBytes = mostBytes;
    this.came = 0;
    this.heardAt = Date.now();
    this.pull(mostBytes);
  }

  /** Nothing is taken afterwards. */
  async close(): Promise<void> {
    if (!this.over) this.finish();
    if (this.consumer === '' || !this.options.bus.connected) return;
    await (await this.options.bus.manager()).consumers.delete(this.options.stream, this.consumer).catch(() => undefined);
  }

  private async begin(): Promise<void> {
    const { bus, stream, from } = this.options;
    this.connection = await bus.ready();
    this.forgetBus = bus.onReconnect(() => this.end('the connection to NATS was lost'));
    const info = await (await bus.manager()).consumers.add(stream, {
      ...from, ack_policy: AckPolicy.None, inactive_threshold: nanos(FORGOTTEN_AFTER_MS), mem_storage: true, num_replicas: 1,
    });
    this.consumer = info.name;
    this.waiting = info.num_pending;
    this.subscription = this.connection.subscribe(this.inbox, { callback: (_error, message) => this.receive(message) });
    this.watch = setInterval(() => {
      if (this.asked > 0 && bus.connected && Date.now() - this.heardAt > SILENT_FOR_MS) this.end('the server has gone silent');
    }, HEARTBEAT_MS);
    this.watch.unref();
  }

  private pull(mostBytes?: number): void {
    const request = {
      batch: this.asked, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS), ...(mostBytes === undefined ? {} : { max_bytes: mostBytes }),
    };
    try {
      this.connection?.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.options.stream}.${this.consumer}`, JSON.stringify(request), { reply: this.inbox });
    } catch (error) {
      this.end(`the connection is closed: ${String(error)}`);
    }
  }

  private receive(message: Msg): void {
    if (this.over) return;
    this.heardAt = Date.now();
    if (!isDelivery(message)) return this.receiveStatus(message);
    const info = deliveryInfo(message);
    if (info.consumerSequence !== this.next) return this.end('a gap in what was delivered');
    this.next += 1;
    this.asked -= 1;
    this.came += 1;
    this.options.take(message, info);
  }

  private receiveStatus(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 100) return;
    // A pull that has run out (404, 408) is followed by another; whatever else ends one tells that the consumer or its server is gone.
    if (code === 404 || code === 408) return this.pull(this.mostBytes);
    if (code === 409 && /MaxBytes/.test(message.headers?.description ?? '')) return this.endPull();
    this.end(`the server says: ${code} ${message.headers?.description ?? ''}`);
  }

  /** The next message does not fit into what is left of this pull. When it is too large for any, it comes alone. */
  private endPull(): void {
    this.asked = this.came === 0 ? 1 : 0;
    if (this.asked > 0) this.pull();
    else this.options.full?.();
  }

  private end(why: string): void {
    if (this.over) return;
    this.finish();
    this.options.ended(new BusAwayError(why));
  }

  private finish(): void {
    this.over = true;
    clearInterval(this.watch);
    this.forgetBus();
    this.subscription?.unsubscribe();
  }
}
