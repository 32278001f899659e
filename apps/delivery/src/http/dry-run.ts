import { newId, stableId, type Message } from '@signalbox/contracts';
import type { LiveRoute, LiveRoutes } from '../store/live-routes.js';
import type { RouteEntity } from '../store/route.entity.js';
import type { Shown } from '../destinations/contract.js';
import { unmetBy, type Unmet } from '../domain/filter.js';
import { TopicIndex } from '../domain/topics.js';
import type { SampleMessage } from './routes.dto.js';

/** What one route would do with a message. */
export interface Tried {
  readonly route: { readonly id: string; readonly name: string };
  readonly matches: boolean;
  /** Why not, or what would delay it. */
  readonly because: 'topic' | 'filter' | 'disabled' | 'paused' | null;
  /** Because of the filter: the conditions that the payload does not meet. */
  readonly unmet: readonly Unmet[];
  /** What would be sent, secrets masked. */
  readonly request: Shown | null;
}

/** Looks at what would happen to a message: nothing is stored, counted or sent. */
export class DryRun {
  constructor(private readonly routes: LiveRoutes) {}

  /** Every route whose topic fits. */
  all(tenantId: string, sample: SampleMessage): { data: Tried[] } {
    const message = messageOf(sample);
    return { data: this.routes.listening(tenantId, sample.topic).map((route) => tried(tenantId, route, message)) };
  }

  one(row: RouteEntity, sample: SampleMessage): Tried {
    this.routes.keep(row.id, row);
    const route = this.routes.get(row.tenantId, row.id)!;
    const topic = new TopicIndex<true>();
    topic.add(row.topic, true);
    if (topic.match(sample.topic).length === 0) return refused(route, 'topic');
    return tried(row.tenantId, route, messageOf(sample));
  }
}

function tried(tenantId: string, route: LiveRoute, message: Message): Tried {
  if (route.state === 'disabled') return refused(route, 'disabled');
  if (!route.filter(message.payload)) return refused(route, 'filter', unmetBy(message.payload, route.filterSource ?? {}));
  const deliveryId = stableId('delivery', tenantId, message.id, route.id);
  const request = route.destination.preview({ deliveryId, attempt: 1, message, now: new Date() });
  return { route: named(route), matches: true, because: route.state === 'paused' ? 'paused' : null, unmet: [], request };
}

function refused(route: LiveRoute, because: Tried['because'], unmet: readonly Unmet[] = []): Tried {
  return { route: named(route), matches: false, because, unmet, request: null };
}

function named({ id, name }: LiveRoute): { id: string; name: string } {
  return { id, name };
}

function messageOf({ topic, payload, headers }: SampleMessage): Message {
  const now = new Date().toISOString();
  return { id: newId(), traceId: newId(), topic, payload, timestamp: now, acceptedAt: now, ...(headers === undefined ? {} : { headers }) };
}
