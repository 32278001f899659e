import { createIdentitySigner, newIdentityKeys, pemFromEnv } from '@signalbox/access';
import { EVENTS, INCIDENTS, eventOrderKey, newId, partitionOf, subjects, type Event, type IncidentChange } from '@signalbox/contracts';
import { Database, migrate } from '@signalbox/database';
import { Bus } from '@signalbox/messaging';
import { startService, type RunningService } from '@signalbox/runtime';
import { eventually, freshDatabase, startNats, type Server } from '@signalbox/testing';
import { randomBytes } from 'node:crypto';
import { service } from '../app.module.js';
import { schema } from '../schema.js';

export interface Answered { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> }

/** For tests of the HTTP surface: the service as it runs, with a real Postgres and NATS, and a tenant that talks to it. */
export class Served {
  readonly tenantId = newId();
  readonly scopeId = newId();
  readonly userId = newId();
  private readonly keys = newIdentityKeys();
  private readonly signer = createIdentitySigner(pemFromEnv(this.keys.privateKey));
  private running!: RunningService;

  private constructor(readonly nats: Server, private readonly databaseUrl: string, readonly db: Database, readonly bus: Bus) {}

  static async start(): Promise<Served> {
    const nats = await startNats();
    const { url } = await freshDatabase();
    await migrate([schema], { ownerUrl: url, rolePasswords: {}, log: () => undefined });
    const served = new Served(nats, url, new Database({ url, schema: 'incidents' }), new Bus({ servers: nats.url, name: 'test' }));
    await served.begin();
    return served;
  }

  /** Starts the service (again), on a port of its own choice. */
  async begin(): Promise<void> {
    this.running = await startService(service, {
      SERVICE_PORT: '0', BIND_ADDRESS: '127.0.0.1', NATS_URL: this.nats.url, DATABASE_URL: this.databaseUrl, LOG_LEVEL: 'error',
      SIGNALBOX_MASTER_KEY: randomBytes(32).toString('base64'), IDENTITY_PUBLIC_KEY: this.keys.publicKey,
    });
    await eventually(async () => (await fetch(`${this.url}/readyz`)).status === 200, { withinMs: 15_000, describe: 'the service is ready' });
  }

  get url(): string {
    return `http://127.0.0.1:${this.running.port}`;
  }

  /** As at SIGTERM. */
  end(): Promise<void> {
    return this.running.stop();
  }

  async stop(): Promise<void> {
    await this.end();
    await this.bus.close();
    await this.db.close();
    await this.nats.stop();
  }

  /** What the front door would send along for an editor of the tenant. */
  async identity(tenantId = this.tenantId): Promise<Record<string, string>> {
    return { 'x-signalbox-identity': await this.signer.sign({ tenantId, subject: { type: 'user', id: this.userId, name: 'Ada' }, role: 'editor', scopes: [] }, 'incidents') };
  }

  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}, tenantId = this.tenantId): Promise<Answered> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method, headers: { 'content-type': 'application/json', ...await this.identity(tenantId), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text() || '{}') as Record<string, unknown> };
  }

  /** Sends an event as a gateway does, and waits until it is taken in. */
  async send(action: Event['action'], dedupKey: string, { tenantId = this.tenantId, ...more }: Partial<Event> & { tenantId?: string } = {}): Promise<void> {
    const event: Event = {
      id: newId(), traceId: newId(), scopeId: this.scopeId, serviceId: newId(), integrationId: this.scopeId, action, dedupKey, summary: `About ${dedupKey}`, source: 'test',
      severity: 'error', acceptedAt: new Date().toISOString(), details: {}, links: [], ...more,
    };
    await this.bus.ready();
    await this.bus.publish(subjects.events(tenantId, partitionOf(eventOrderKey(this.scopeId, dedupKey))), EVENTS.encode({ tenantId, events: [event] }));
    await eventually(async () => (await this.db.query('select 1 from incident_events where event_id = $1', [event.id])).length === 1, { withinMs: 10_000, describe: 'the event taken in' });
  }

  /** A fresh incident: its id. */
  async opened(dedupKey: string, more: Partial<Event> & { tenantId?: string } = {}): Promise<string> {
    await this.send('trigger', dedupKey, more);
    const [row] = await this.db.query<{ id: string }>('select id from incidents where tenant_id = $1 and dedup_key = $2 order by number desc', [more.tenantId ?? this.tenantId, dedupKey]);
    return row!.id;
  }

  /** Everything that was published about incidents, in order, once the outbox is empty. */
  async changes(): Promise<IncidentChange[]> {
    await eventually(async () => (await this.db.query('select 1 from outbox limit 1')).length === 0, { withinMs: 10_000, describe: 'an empty outbox' });
    return (await this.entries('INCIDENTS')).flatMap((data) => INCIDENTS.decode(data).changes);
  }

  /** The messages of a stream. */
  async entries(stream: string): Promise<Uint8Array[]> {
    const manager = await this.bus.manager();
    const { state } = await manager.streams.info(stream);
    const all: Uint8Array[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq += 1) all.push((await manager.streams.getMessage(stream, { seq })).data);
    return all;
  }
}
