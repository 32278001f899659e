import type { SecretBox } from '@signalbox/access';
import type { Message } from '@signalbox/contracts';
import type { ResourceStore } from '@signalbox/database';
import { ReadModel, type Bus } from '@signalbox/messaging';
import type { Outbound } from '@signalbox/outbound';
import type { OpenDestination } from '../destinations/contract.js';
import { destinationOf } from '../destinations/registry.js';
import type { RouteState } from '../domain/decide.js';
import { compileFilter, type Filter } from '../domain/filter.js';
import { TopicIndex } from '../domain/topics.js';
import type { RouteEntity } from './route.entity.js';

/** A route as it is worked with: its filter compiled, its destination open. */
export interface LiveRoute {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly version: number;
  readonly state: Exclude<RouteState, 'deleted'>;
  readonly topic: string;
  readonly filter: Filter;
  /** The filter as its operator wrote it. */
  readonly filterSource: Readonly<Record<string, unknown>> | null;
  readonly concurrency: number;
  readonly destination: OpenDestination;
  readonly host: string;
}

type Warn = (message: string, error?: unknown) => void;

const LOAD_AGAIN_MS = 500;

/** Every route in memory: loaded at start, and each row again when any replica has changed it. */
export class LiveRoutes {
  private readonly routes = new Map<string, LiveRoute>();
  private readonly topics = new Map<string, TopicIndex<LiveRoute>>();
  private readonly changes: ReadModel<'routes'>;
  private filled = false;
  private stopped = false;

  constructor(
    bus: Bus, private readonly rows: ResourceStore<RouteEntity>, private readonly box: SecretBox,
    private readonly outbound: Outbound, private readonly warn: Warn,
  ) {
    this.changes = new ReadModel(bus, 'routes', warn);
    this.changes.onChange(({ key, version, value }) => {
      if (value === null) this.keep(key, null);
      else if ((this.routes.get(key)?.version ?? 0) < version) void this.follow(value.tenantId, key);
    });
  }

  get ready(): boolean {
    return this.filled;
  }

  async start(): Promise<void> {
    for (const row of await this.rows.all()) this.keep(row.id, row);
    this.filled = true;
    this.changes.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.changes.stop();
    await Promise.all([...this.routes.values()].map(({ destination }) => destination.close()));
  }

  get(tenantId: string, id: string): LiveRoute | undefined {
    const route = this.routes.get(id);
    return route?.tenantId === tenantId ? route : undefined;
  }

  /** Also looks into the database: a route that was made a moment ago elsewhere may not be here yet. */
  async find(tenantId: string, id: string): Promise<LiveRoute | undefined> {
    return this.get(tenantId, id) ?? this.load(tenantId, id);
  }

  /** The routes that take a message. A disabled route matches nothing. */
  match(tenantId: string, message: Pick<Message, 'topic' | 'payload'>): LiveRoute[] {
    return this.listening(tenantId, message.topic).filter((route) => route.state !== 'disabled' && route.filter(message.payload));
  }

  /** The routes whose topic fits, whatever their filters and state say. */
  listening(tenantId: string, topic: string): LiveRoute[] {
    return this.topics.get(tenantId)?.match(topic) ?? [];
  }

  /** Takes a row as it is now; null: it has been deleted. */
  keep(id: string, row: RouteEntity | null): void {
    const old = this.routes.get(id);
    if (row !== null && old !== undefined && old.version >= row.version) return;
    if (old !== undefined) {
      this.routes.delete(id);
      this.topics.get(old.tenantId)?.remove(old.topic, old);
      void old.destination.close();
    }
    const route = row === null ? undefined : this.opened(row);
    if (route === undefined) return;
    this.routes.set(id, route);
    const topics = this.topics.get(route.tenantId) ?? new TopicIndex<LiveRoute>();
    this.topics.set(route.tenantId, topics);
    topics.add(route.topic, route);
  }

  /** Until the change is in force here. */
  private async follow(tenantId: string, id: string): Promise<void> {
    while (!this.stopped) {
      try {
        await this.load(tenantId, id);
        return;
      } catch (error) {
        this.warn(`the change of route ${id} is not in force here yet`, error);
        await new Promise((resolve) => { setTimeout(resolve, LOAD_AGAIN_MS).unref(); });
      }
    }
  }

  private async load(tenantId: string, id: string): Promise<LiveRoute | undefined> {
    this.keep(id, await this.rows.find(tenantId, id));
    return this.get(tenantId, id);
  }

  /** A route that cannot be opened (its master key is gone) goes on matching as a paused one: nothing is lost until it is mended. */
  private opened(row: RouteEntity): LiveRoute {
    const { id, tenantId, name, version, topic, concurrency } = row;
    const common = { id, tenantId, name, version, topic, concurrency, host: row.destinationSummary, filter: filterOf(row), filterSource: row.filter };
    try {
      const kind = destinationOf(row.destinationType);
      if (kind === undefined) throw new Error(`there is no destination of type ${row.destinationType}`);
      const config = JSON.parse(this.box.open(row.sealedConfig, configContext(id))) as Record<string, unknown>;
      const state = !row.enabled ? 'disabled' : row.state;
      return { ...common, state, destination: kind.open(config, { outbound: this.outbound }) };
    } catch (error) {
      this.warn(`route ${id} cannot be opened: what it matches is held`, error);
      return { ...common, state: row.enabled ? 'paused' : 'disabled', destination: UNOPENED };
    }
  }
}

function filterOf({ filter }: RouteEntity): Filter {
  if (filter === null) return () => true;
  const compiled = compileFilter(filter);
  return compiled.ok ? compiled.filter : () => false;
}

/** What a sealed config is bound to: it opens only for its own route. */
export function configContext(routeId: string): string {
  return `route/${routeId}/destination`;
}

const UNOPENED: OpenDestination = {
  deliver: () => Promise.reject(new Error('this destination could not be opened')),
  preview: () => ({ problem: 'the settings of this destination cannot be opened: enter them again' }),
  close: () => Promise.resolve(),
};
