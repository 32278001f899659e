import { STREAMS, type StreamName } from '@signalbox/contracts';
import type { Bus } from '@signalbox/messaging';

type Manager = Awaited<ReturnType<Bus['manager']>>;
type StreamInfo = Awaited<ReturnType<Manager['streams']['info']>>;
type ConsumerInfo = Awaited<ReturnType<Manager['consumers']['info']>>;

const NANOS_PER_SECOND = 1e9;

export interface StreamView {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: string;
  readonly messages: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** How full it is, 0 to 1: at 1 it refuses new messages. */
  readonly fill: number;
  readonly maxAgeSeconds: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly oldestAt: string | null;
  readonly newestAt: string | null;
  readonly consumers: number;
  readonly replicas: number;
  readonly leader: string | null;
}

export interface ConsumerView {
  readonly name: string;
  readonly stream: string;
  readonly subjects: readonly string[];
  /** Work queues are durable; readers of a log make theirs anew whenever they begin, and keep their place in Postgres. */
  readonly durable: boolean;
  /** Messages that it has not been given yet. */
  readonly lag: number;
  /** Given, and not acknowledged yet. */
  readonly unacknowledged: number;
  readonly redelivered: number;
  readonly waitingPulls: number;
  readonly paused: boolean;
  readonly lastActiveAt: string | null;
}

/** What the bus itself says about streams and consumers. */
export class BusView {
  constructor(private readonly bus: Bus) {}

  async streams(): Promise<StreamView[]> {
    const { streams } = await this.bus.manager();
    return Promise.all(Object.keys(STREAMS).map(async (name) => streamView(await streams.info(name))));
  }

  /** Every consumer of every stream, the furthest behind first. */
  async consumers(): Promise<ConsumerView[]> {
    const { consumers } = await this.bus.manager();
    const lists = await Promise.all((Object.keys(STREAMS) as StreamName[]).map(async (stream) => {
      const found: ConsumerView[] = [];
      for await (const info of consumers.list(stream)) found.push(consumerView(info));
      return found;
    }));
    return lists.flat().sort((a, b) => b.lag - a.lag);
  }

  async consumer(name: string): Promise<ConsumerView | undefined> {
    return (await this.consumers()).find((consumer) => consumer.name === name);
  }

  /** Gives a durable consumer nothing more until then. */
  async pause({ stream, name }: ConsumerView, until: Date): Promise<void> {
    await (await this.bus.manager()).consumers.pause(stream, name, until);
  }

  async resume({ stream, name }: ConsumerView): Promise<void> {
    await (await this.bus.manager()).consumers.resume(stream, name);
  }
}

function streamView({ config, state, cluster }: StreamInfo): StreamView {
  return {
    name: config.name, subjects: config.subjects, retention: config.retention, messages: state.messages, bytes: state.bytes, maxBytes: config.max_bytes,
    fill: config.max_bytes > 0 ? Math.round((state.bytes / config.max_bytes) * 1000) / 1000 : 0, maxAgeSeconds: Math.round(config.max_age / NANOS_PER_SECOND),
    firstSequence: state.first_seq, lastSequence: state.last_seq,
    oldestAt: state.messages === 0 ? null : state.first_ts, newestAt: state.last_seq === 0 ? null : state.last_ts,
    consumers: state.consumer_count, replicas: config.num_replicas, leader: cluster?.leader ?? null,
  };
}

function consumerView(info: ConsumerInfo): ConsumerView {
  const { config } = info;
  return {
    name: info.name, stream: info.stream_name, subjects: config.filter_subjects ?? (config.filter_subject === undefined ? [] : [config.filter_subject]),
    durable: config.durable_name !== undefined, lag: info.num_pending, unacknowledged: info.num_ack_pending,
    redelivered: info.num_redelivered, waitingPulls: info.num_waiting,
    paused: info.paused === true, lastActiveAt: activityOf(info),
  };
}

/** The server gives an RFC 3339 time here, whatever the client's types say. */
function activityOf({ delivered }: ConsumerInfo): string | null {
  const at: unknown = delivered.last_active;
  return typeof at === 'string' ? new Date(at).toISOString() : null;
}
