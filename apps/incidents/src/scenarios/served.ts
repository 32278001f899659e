import { EVENTS, INCIDENTS, eventOrderKey, newId, partitionOf, subjects, type Event, type IncidentChange } from '@signalbox/contracts';
import type { Database } from '@signalbox/database';
import type { Bus } from '@signalbox/messaging';
import { Stage, eventually, type Answered } from '@signalbox/testing';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

/** For tests of the HTTP surface: the service as it runs, and a tenant that talks to it and sends it events. */
export class Served {
  readonly tenantId = newId();
  readonly scopeId = newId();
  readonly userId = newId();

  private constructor(readonly stage: Stage) {}

  static async start(): Promise<Served> {
    const stage = await Stage.set(service, schema);
    await stage.start();
    return new Served(stage);
  }

  get db(): Database {
    return this.stage.db;
  }

  get bus(): Bus {
    return this.stage.bus;
  }

  stop(): Promise<void> {
    return this.stage.stop();
  }

  /** What the front door would send along for an editor of the tenant. */
  identity(tenantId = this.tenantId): Promise<Record<string, string>> {
    return this.stage.identity(this.editorOf(tenantId));
  }

  call(method: string, path: string, body?: object, headers: Record<string, string> = {}, tenantId = this.tenantId): Promise<Answered> {
    return this.stage.call(method, `/api/v1${path}`, { ...this.editorOf(tenantId), body, headers });
  }

  /** Sends an event as a gateway does, and waits until it is taken in. */
  async send(action: Event['action'], dedupKey: string, { tenantId = this.tenantId, ...more }: Partial<Event> & { tenantId?: string } = {}): Promise<void> {
    const event: Event = {
      id: newId(), traceId: newId(), scopeId: this.scopeId, serviceId: newId(), integrationId: this.scopeId,
      action, dedupKey, summary: `About ${dedupKey}`,
      source: 'test',
      severity: 'error', acceptedAt: new Date().toISOString(), details: {}, links: [], ...more,
    };
    await this.bus.ready();
    await this.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(this.scopeId, dedupKey))), EVENTS.encode({ tenantId, events: [event] }));
    const isTakenIn = async () => (await this.db.query('select 1 from incident_events where event_id = $1', [event.id])).length === 1;
    await eventually(isTakenIn, { withinMs: 10_000, describe: 'the event taken in' });
  }

  /** A fresh incident: its id. */
  async opened(dedupKey: string, more: Partial<Event> & { tenantId?: string } = {}): Promise<string> {
    await this.send('trigger', dedupKey, more);
    const [row] = await this.db.query<{ id: string }>(
      'select id from incidents where tenant_id = $1 and dedup_key = $2 order by number desc',
      [more.tenantId ?? this.tenantId, dedupKey],
    );
    return row!.id;
  }

  /** Everything that was published about incidents, in order, once the outbox is empty. */
  async changes(): Promise<IncidentChange[]> {
    await eventually(async () => (await this.db.query('select 1 from outbox limit 1')).length === 0, { withinMs: 10_000, describe: 'an empty outbox' });
    return (await this.stage.stored(INCIDENTS)).flatMap(({ changes }) => changes);
  }

  private editorOf(tenantId: string) {
    return { tenantId, subject: { type: 'user', id: this.userId, name: 'Ada' }, role: 'editor' } as const;
  }
}
